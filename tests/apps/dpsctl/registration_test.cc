// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

// As the broker would, while dpsctl is another process.
void Register(const Dpsctl& dpsctl, const std::string& id,
              const std::string& group) {
  RegistrationRecord record{.registration_id = Device(id),
                            .assigned_hub = "a.example",
                            .device_id = id,
                            .operation_id = "hidden-operation",
                            .etag_text = "etag-1"};
  if (!group.empty()) record.enrollment_group_id = Group(group);
  dpsctl.Commit(
      Put<RegistrationRecord>{Scope("0neTEST"), record, Expect::Absent()});
}

}  // namespace

TEST_CASE("registration: what the broker committed is shown at once") {
  const Dpsctl dpsctl;
  CHECK(dpsctl.Refusal({"registration", "show", "--rid", "dev-1"}) ==
        "there is no registration of dev-1");
  Register(dpsctl, "dev-1", "");
  const std::string shown =
      dpsctl.Json({"registration", "show", "--rid", "dev-1"});
  CHECK(Member(shown, "status") == "assigned");
  CHECK(Member(shown, "assignedHub") == "a.example");
  CHECK_FALSE(Holds(shown, "hidden-operation"));
}

TEST_CASE("registration: an enrollment shows its device's registration") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "dev-1"});
  Register(dpsctl, "dev-1", "");
  for (const char* keys : {"--show-keys=false", "--show-keys"}) {
    CHECK(Holds(dpsctl.Json({"enrollment", "show", "--eid", "dev-1", keys}),
                "\"assignedHub\": \"a.example\""));
  }
  dpsctl.Json({"enrollment", "update", "--eid", "dev-1", "--ps", "disabled"});
  dpsctl.Json({"enrollment", "delete", "--eid", "dev-1"});
  CHECK(dpsctl.Json({"registration", "list"}) == "[]\n");
}

TEST_CASE("registration: list shows all, or one group's") {
  const Dpsctl dpsctl;
  Register(dpsctl, "a", "g");
  Register(dpsctl, "b", "");
  const std::string all = dpsctl.Json({"registration", "list", "-o", "table"});
  CHECK(Holds(all, "\na "));
  CHECK(Holds(all, "\nb "));
  const std::string one =
      dpsctl.Json({"registration", "list", "--enrollment-id", "G"});
  CHECK(Holds(one, "\"registrationId\": \"a\""));
  CHECK_FALSE(Holds(one, "\"registrationId\": \"b\""));
  CHECK(Holds(dpsctl.Json({"registration", "list", "--top", "1"}), "\"a\""));
}

TEST_CASE("registration: delete forgets one, with the right etag only") {
  const Dpsctl dpsctl;
  Register(dpsctl, "a", "");
  CHECK(Holds(
      dpsctl.Refusal({"registration", "delete", "--rid", "a", "-e", "old"}),
      "another etag"));
  CHECK(dpsctl.Json({"registration", "delete", "--rid", "a"}) == "");
  CHECK(dpsctl.Refusal({"registration", "delete", "--rid", "a"}) ==
        "there is no registration of a");
}

}  // namespace dps
