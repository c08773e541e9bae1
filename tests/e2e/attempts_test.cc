// SPDX-License-Identifier: Apache-2.0
// What devices tried in vain, as operators find it in the store.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "tests/e2e/dps_broker.h"
#include "tests/support/patience.h"

namespace dps {
namespace {

// Waits until one is kept.
std::vector<Attempt> AwaitAttemptsOf(DpsBroker& dps, std::string_view id) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    const auto device =
        (*dps.store().Read())->FindDeviceAttempts(TestScope(), Rid(id));
    REQUIRE(device);
    if (*device) return (*device)->attempts;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

TEST_CASE("attempts: a refused connection is kept with address and reason") {
  DpsBroker dps;
  ConnectOptions stranger = DeviceOptions("dev-1");
  stranger.password =
      GroupTokenFor("dev-2", SystemClock().Now() + std::chrono::hours(1));
  CHECK(ConnackOf(dps.broker().Tls(), stranger) == 5);
  const auto attempts = AwaitAttemptsOf(dps, "dev-1");
  REQUIRE(attempts.size() == 1);
  const Attempt& attempt = attempts.front();
  CHECK(attempt.step == AttemptStep::kConnect);
  CHECK(attempt.address == "127.0.0.1");
  CHECK(attempt.error_code == 401000);
  CHECK_FALSE(attempt.reason.empty());
  CHECK(dps.broker().WaitForLog("tracking=" + attempt.tracking_id));
  CHECK(attempt.reason.find("SharedAccessSignature") == std::string::npos);
}

TEST_CASE("attempts: a refused request and a failed registration are kept") {
  DpsBroker dps;
  Device(dps.broker().Tls(), "dev-1").Register("{", "x");
  CHECK(AwaitAttemptsOf(dps, "dev-1").front().step == AttemptStep::kRequest);
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(dps.store(), group);
  CHECK(Device(dps.broker().Tls(), "dev-2").Provision().Text("status") ==
        "disabled");
  CHECK(AwaitAttemptsOf(dps, "dev-2").front().step ==
        AttemptStep::kRegistration);
}

TEST_CASE("attempts: a username of another ID scope leaves nothing behind") {
  DpsBroker dps;
  ConnectOptions stranger = DeviceOptions("dev-1");
  stranger.username = "0neUNKNOWN/registrations/dev-1/api-version=2019-03-31";
  CHECK(ConnackOf(dps.broker().Tls(), stranger) == 5);
  stranger = DeviceOptions("dev-2");
  stranger.password = "no token";
  CHECK(ConnackOf(dps.broker().Tls(), stranger) == 5);
  AwaitAttemptsOf(dps, "dev-2");  // noted after the other
  const auto snapshot = *dps.store().Read();
  CHECK(
      snapshot->ListDeviceAttempts(*IdScope::Parse("0neUNKNOWN"), {})->empty());
}

}  // namespace dps
