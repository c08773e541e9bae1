// SPDX-License-Identifier: Apache-2.0
// The broker's thread never waits for the store: with commits of half a second
// the other clients notice nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/e2e/dps_broker.h"
#include "tests/support/child_process.h"

namespace dps {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kCommit{500};

const std::vector<std::string> kSlowDisk = {
    "LD_PRELOAD=" DPS_SLOW_DISK_LIBRARY,
    // A commit is a sync and a synced write.
    "DPS_SLOW_DISK_MS=" + std::to_string(kCommit.count() / 2)};

// A neighbour who pings and echoes; remembers his longest wait.
class Bystander {
 public:
  explicit Bystander(const Endpoint& endpoint)
      : client_(ConnectedClient(endpoint, DeviceOptions("bystander"))) {}

  void LookFor(milliseconds time) {
    const auto end = Steady::now() + time;
    while (Steady::now() < end) {
      const auto start = Steady::now();
      REQUIRE(client_.Ping());
      REQUIRE(client_.Publish({.topic = "$dps/x", .qos = 1}));
      longest_ = std::max(longest_, std::chrono::duration_cast<milliseconds>(
                                        Steady::now() - start));
    }
  }
  milliseconds longest() const { return longest_; }

 private:
  MqttClient client_;
  milliseconds longest_{0};
};

}  // namespace

TEST_CASE("blocking: commits of half a second delay no other client") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_polls_per_10s 0\n",
                 .environment = kSlowDisk});
  Bystander bystander(dps.broker().Tcp());
  std::vector<Device> devices;
  std::vector<std::string> operations;
  for (int i = 0; i < 10; ++i) {
    devices.emplace_back(dps.broker().Tcp(), "dev-" + std::to_string(i));
  }
  const auto start = Steady::now();
  for (Device& device : devices) {
    operations.push_back(device.Register().Text("operationId"));
  }
  CHECK(devices[0].Poll(operations[0]).status == 202);
  bystander.LookFor(4 * kCommit);
  for (std::size_t i = 0; i < devices.size(); ++i) {
    CHECK(devices[i].PollUntilDone(operations[i]).status == 200);
  }
  // The disk was as slow as claimed, and nobody waited for it.
  CHECK(Steady::now() - start >= kCommit);
  CHECK(bystander.longest() < kCommit / 2);
}

TEST_CASE("blocking: another process that holds the store delays no client") {
  DpsBroker dps;
  Bystander bystander(dps.broker().Tcp());
  Device device(dps.broker().Tcp(), "dev-1");
  auto operator_process = ChildProcess::Start(
      {.argv = {DPSCTL, "--store", dps.store_directory(), "linked-hub", "add",
                "--hub-name", "hub-3.example.com"},
       .environment = kSlowDisk});
  REQUIRE(operator_process.has_value());
  const Answer accepted = device.Register();
  CHECK(accepted.status == 202);
  bystander.LookFor(2 * kCommit);
  CHECK((*operator_process)->Wait() == 0);
  CHECK(device.PollUntilDone(accepted.Text("operationId")).status == 200);
  CHECK(bystander.longest() < kCommit / 2);
}

}  // namespace dps
