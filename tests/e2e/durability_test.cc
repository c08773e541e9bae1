// SPDX-License-Identifier: Apache-2.0
// The broker is killed in the middle of a storm of registrations, again and
// again: what a device was told must still be true afterwards.
#include <doctest/doctest.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "core/base/text.h"
#include "tests/e2e/dps_broker.h"

namespace dps {
namespace {

// DPS_STORM_ROUNDS makes it longer.
int Rounds() {
  const char* text = std::getenv("DPS_STORM_ROUNDS");
  const auto rounds = text == nullptr ? std::nullopt : ParseDecimal(text);
  return rounds ? static_cast<int>(*rounds) : 50;
}

// What the devices of all rounds were told.
struct Told {
  std::map<std::string, std::string> assigned;   // id -> hub
  std::map<std::string, std::string> assigning;  // id -> operation id
};

// One device of the storm; every call fails softly once the broker is gone.
struct StormDevice {
  std::string id;
  MqttClient client;

  std::optional<Answer> Ask(const std::string& topic) {
    if (!client.SendPublish({.topic = topic, .qos = 1})) return std::nullopt;
    const auto message = client.NextMessage();
    if (!message) return std::nullopt;
    return ParseAnswer(*message);
  }
};

std::optional<StormDevice> Join(const Endpoint& endpoint,
                                const std::string& id) {
  auto client = MqttClient::Open(endpoint);
  if (!client || !client->Connect(DeviceOptions(id)) ||
      !client->Subscribe("$dps/registrations/res/#", 1)) {
    return std::nullopt;
  }
  return StormDevice{id, *std::move(client)};
}

void Poll(StormDevice& device, Told& told) {
  const auto answer =
      device.Ask(StatusTopic("2", told.assigning.at(device.id)));
  if (!answer || answer->status != 200) return;
  told.assigned[device.id] = answer->State("assignedHub");
  told.assigning.erase(device.id);
}

// Devices join, register and poll until the broker is killed.
void Storm(const Endpoint& endpoint, int round, Told& told) {
  constexpr int kDevicesMax = 200;
  std::vector<StormDevice> devices;
  for (int i = 0; i < kDevicesMax; ++i) {
    auto device = Join(
        endpoint, "dev-" + std::to_string(round) + "-" + std::to_string(i));
    if (!device) return;
    const auto accepted = device->Ask(RegisterTopic("1"));
    if (!accepted) return;
    REQUIRE(accepted->status == 202);
    told.assigning[device->id] = accepted->Text("operationId");
    devices.push_back(*std::move(device));
    // An earlier one asks; by now its commit may be done or not.
    StormDevice& earlier = devices[devices.size() * 2 / 3];
    if (told.assigning.contains(earlier.id)) Poll(earlier, told);
    if (devices.back().client.closed()) return;
  }
}

}  // namespace

TEST_CASE("durability: kill -9 in a storm loses nothing a device was told" *
          doctest::timeout(600)) {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_polls_per_10s 0\n"});
  std::mt19937 random(20261121);
  Told told;
  std::size_t taken_up = 0;
  for (int round = 0; round < Rounds(); ++round) {
    const auto delay = std::chrono::microseconds(
        std::uniform_int_distribution<>(0, 60'000)(random));
    CAPTURE(round);
    std::jthread killer([&, pid = dps.broker().pid()] {
      std::this_thread::sleep_for(delay);
      kill(pid, SIGKILL);
    });
    Storm(dps.broker().Tcp(), round, told);
    killer.join();
    const Status restarted = dps.broker().Restart();
    REQUIRE_MESSAGE(restarted.has_value(), restarted.error().message);

    for (const auto& [id, hub] : told.assigned) {
      const auto record = dps.RecordOf(id);
      REQUIRE(record.has_value());
      CHECK(record->status == RegistrationStatus::kAssigned);
      CHECK(record->assigned_hub == hub);
    }
    // Those told "assigning" finish under the operation id they hold.
    for (const auto& [id, operation] : told.assigning) {
      const Answer done =
          Device(dps.broker().Tcp(), id).PollUntilDone(operation);
      REQUIRE_MESSAGE(done.status == 200, done.text);
      told.assigned[id] = done.State("assignedHub");
      ++taken_up;
    }
    told.assigning.clear();
  }
  MESSAGE(told.assigned.size()
          << " devices, " << taken_up << " finished after a kill");
  CHECK(told.assigned.size() > static_cast<std::size_t>(Rounds()));
  CHECK(taken_up > 0);
}

}  // namespace dps
