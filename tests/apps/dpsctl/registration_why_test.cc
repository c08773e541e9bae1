// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

CommandResult AskWhy(Dpsctl& dpsctl, const std::string& id) {
  return dpsctl.Run({"registration", "why", "--rid", id, "-o", "table"});
}

}  // namespace

TEST_CASE("registration_why: of an unknown device it says where to look") {
  Dpsctl dpsctl;
  const CommandResult answer = AskWhy(dpsctl, "dev-1");
  CHECK(answer.exit_code == 0);
  CHECK(Holds(answer.err, "dev-1 has no registration"));
  CHECK(Holds(answer.err, "nothing that dev-1 tried in vain is known"));
}

TEST_CASE("registration_why: attempts stand in a table, with the state above") {
  Dpsctl dpsctl;
  const IdScope scope = *IdScope::Parse("0neTEST");
  dpsctl.Commit(Put<RegistrationRecord>{scope,
                                        {.registration_id = Rid("dev-1"),
                                         .assigned_hub = "hub-1.example.com",
                                         .device_id = "dev-1"},
                                        {}});
  dpsctl.Commit(Put<DeviceAttempts>{scope,
                                    {.registration_id = Rid("dev-1"),
                                     .attempts = {{.address = "10.0.0.7",
                                                   .error_code = 401000,
                                                   .reason = "wrong key",
                                                   .tracking_id = "track-1",
                                                   .count = 7}}},
                                    {}});
  const CommandResult answer = AskWhy(dpsctl, "dev-1");
  CHECK(answer.exit_code == 0);
  CHECK(Holds(answer.err, "dev-1 is assigned to hub-1.example.com"));
  CHECK(Holds(answer.err, "it need not have been the device"));
  for (const char* part :
       {"connect", "10.0.0.7", "401000", "wrong key", "track-1", "7"}) {
    CAPTURE(part);
    CHECK(Holds(answer.out, part));
  }
}

TEST_CASE("registration_why: a registration id that is none is refused") {
  Dpsctl dpsctl;
  const CommandResult answer = AskWhy(dpsctl, "no id");
  CHECK(answer.exit_code != 0);
  CHECK(Holds(answer.err, "registration id"));
}

}  // namespace dps
