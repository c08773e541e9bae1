// SPDX-License-Identifier: Apache-2.0
// Devices and their state in real hubs: what each reprovision policy does
// there (service-api section 5, checklist 60 to 70).
#include <doctest/doctest.h>

#include <atomic>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "tests/e2e/device_certificates.h"
#include "tests/e2e/hub_scene.h"

namespace dps {
namespace {

using Kept = std::optional<std::string>;

const Kept kInitialDesired = R"({"rate":5})";
const Kept kInitialTags = R"({"site":"a"})";

// What the hub keeps of dev-1.
Kept Twin(MosquittoHubRig& hub, std::string_view part) {
  const auto kept = hub.Retained(TwinTopic("dev-1", part));
  REQUIRE_MESSAGE(kept.has_value(), kept.error().message);
  return *kept;
}

// dev-1 connects to its hub with its key and reports.
void Report(MosquittoHubRig& hub, const std::string& reported) {
  auto device = hub.Device("dev-1", FleetPassword("dev-1"));
  REQUIRE_MESSAGE(device.has_value(), device.error().message);
  REQUIRE(device->Publish({.topic = TwinTopic("dev-1", "reported"),
                           .payload = reported,
                           .qos = 1,
                           .retain = true}));
}

std::string Report(int number) {
  return R"({"n":)" + std::to_string(number) + "}";
}

// dev-1, which reports 1, 2, 3 ... as fast as its hub acknowledges it, until
// the hub closes the connection.
class Reporter {
 public:
  explicit Reporter(MqttClient device)
      : device_(std::move(device)),
        thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  bool WaitForReports(int count) {
    return WaitUntil([&] { return acknowledged_ >= count; });
  }
  // Waits for the end; how many were acknowledged.
  int Finish() {
    thread_.join();
    return acknowledged_;
  }

 private:
  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested() &&
           device_.Publish({.topic = TwinTopic("dev-1", "reported"),
                            .payload = Report(acknowledged_ + 1),
                            .qos = 1,
                            .retain = true})) {
      ++acknowledged_;
    }
  }

  MqttClient device_;
  std::atomic<int> acknowledged_ = 0;
  std::jthread thread_;
};

void CheckGone(HubScene& scene, MosquittoHubRig& hub) {
  CHECK(scene.WaitForNoTasks());
  CHECK_FALSE(hub.HasClient("dev-1"));
  CHECK(*hub.LogIn("dev-1", FleetPassword("dev-1")) == 5);
  for (const char* part : {"tags", "desired", "reported"}) {
    CHECK(Twin(hub, part) == std::nullopt);
  }
}

}  // namespace

TEST_CASE("hubs: a device is known to its hub when it is told the hub") {
  HubScene scene;
  const Answer answer = scene.Provision();
  CHECK(answer.State("status") == "assigned");
  CHECK(answer.State("assignedHub") == kHub1);
  CHECK(answer.State("substatus") == "initialAssignment");
  CHECK(*scene.hub1().LogIn("dev-1", FleetPassword("dev-1")) == 0);
  CHECK(*scene.hub1().LogIn("dev-1", FleetPassword("dev-2")) == 5);
  CHECK(Twin(scene.hub1(), "desired") == kInitialDesired);
  CHECK(Twin(scene.hub1(), "tags") == kInitialTags);
  CHECK_FALSE(scene.hub2().HasClient("dev-1"));
  CHECK(scene.Tasks().empty());
}

TEST_CASE("hubs: a device that migrates finds its whole state") {
  HubScene scene;
  scene.Provision();
  Report(scene.hub1(), R"({"rate":9})");
  REQUIRE(scene.hub1().Retain(TwinTopic("dev-1", "desired"), R"({"rate":9})"));
  scene.SendFleetTo(kHub2, kMigratePolicy);
  const Answer answer = scene.Provision();
  CHECK(answer.State("assignedHub") == kHub2);
  CHECK(answer.State("substatus") == "deviceDataMigrated");
  CHECK(Twin(scene.hub2(), "reported") == Kept(R"({"rate":9})"));
  CHECK(Twin(scene.hub2(), "desired") == Kept(R"({"rate":9})"));
  CHECK(Twin(scene.hub2(), "tags") == kInitialTags);
  CHECK(*scene.hub2().LogIn("dev-1", FleetPassword("dev-1")) == 0);
  CheckGone(scene, scene.hub1());
}

TEST_CASE("hubs: a device that reports while it moves loses no report") {
  HubScene scene;
  scene.Provision();
  MosquittoHubRig* from = &scene.hub1();
  MosquittoHubRig* to = &scene.hub2();
  std::string target = std::string(kHub2);
  constexpr int kMoves = 6;
  for (int move = 0; move < kMoves; ++move) {
    CAPTURE(move);
    auto device = from->Device("dev-1", FleetPassword("dev-1"));
    REQUIRE_MESSAGE(device.has_value(), device.error().message);
    Reporter reporter(*std::move(device));
    REQUIRE(reporter.WaitForReports(1));
    scene.SendFleetTo(target, kMigratePolicy);
    CHECK(scene.Provision().State("assignedHub") == target);
    CHECK(scene.WaitForNoTasks());
    // The last one may have been taken and not acknowledged.
    const int acknowledged = reporter.Finish();
    const Kept kept = Twin(*to, "reported");
    CHECK_MESSAGE(
        (kept == Report(acknowledged) || kept == Report(acknowledged + 1)),
        *kept << " after " << acknowledged);
    std::swap(from, to);
    target = target == kHub1 ? kHub2 : kHub1;
  }
}

TEST_CASE("hubs: a device that is reset starts afresh in the other hub") {
  HubScene scene;
  scene.Provision();
  Report(scene.hub1(), R"({"rate":9})");
  REQUIRE(scene.hub1().Retain(TwinTopic("dev-1", "desired"), R"({"rate":9})"));
  scene.SendFleetTo(kHub2, kResetPolicy);
  const Answer answer = scene.Provision();
  CHECK(answer.State("substatus") == "deviceDataReset");
  CHECK(Twin(scene.hub2(), "reported") == std::nullopt);
  CHECK(Twin(scene.hub2(), "desired") == kInitialDesired);
  CheckGone(scene, scene.hub1());
}

TEST_CASE("hubs: a device that is reset where it is starts afresh, too") {
  HubScene scene;
  scene.SendFleetTo(kHub1, kResetPolicy);
  scene.Provision();
  Report(scene.hub1(), R"({"rate":9})");
  const Answer answer = scene.Provision();
  CHECK(answer.State("assignedHub") == kHub1);
  CHECK(answer.State("substatus") == "deviceDataReset");
  CHECK(Twin(scene.hub1(), "reported") == std::nullopt);
  CHECK(Twin(scene.hub1(), "desired") == kInitialDesired);
  CHECK(*scene.hub1().LogIn("dev-1", FleetPassword("dev-1")) == 0);
}

TEST_CASE("hubs: a device that never moves stays with its state") {
  HubScene scene;
  scene.Provision();
  Report(scene.hub1(), R"({"rate":9})");
  scene.SendFleetTo(kHub2, kNeverPolicy);
  const Answer answer = scene.Provision();
  CHECK(answer.State("assignedHub") == kHub1);
  CHECK(answer.State("substatus") == "initialAssignment");
  CHECK(Twin(scene.hub1(), "reported") == Kept(R"({"rate":9})"));
  CHECK_FALSE(scene.hub2().HasClient("dev-1"));
}

TEST_CASE("hubs: a device of old stays, if its enrollment has no policy") {
  HubScene scene;
  scene.Provision();
  scene.SendFleetTo(kHub2);
  ConnectOptions options = DeviceOptions("dev-1");
  options.username = UsernameOf("dev-1", "api-version=2018-04-01");
  CHECK(Device(scene.dps().broker().Tcp(), options)
            .Provision()
            .State("assignedHub") == kHub1);
  // A new one migrates.
  CHECK(scene.Provision().State("assignedHub") == kHub2);
  CHECK(scene.WaitForNoTasks());
}

TEST_CASE("hubs: the same hub again leaves the state alone") {
  HubScene scene;
  scene.Provision();
  Report(scene.hub1(), R"({"rate":9})");
  CHECK(scene.Provision().State("substatus") == "initialAssignment");
  ConnectOptions options = DeviceOptions("dev-1");
  options.username = UsernameOf("dev-1", "api-version=2021-06-01");
  CHECK(Device(scene.dps().broker().Tcp(), options)
            .Provision()
            .State("substatus") == "reprovisionedToInitialAssignment");
  CHECK(Twin(scene.hub1(), "reported") == Kept(R"({"rate":9})"));
}

TEST_CASE("hubs: a key that was rolled reaches the hub with the device") {
  HubScene scene;
  scene.Provision();
  CHECK(*scene.hub1().LogIn("dev-1", FleetPassword("dev-1", 's')) == 5);
  // The device goes over to its secondary key.
  ConnectOptions options = DeviceOptions("dev-1");
  options.password = TokenFor("dev-1", DeriveDeviceKey(TestKey('s'), "dev-1"),
                              SystemClock().Now() + std::chrono::hours(1));
  CHECK(
      Device(scene.dps().broker().Tcp(), options).Provision().State("status") ==
      "assigned");
  CHECK(*scene.hub1().LogIn("dev-1", FleetPassword("dev-1", 's')) == 0);
  CHECK(*scene.hub1().LogIn("dev-1", FleetPassword("dev-1")) == 5);
}

TEST_CASE("hubs: a device logs in to its hub with the certificate it has") {
  DeviceCertificates files;
  const Forged ca = files.Root("makers");
  const Forged device = files.Device("dev-1", ca);
  const Forged other = files.Device("dev-2", ca);
  HubScene scene({.hubs = {.device_ca_pem = Pem(ca.certificate)}});
  EnrollCa(scene.dps().store(), "makers", ca.certificate);
  const Answer answer = Device(files.As(scene.dps().broker().Tls(), device),
                               CertificateOptions("dev-1"))
                            .Provision();
  REQUIRE(answer.State("status") == "assigned");
  MosquittoHubRig& hub =
      answer.State("assignedHub") == kHub1 ? scene.hub1() : scene.hub2();
  auto client = hub.Device(device);
  REQUIRE_MESSAGE(client.has_value(), client.error().message);
  CHECK(*client->Subscribe(TwinTopic("dev-1", "desired"), 1) == 1);
  // A certificate of the same CA, yet of a device that did not register: the
  // hub lets it in, to do nothing.
  auto stranger = hub.Device(other);
  REQUIRE(stranger);
  CHECK(*stranger->Subscribe(TwinTopic("dev-1", "desired"), 1) == 0x80);
  // Nor does it help to know the name.
  CHECK(*hub.LogIn("dev-1", "") == 5);
}

TEST_CASE("hubs: a device is not told a hub that cannot be reached") {
  HubScene scene({.plugin_options =
                      "plugin_opt_dps_hub_timeout_ms 500\n"
                      "plugin_opt_dps_hub_provisioning_ms 1500\n"});
  scene.hub1().broker().Kill();
  const Answer refused = scene.Provision();
  CHECK(refused.State("status") == "failed");
  CHECK(refused.State("errorCode") == "401001");
  CHECK(refused.State("assignedHub").empty());
  // Why and where is for the operator.
  CHECK(refused.State("errorMessage")
            .starts_with("the hub cannot be reached; tracking id "));
  CHECK(scene.dps().broker().WaitForLog("registration without a hub"));
  CHECK(scene.dps().RecordOf("dev-1")->error_message.starts_with(
      "the hub did not tell whether it knows the device: "));
  // Back again, it gets the device, and nobody takes it away any more.
  REQUIRE(scene.hub1().broker().Restart());
  CHECK(WaitUntil(
      [&] { return scene.Provision().State("status") == "assigned"; }));
  CHECK(scene.WaitForNoTasks());
  CHECK(*scene.hub1().LogIn("dev-1", FleetPassword("dev-1")) == 0);
}

TEST_CASE("hubs: a dead old hub keeps no device, and gives its state later") {
  HubScene scene({.plugin_options = "plugin_opt_dps_hub_timeout_ms 500\n"});
  scene.Provision();
  Report(scene.hub1(), R"({"rate":9})");
  REQUIRE(scene.hub1().Retain(TwinTopic("dev-1", "desired"), R"({"rate":8})"));
  CHECK(scene.hub1().broker().Stop());
  scene.SendFleetTo(kHub2, kMigratePolicy);
  const Answer answer = scene.Provision();
  CHECK(answer.State("assignedHub") == kHub2);
  CHECK(answer.State("substatus") == "deviceDataReset");
  CHECK(*scene.hub2().LogIn("dev-1", FleetPassword("dev-1")) == 0);
  REQUIRE(scene.Tasks().size() == 1);
  CHECK(scene.Tasks()[0].kind == HubTaskKind::kRemove);
  REQUIRE(scene.hub1().broker().Restart());
  CheckGone(scene, scene.hub1());
  CHECK(Twin(scene.hub2(), "reported") == Kept(R"({"rate":9})"));
  CHECK(Twin(scene.hub2(), "desired") == Kept(R"({"rate":8})"));
}

}  // namespace dps
