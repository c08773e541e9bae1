// SPDX-License-Identifier: Apache-2.0
// Three real brokers: one with the plugin, two hubs with dynamic-security that
// are linked to it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/model/linked_hub.h"
#include "tests/e2e/dps_broker.h"
#include "tests/support/mosquitto_hub_rig.h"
#include "tests/support/patience.h"

namespace dps {

struct HubSceneOptions {
  std::string plugin_options{};
  MosquittoHubRigOptions hubs{};
};

class HubScene {
 public:
  explicit HubScene(const HubSceneOptions& options = {});

  DpsBroker& dps() { return dps_; }
  // kHub1 and kHub2.
  MosquittoHubRig& hub1() { return *hub1_; }
  MosquittoHubRig& hub2() { return *hub2_; }

  // Links `name` with a connector to the hub at `port`.
  void Link(std::string_view name, std::uint16_t port);
  // Devices of group "fleet" go to that hub from now on, by this policy.
  void SendFleetTo(std::string_view hub,
                   std::optional<ReprovisionPolicy> policy = std::nullopt);
  EnrollmentGroup fleet();

  // The state of registration dev-1 when it is provisioned once more.
  Answer Provision(std::string_view id = "dev-1");
  // Until the store has no hub task; false if patience ends before.
  [[nodiscard]] bool WaitForNoTasks();
  std::vector<HubTask> Tasks();

 private:
  DpsBroker dps_;
  std::unique_ptr<MosquittoHubRig> hub1_;
  std::unique_ptr<MosquittoHubRig> hub2_;
};

inline constexpr ReprovisionPolicy kMigratePolicy = {};
inline constexpr ReprovisionPolicy kResetPolicy = {.migrate_device_data =
                                                       false};
inline constexpr ReprovisionPolicy kNeverPolicy = {
    .update_hub_assignment = false, .migrate_device_data = false};

// What a device of group "fleet" proves itself with.
std::string FleetPassword(std::string_view id, char key = 'p');
std::string TwinTopic(std::string_view id, std::string_view part);

// Waits until `holds` does; false if patience ends before.
template <class Condition>
[[nodiscard]] bool WaitUntil(Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace dps
