// SPDX-License-Identifier: Apache-2.0
// Nothing of a device's connection outlives it, and nobody else gets it.
#include <doctest/doctest.h>

#include "tests/e2e/dps_broker.h"

namespace dps {
namespace {

ConnectOptions KeptSession(std::string_view id) {
  ConnectOptions options = DeviceOptions(id);
  options.clean = false;
  return options;
}

// Connects again with clean session 0; what the broker then sends unasked.
struct Reconnected {
  bool session_present;
  std::vector<MqttMessage> messages;
};

Reconnected Reconnect(const Endpoint& endpoint, std::string_view id) {
  auto client = MqttClient::Open(endpoint);
  REQUIRE(client.has_value());
  const auto connack = client->Connect(KeptSession(id));
  REQUIRE(connack.has_value());
  REQUIRE(connack->code == 0);
  auto messages = client->MessagesSoFar();
  REQUIRE(messages.has_value());
  return {connack->session_present, *std::move(messages)};
}

}  // namespace

TEST_CASE(
    "session: clean session 0 is not resumed, as the loopback removes it") {
  DpsBroker dps({.loopback = true});
  {
    Device device(dps.broker().Tcp(), KeptSession("dev-1"));
    device.Provision();
    device.mqtt().Disconnect();
  }
  // The device's disconnect, then that of the loopback under its client id.
  REQUIRE(dps.broker().WaitForLog("Client dev-1 disconnected.", 2));
  const Reconnected again = Reconnect(dps.broker().Tcp(), "dev-1");
  CHECK_FALSE(again.session_present);
  CHECK(again.messages.empty());
}

TEST_CASE("session: without a loopback the broker resumes it, and it works") {
  DpsBroker dps;
  {
    Device device(dps.broker().Tcp(), KeptSession("dev-1"));
    device.mqtt().Disconnect();
  }
  auto client = MqttClient::Open(dps.broker().Tcp());
  REQUIRE(client.has_value());
  const auto connack = client->Connect(KeptSession("dev-1"));
  REQUIRE(connack.has_value());
  CHECK(connack->session_present);
  // The device relies on the subscription it was told it still has.
  REQUIRE(client->Publish({.topic = RegisterTopic("1"), .qos = 1}));
  const auto message = client->NextMessage();
  REQUIRE(message.has_value());
  CHECK(ParseAnswer(*message).status == 202);
}

TEST_CASE("session: an MQTT 5 session with an expiry is removed as well") {
  DpsBroker dps({.loopback = true});
  ConnectOptions options = DeviceOptions("dev-1");
  options.version = kMqtt5;
  options.session_expiry_s = 3600;
  {
    Device device(dps.broker().Tcp(), options);
    device.Provision();
    device.mqtt().Disconnect();
  }
  REQUIRE(dps.broker().WaitForLog("Client dev-1 disconnected.", 2));
  CHECK_FALSE(Reconnect(dps.broker().Tcp(), "dev-1").session_present);
}

TEST_CASE("session: a reply of a broken connection does not reach the next") {
  for (const bool loopback : {false, true}) {
    DpsBroker dps({.loopback = loopback});
    {
      auto client = ConnectedClient(dps.broker().Tcp(), KeptSession("dev-1"));
      REQUIRE(client.Subscribe("$dps/registrations/res/#", 1) == 1);
      // The reply is on its way when the connection breaks, unacknowledged.
      REQUIRE(client.SendPublish({.topic = RegisterTopic("old"), .qos = 1}));
      client.Abort();
    }
    CHECK(Reconnect(dps.broker().Tcp(), "dev-1").messages.empty());
  }
}

TEST_CASE(
    "session: a reply of a connection taken over does not reach the new") {
  DpsBroker dps;
  Device old(dps.broker().Tcp(), KeptSession("dev-1"));
  REQUIRE(old.mqtt().SendPublish({.topic = RegisterTopic("old"), .qos = 1}));
  CHECK(Reconnect(dps.broker().Tcp(), "dev-1").messages.empty());
}

TEST_CASE("session: another user cannot resume what a device left behind") {
  const TempDir files;
  const std::string passwords = files.File("passwords");
  REQUIRE(RunCommand({.argv = {"mosquitto_passwd", "-b", "-c", passwords,
                               "alice", "secret"}})
              ->exit_code == 0);
  DpsBroker dps({.after_plugin = "password_file " + passwords + "\n"});
  {
    Device device(dps.broker().Tcp(), KeptSession("dev-1"));
    device.Provision();
    device.mqtt().Disconnect();
  }
  const ConnectOptions alice{.client_id = "dev-1",
                             .username = "alice",
                             .password = "secret",
                             .clean = false};
  CHECK(ConnackOf(dps.broker().Tcp(), alice) == 5);
  ConnectOptions elsewhere = alice;
  elsewhere.client_id = "alice-1";
  CHECK(ConnackOf(dps.broker().Tcp(), elsewhere) == 0);
}

TEST_CASE("session: the loopback's name opens nothing to others") {
  DpsBroker dps({.loopback = true});
  for (const char* password : {"", "guess"}) {
    CHECK(ConnackOf(dps.broker().Tcp(), {.client_id = "dps-loopback-x",
                                         .username = "dps-loopback",
                                         .password = password}) == 5);
  }
}

}  // namespace dps
