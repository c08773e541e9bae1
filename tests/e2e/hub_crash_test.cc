// SPDX-License-Identifier: Apache-2.0
// The broker, or a hub, is killed at every packet that the broker sends to a
// hub while a device moves: it must arrive, with its state, and nowhere else.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

#include "tests/e2e/hub_scene.h"
#include "tests/support/mqtt_gate.h"

namespace dps {
namespace {

std::unique_ptr<MqttGate> GateBefore(MosquittoHubRig& hub) {
  auto gate = MqttGate::Start(hub.Tcp().port);
  REQUIRE_MESSAGE(gate.has_value(), gate.error().message);
  return *std::move(gate);
}

// Both hubs are behind gates; a device lives in the first and is about to move.
struct Crossing {
  Crossing()
      : old_gate(GateBefore(scene.hub1())), new_gate(GateBefore(scene.hub2())) {
    scene.Link(kHub1, old_gate->port());
    scene.Link(kHub2, new_gate->port());
  }

  // Afterwards the device of this name has been told "assigning".
  void Begin(const std::string& name) {
    id = name;
    scene.SendFleetTo(kHub1);
    REQUIRE(scene.Provision(id).State("assignedHub") == kHub1);
    // None of it is what a new device starts with.
    for (const char* part : {"tags", "desired", "reported"}) {
      REQUIRE(scene.hub1().Retain(TwinTopic(id, part), Lived()));
    }
    scene.SendFleetTo(kHub2, kMigratePolicy);
  }
  void Register() {
    Device device(scene.dps().broker().Tcp(), id);
    CHECK(device.Register().status == 202);
  }

  std::string Lived() const { return R"({"of":")" + id + R"("})"; }

  bool IsAssigned() {
    const auto record = scene.dps().RecordOf(id);
    return record && record->status == RegistrationStatus::kAssigned &&
           record->assigned_hub == kHub2;
  }

  void CheckArrived() {
    CHECK(WaitUntil([this] { return IsAssigned(); }));
    CHECK(scene.WaitForNoTasks());
    CHECK(*scene.hub2().LogIn(id, FleetPassword(id)) == 0);
    CHECK_FALSE(scene.hub1().HasClient(id));
    for (const char* part : {"tags", "desired", "reported"}) {
      CHECK(*scene.hub2().Retained(TwinTopic(id, part)) == Lived());
      CHECK(*scene.hub1().Retained(TwinTopic(id, part)) == std::nullopt);
    }
  }

  HubScene scene{{.plugin_options = "plugin_opt_dps_hub_timeout_ms 2000\n"}};
  std::unique_ptr<MqttGate> old_gate;
  std::unique_ptr<MqttGate> new_gate;
  std::string id;
};

// Does `crash` at each packet to the hub behind `gate`, one device after the
// other, until a move needs no more packets.
void CrashEverywhere(Crossing& crossing, MqttGate& gate,
                     const std::function<void(int)>& crash) {
  constexpr int kPacketsMax = 60;
  int packets = 0;
  for (int n = 1; n <= kPacketsMax; ++n) {
    CAPTURE(n);
    crossing.Begin("dev-" + std::to_string(n));
    gate.StopAt(n);
    crossing.Register();
    bool stopped = false;
    REQUIRE(WaitUntil([&] {
      stopped = gate.WaitStopped(std::chrono::milliseconds(1));
      return stopped ||
             (crossing.IsAssigned() && crossing.scene.Tasks().empty());
    }));
    if (stopped) crash(n);
    gate.Open();
    crossing.CheckArrived();
    if (!stopped) break;
    packets = n;
  }
  CHECK(packets > 1);
  CHECK(packets < kPacketsMax);
}

}  // namespace

TEST_CASE("hub_crash: the broker dies at every step of the way in") {
  Crossing crossing;
  CrashEverywhere(crossing, *crossing.new_gate, [&](int n) {
    BrokerProcess& broker = crossing.scene.dps().broker();
    broker.Kill();
    // It was not told a hub that might not know it.
    CHECK_FALSE(crossing.IsAssigned());
    crossing.new_gate->Open();
    REQUIRE(broker.Restart());
    // Some devices ask again, some sleep.
    if (n % 2 == 0) crossing.Register();
  });
}

TEST_CASE("hub_crash: the broker dies at every step of the way out") {
  Crossing crossing;
  CrashEverywhere(crossing, *crossing.old_gate, [&](int n) {
    BrokerProcess& broker = crossing.scene.dps().broker();
    broker.Kill();
    crossing.old_gate->Open();
    REQUIRE(broker.Restart());
    if (n % 2 == 0) crossing.Register();
  });
}

TEST_CASE("hub_crash: the new hub dies at every step") {
  Crossing crossing;
  CrashEverywhere(crossing, *crossing.new_gate, [&](int) {
    crossing.scene.hub2().broker().Kill();
    CHECK_FALSE(crossing.IsAssigned());
    REQUIRE(crossing.scene.hub2().broker().Restart());
  });
}

TEST_CASE("hub_crash: the old hub dies at every step") {
  Crossing crossing;
  CrashEverywhere(crossing, *crossing.old_gate, [&](int) {
    crossing.scene.hub1().broker().Kill();
    REQUIRE(crossing.scene.hub1().broker().Restart());
  });
}

}  // namespace dps
