// SPDX-License-Identifier: Apache-2.0
// The test kit itself, against the stock broker without the plugin.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "tests/support/broker_process.h"
#include "tests/support/mqtt_client.h"

namespace dps {
namespace {

std::unique_ptr<BrokerProcess> StartBroker(BrokerOptions options = {}) {
  auto broker = BrokerProcess::Start(std::move(options));
  REQUIRE_MESSAGE(broker.has_value(), broker.error().message);
  return *std::move(broker);
}

MqttClient Connected(const Endpoint& endpoint, const ConnectOptions& options) {
  auto client = MqttClient::Open(endpoint);
  REQUIRE_MESSAGE(client.has_value(), client.error().message);
  const auto connack = client->Connect(options);
  REQUIRE_MESSAGE(connack.has_value(), connack.error().message);
  REQUIRE(connack->code == 0);
  return *std::move(client);
}

// A message published to the client's own subscription comes back.
void CheckEcho(MqttClient& client, int qos) {
  const std::string topic = "echo/" + std::to_string(qos);
  REQUIRE(client.Subscribe(topic, qos) == static_cast<std::uint8_t>(qos));
  CHECK(client.Publish({.topic = topic, .payload = "hello", .qos = qos}) == 0);
  const auto message = client.NextMessage();
  REQUIRE(message.has_value());
  CHECK(message->topic == topic);
  CHECK(message->payload == "hello");
  CHECK(message->qos == qos);
}

TEST_CASE("kit: an MQTT 3.1.1 client gets its echo at QoS 0, 1 and 2") {
  const auto broker = StartBroker();
  auto client = Connected(broker->Tcp(), {.client_id = "a"});
  for (const int qos : {0, 1, 2}) CheckEcho(client, qos);
}

TEST_CASE("kit: an MQTT 5 client gets its echo and reason codes") {
  const auto broker = StartBroker();
  auto client =
      Connected(broker->Tcp(),
                {.client_id = "a", .version = kMqtt5, .session_expiry_s = 60});
  CheckEcho(client, 1);
  CHECK(client.Publish({.topic = "nobody", .qos = 1}) == 0x10);
  CHECK(client.Unsubscribe("echo/1") == 0);
}

TEST_CASE("kit: TLS verifies the server by the test CA") {
  const auto broker = StartBroker();
  auto client = Connected(broker->Tls(), {.client_id = "a"});
  CheckEcho(client, 1);

  const TempDir other;
  const auto stranger = MakeTestCa(other.path());
  REQUIRE(stranger.has_value());
  Endpoint wrong = broker->Tls();
  wrong.ca_file = stranger->ca_file;
  const auto refused = MqttClient::Open(wrong);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::kUnauthenticated);
}

TEST_CASE("kit: WebSockets carry MQTT on any path") {
  const auto broker = StartBroker();
  for (const char* path : {"/", "/$iothub/websocket"}) {
    CAPTURE(path);
    auto plain = Connected(broker->Ws({.path = path}), {.client_id = "a"});
    CheckEcho(plain, 1);
    auto secure = Connected(broker->Wss({.path = path}), {.client_id = "b"});
    CheckEcho(secure, 1);
  }
}

// libwebsockets in Debian's broker compares the name exactly. A broker that
// takes the capitals will fail this test: then the limit has gone, and its
// mention in the documentation with it.
TEST_CASE("kit: Debian's broker refuses the WebSocket subprotocol MQTT") {
  const auto broker = StartBroker();
  const auto client = MqttClient::Open(
      broker->Wss({.path = "/$iothub/websocket", .subprotocol = "MQTT"}));
  REQUIRE_FALSE(client.has_value());
  CHECK(client.error().code == Errc::kForbidden);
}

TEST_CASE("kit: a message larger than a TLS record and 64 KiB passes") {
  const auto broker = StartBroker();
  const std::string payload(70'000, 'x');
  // Debian's broker takes 4 KiB off a WebSocket in each 100 ms, so one is
  // enough.
  for (const Endpoint& endpoint :
       {broker->Tcp(), broker->Tls(), broker->Wss()}) {
    auto client = Connected(endpoint, {.client_id = "a"});
    REQUIRE(client.Subscribe("big", 1) == 1);
    CHECK(client.Publish({.topic = "big", .payload = payload, .qos = 1}) == 0);
    const auto message = client.NextMessage();
    REQUIRE(message.has_value());
    CHECK(message->payload == payload);
  }
}

TEST_CASE("kit: PUBACK and echo are seen in the order of their arrival") {
  const auto broker = StartBroker();
  auto client = Connected(broker->Tcp(), {.client_id = "a"});
  CheckEcho(client, 1);
  std::vector<PacketType> types;
  for (const MqttPacket& packet : client.arrivals()) {
    types.push_back(packet.type);
  }
  REQUIRE(types.size() == 4);
  CHECK(types[0] == PacketType::kConnack);
  CHECK(types[1] == PacketType::kSuback);
  // The order of the last two is the broker's affair.
  CHECK(types[2] != types[3]);
}

TEST_CASE("kit: refusals show as a CONNACK code and a closed connection") {
  const auto broker = StartBroker({.allow_anonymous = false});
  auto client = MqttClient::Open(broker->Tcp());
  REQUIRE(client.has_value());
  const auto connack =
      client->Connect({.client_id = "a", .username = "u", .password = ""});
  REQUIRE(connack.has_value());
  CHECK(connack->code == 5);
  CHECK(client->WaitClosed());
  CHECK(client->Ping().error().code == Errc::kUnavailable);
}

TEST_CASE("kit: raw bytes that are no MQTT end in a closed connection") {
  const auto broker = StartBroker();
  auto client = MqttClient::Open(broker->Tcp());
  REQUIRE(client.has_value());
  REQUIRE(client->SendRaw(EncodePacket(0xff, "nonsense")).has_value());
  CHECK(client->WaitClosed());
}

TEST_CASE("kit: an aborted connection publishes its will") {
  const auto broker = StartBroker();
  auto watcher = Connected(broker->Tcp(), {.client_id = "watcher"});
  REQUIRE(watcher.Subscribe("gone", 0) == 0);
  auto client = Connected(
      broker->Tcp(),
      {.client_id = "a", .will = MqttMessage{.topic = "gone", .payload = "x"}});
  client.Abort();
  const auto will = watcher.NextMessage();
  REQUIRE(will.has_value());
  CHECK(will->payload == "x");
}

TEST_CASE("kit: a session that is not clean is present after a reconnect") {
  const auto broker = StartBroker();
  const ConnectOptions options{.client_id = "a", .clean = false};
  Connected(broker->Tcp(), options).Disconnect();
  auto again = MqttClient::Open(broker->Tcp());
  REQUIRE(again.has_value());
  CHECK(again->Connect(options)->session_present);
}

TEST_CASE("kit: messages so far tell that nothing came") {
  const auto broker = StartBroker();
  auto client = Connected(broker->Tcp(), {.client_id = "a"});
  REQUIRE(client.Subscribe("mine", 1) == 1);
  CHECK(client.MessagesSoFar()->empty());
  REQUIRE(client.SendPublish({.topic = "mine", .qos = 1}).has_value());
  CHECK(client.MessagesSoFar()->size() == 1);
}

TEST_CASE("kit: the broker stops, reloads, dies and restarts on its ports") {
  const auto broker = StartBroker();
  REQUIRE(broker->Reload().has_value());
  REQUIRE(broker->Reload().has_value());
  auto client = Connected(broker->Tcp(), {.client_id = "a"});
  CHECK(broker->Stop() == 0);
  CHECK(client.WaitClosed());
  REQUIRE(broker->Restart().has_value());
  Connected(broker->Tcp(), {.client_id = "a"}).Disconnect();
  broker->Kill();
  CHECK(broker->Stop() == 128 + SIGKILL);
  REQUIRE(broker->Restart().has_value());
  Connected(broker->Wss(), {.client_id = "a"}).Disconnect();
}

TEST_CASE("kit: a broker that does not start tells why and leaves no child") {
  const auto broker =
      BrokerProcess::Start({.config = "plugin /nowhere/missing.so"});
  REQUIRE_FALSE(broker.has_value());
  CHECK(broker.error().code == Errc::kUnavailable);
  CHECK(broker.error().message.find("missing.so") != std::string::npos);
}

TEST_CASE("kit: commands get input and give output and exit codes") {
  const auto result =
      RunCommand({.argv = {"sh", "-c", "cat; echo $WORD >&2; pwd; exit 3"},
                  .environment = {"WORD=oops"},
                  .input = "in",
                  .directory = "/"});
  REQUIRE(result.has_value());
  CHECK(result->exit_code == 3);
  CHECK(result->out == "in/\n");
  CHECK(result->err == "oops\n");
  CHECK(RunCommand({.argv = {"no-such-program"}}).error().code ==
        Errc::kNotFound);
}

TEST_CASE("kit: a command that hangs is given up and killed") {
  const auto hung = RunCommand({.argv = {"sh", "-c", "kill -STOP $$"}},
                               std::chrono::milliseconds(50));
  CHECK(hung.error().code == Errc::kUnavailable);
}

TEST_CASE("kit: the slow disk makes a sync and a synced write take its time") {
  const TempDir directory;
  const auto took = [&](const std::string& flag) {
    const auto start = std::chrono::steady_clock::now();
    const auto result =
        RunCommand({.argv = {"dd", "if=/dev/zero",
                             "of=" + directory.File("out"), "count=1", flag},
                    .environment = {"LD_PRELOAD=" DPS_SLOW_DISK_LIBRARY,
                                    "DPS_SLOW_DISK_MS=300"}});
    REQUIRE(result.has_value());
    REQUIRE_MESSAGE(result->exit_code == 0, result->err);
    return std::chrono::steady_clock::now() - start;
  };
  constexpr std::chrono::milliseconds kDelay(300);
  CHECK(took("conv=fsync") >= kDelay);
  CHECK(took("conv=fdatasync") >= kDelay);
  CHECK(took("oflag=dsync") >= kDelay);
}

}  // namespace
}  // namespace dps
