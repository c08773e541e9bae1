// SPDX-License-Identifier: Apache-2.0
// The broker, dps-service and dpsctl write to one store at once.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tests/e2e/dps_broker.h"
#include "tests/support/child_process.h"
#include "tests/support/dps_service.h"

namespace dps {
namespace {

// An operator's dpsctl, on the store or over the network.
class Operator {
 public:
  explicit Operator(std::string environment,
                    std::vector<std::string> options = {})
      : environment_(std::move(environment)), options_(std::move(options)) {}

  CommandResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), DPSCTL);
    arguments.insert(arguments.end(), options_.begin(), options_.end());
    auto result =
        RunCommand({.argv = arguments, .environment = {environment_}});
    REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
    return *std::move(result);
  }
  std::string Json(const std::vector<std::string>& arguments) const {
    const CommandResult result = Run(arguments);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
    return result.out;
  }

  // Adds one to the number in the enrollment's tags, on the condition that
  // nobody changed it meanwhile; again until it was so.
  void CountUp() const {
    while (true) {
      const std::string shown =
          Json({"enrollment", "show", "--enrollment-id", "counter"});
      const auto document = JsonDocument::ParseObject(shown);
      REQUIRE(document);
      const std::string tags =
          R"({"n":)" + std::to_string(NumberIn(document->root()) + 1) + "}";
      const CommandResult updated =
          Run({"enrollment", "update", "--enrollment-id", "counter",
               "--initial-twin-tags", tags, "--etag",
               document->root().String("etag").value()});
      if (updated.exit_code == 0) return;
      REQUIRE_MESSAGE(updated.err.find("etag") != std::string::npos,
                      updated.err);
    }
  }

  static std::int64_t NumberIn(JsonView enrollment) {
    const auto twin = enrollment.Find("initialTwin");
    const auto tags = twin ? twin->Find("tags") : std::nullopt;
    if (!tags) return 0;
    return tags->OptionalInt("n", 0, INT32_MAX).value().value_or(0);
  }

 private:
  const std::string environment_;
  const std::vector<std::string> options_;
};

struct SharedStore {
  SharedStore() {
    const auto made = MakeTestCa(directory.path());
    REQUIRE(made);
    ca = *made;
    local.Json({"policy", "create", "--policy-name", "ops", "--rights",
                "EnrollmentRead, EnrollmentWrite"});
    auto started = DpsService::Start(
        {.program = DPS_SERVICE, .store = dps.store_directory(), .ca = ca});
    REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
    service = *std::move(started);
  }

  Operator FromAfar() const {
    std::string login = local.Json(
        {"connection-string", "show", "--policy-name", "ops", "--host-name",
         "localhost:" + std::to_string(service->port()), "-o", "table"});
    login.erase(login.find('\n'));
    return Operator("DPS_LOGIN=" + login, {"--login-ca-file", ca.ca_file});
  }

  DpsBroker dps;
  TempDir directory;
  TestCa ca;
  Operator local{"DPS_STORE=" + dps.store_directory()};
  std::unique_ptr<DpsService> service;
};

}  // namespace

TEST_CASE("shared_store: broker, service and dpsctl at once lose no update") {
  SharedStore shared;
  constexpr int kTimes = 8;
  shared.local.Json({"enrollment", "create", "--enrollment-id", "counter",
                     "--attestation-type", "symmetricKey"});
  const Operator afar = shared.FromAfar();
  std::atomic<bool> counting = true;
  auto registered = std::async(std::launch::async, [&] {
    int devices = 0;
    do {
      const std::string id = "dev-" + std::to_string(devices++);
      const Answer done = Device(shared.dps.broker().Tls(), id).Provision();
      CHECK(done.State("status") == "assigned");
    } while (counting);
    return devices;
  });
  auto over_network = std::async(std::launch::async, [&] {
    for (int i = 0; i < kTimes; ++i) afar.CountUp();
  });
  for (int i = 0; i < kTimes; ++i) shared.local.CountUp();
  over_network.get();
  counting = false;
  const int devices = registered.get();

  const std::string shown =
      shared.local.Json({"enrollment", "show", "--enrollment-id", "counter"});
  CHECK(Operator::NumberIn(JsonDocument::ParseObject(shown)->root()) ==
        2 * kTimes);
  for (int i = 0; i < devices; ++i) {
    CHECK(shared.dps.RecordOf("dev-" + std::to_string(i)));
  }
  std::uint64_t assigned = 0;
  const auto snapshot = *shared.dps.store().Read();
  const AssignedCounts counts = *snapshot->CountAssigned(TestScope());
  for (const auto& [hub, count] : counts) {
    assigned += count;
  }
  CHECK(assigned == static_cast<std::uint64_t>(devices));
}

TEST_CASE("shared_store: who dies in the midst of it stops nobody else") {
  SharedStore shared;
  {
    Device device(shared.dps.broker().Tls(), "dev-1");
    device.Register();  // the broker has its commit ahead of it
    shared.dps.broker().Kill();
  }
  shared.local.Json({"enrollment", "create", "--enrollment-id", "first",
                     "--attestation-type", "symmetricKey"});
  shared.service->process().Signal(SIGKILL);
  shared.local.Json({"enrollment", "create", "--enrollment-id", "second",
                     "--attestation-type", "symmetricKey"});
  REQUIRE(shared.dps.broker().Restart());
  const Answer done = Device(shared.dps.broker().Tls(), "dev-1").Provision();
  CHECK(done.State("status") == "assigned");
}

}  // namespace dps
