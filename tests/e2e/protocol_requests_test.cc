// SPDX-License-Identifier: Apache-2.0
// What devices subscribe and publish: statements 20 to 32 of the device
// protocol, and the size of a message.
#include <doctest/doctest.h>

#include "tests/e2e/dps_broker.h"
#include "tests/support/vectors.h"

namespace dps {
namespace {

constexpr std::size_t kMessageMax = std::size_t{96} * 1024;

const DpsBrokerOptions kNoRateLimits = {
    .plugin_options =
        "plugin_opt_dps_polls_per_10s 0\n"
        "plugin_opt_dps_registrations_per_10s 0\n"};

// An object of that many bytes.
std::string BodyOfSize(std::size_t size) {
  const std::string front = R"({"payload":{"a":")";
  const std::string back = R"("}})";
  return front + std::string(size - front.size() - back.size(), 'x') + back;
}

void CheckNothingCame(MqttClient& client) {
  const auto messages = client.MessagesSoFar();
  REQUIRE(messages.has_value());
  CHECK(messages->empty());
}

}  // namespace

TEST_CASE("protocol_requests: the QoS asked for is granted, at most 1") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    for (const int qos : {0, 1, 2}) {
      auto client =
          ConnectedClient(dps.broker().Tls(), DeviceOptions("dev-1", version));
      CHECK(client.Subscribe(kResponses, qos) == std::min(qos, 1));
    }
  }
}

TEST_CASE("protocol_requests: a PUT sent ahead of the SUBACK is answered") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    for (const Endpoint& endpoint : {dps.broker().Tls(), dps.broker().Wss()}) {
      auto client = ConnectedClient(endpoint, DeviceOptions("dev-1", version));
      REQUIRE(client.SendRaw(
          EncodeSubscribe(1, kResponses, 1, version) +
          EncodePublish({.topic = RegisterTopic("1"), .qos = 1, .packet_id = 2},
                        version)));
      const auto message = client.NextMessage();
      REQUIRE(message.has_value());
      CHECK(ParseAnswer(*message).status == 202);
    }
  }
}

TEST_CASE("protocol_requests: the body of every SDK is taken, payload kept") {
  DpsBroker dps(kNoRateLimits);
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-01", version);
    ForEachVector("bodies.json", [&](JsonView vector) {
      CHECK(device.Provision(*vector.String("body")).status == 200);
      CHECK(dps.RecordOf("dev-01")->request_payload_json ==
            *vector.String("payload"));
    });
  }
}

TEST_CASE("protocol_requests: another id or a broken body is 400") {
  DpsBroker dps(kNoRateLimits);
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    for (const char* id : {"dev-2", "dev-10", "", "d\\u00e9v-1"}) {
      const Answer answer = device.Register(
          R"({"registrationId":")" + std::string(id) + R"("})", "a");
      CHECK(answer.status == 400);
      CHECK(answer.rid == "a");
      CHECK(answer.Text("errorCode") == "400002");
    }
    for (const std::string& body :
         {std::string("hello"), std::string("{"), std::string("[]"),
          std::string("null"), std::string("\"x\""), std::string("{}{}"),
          std::string("{\"payload\":}"), std::string("{\"a\":\"\xff\"}"),
          std::string("\0", 1), std::string(1000, '[')}) {
      CAPTURE(body);
      const Answer answer = device.Register(body, "b");
      CHECK(answer.status == 400);
      CHECK(answer.rid == "b");
      CHECK(answer.Text("errorCode") == "400003");
    }
    CHECK(device.Provision().status == 200);
  }
}

TEST_CASE("protocol_requests: QoS 0 or 1, the PUBACK comes before the reply") {
  DpsBroker dps(kNoRateLimits);
  for (const int version : kMqttVersions) {
    for (const Endpoint& endpoint :
         {dps.broker().Tcp(), dps.broker().Tls(), dps.broker().Wss()}) {
      Device device(endpoint, "dev-1", version);
      REQUIRE(device.mqtt().Publish({.topic = RegisterTopic("0"), .qos = 0}));
      const Answer accepted = device.NextAnswer();
      CHECK(accepted.status == 202);
      device.Register();
      device.Poll(accepted.Text("operationId"));
      std::vector<PacketType> types;
      for (const MqttPacket& packet : device.mqtt().arrivals()) {
        types.push_back(packet.type);
      }
      CHECK(types == std::vector{PacketType::kConnack, PacketType::kSuback,
                                 PacketType::kPublish, PacketType::kPuback,
                                 PacketType::kPublish, PacketType::kPuback,
                                 PacketType::kPublish});
    }
  }
}

TEST_CASE("protocol_requests: QoS 2 ends the connection, as max_qos is 1") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    REQUIRE(device.mqtt().SendPublish({.topic = RegisterTopic("1"), .qos = 2}));
    CHECK(device.mqtt().WaitClosed());
    CHECK(Device(dps.broker().Tls(), "dev-1").Provision().status == 200);
  }
}

TEST_CASE("protocol_requests: an MQTT 5 device sees its requests succeed") {
  DpsBroker dps;
  Device device(dps.broker().Tls(), "dev-1", kMqtt5);
  const auto puback =
      device.mqtt().Publish({.topic = RegisterTopic("1"), .qos = 1});
  REQUIRE(puback.has_value());
  CHECK(*puback < 0x80);
}

TEST_CASE("protocol_requests: the topics of every SDK are answered in kind") {
  DpsBroker dps(kNoRateLimits);
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-01", version);
    ForEachVector("topics.json", [&](JsonView vector) {
      REQUIRE(
          device.mqtt().Publish({.topic = *vector.String("topic"), .qos = 1}));
      const Answer answer = device.NextAnswer();
      const std::string kind = *vector.String("kind");
      CHECK(answer.rid == *vector.String("request_id"));
      CHECK(answer.status == (kind == "register" ? 202 : 404));
      if (kind == "status") CHECK(answer.Text("errorCode") == "404203");
      if (kind == "other") CHECK(answer.Text("errorCode") == "404202");
    });
  }
}

TEST_CASE("protocol_requests: any $rid comes back byte for byte, also twice") {
  DpsBroker dps(kNoRateLimits);
  Device device(dps.broker().Tls(), "dev-1");
  for (const std::string& rid :
       {std::string("1"), std::string("a%20b%2Fc%2B"), std::string("$rid"),
        std::string("a==?"), std::string("~!@*'();:,. \"<>[]{}|\\^`"),
        std::string(256, 'r')}) {
    CAPTURE(rid);
    for (int i = 0; i < 3; ++i) {
      REQUIRE(device.mqtt().SendPublish(
          {.topic = RegisterTopic(rid), .qos = i % 2}));
    }
    REQUIRE(device.mqtt().SendPublish({.topic = StatusTopic(rid, "4.x")}));
    for (const int status : {202, 202, 202, 404}) {
      const Answer answer = device.NextAnswer();
      CHECK(answer.status == status);
      CHECK(answer.rid == rid);
    }
  }
}

TEST_CASE("protocol_requests: the body of a status request does not matter") {
  DpsBroker dps(kNoRateLimits);
  Device device(dps.broker().Tls(), "dev-1");
  const std::string operation = device.Provision().Text("operationId");
  for (const std::string& body :
       {std::string(), std::string(" "), std::string("{"),
        std::string(R"({"registrationId":"dev-2"})"), std::string("\0\xff", 2),
        std::string(2 * kMessageMax, 'x')}) {
    REQUIRE(device.mqtt().Publish(
        {.topic = StatusTopic("9", operation), .payload = body, .qos = 1}));
    CHECK(device.NextAnswer().Text("status") == "assigned");
  }
}

TEST_CASE("protocol_requests: other $dps topics are 404, or dropped") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    for (const char* topic :
         {"$dps/registrations/POST/4.x/?$rid=7", "$dps/x/?$rid=7",
          "$dps/registrations/PUT/iotdps-register?$rid=7",
          "$dps/registrations/put/iotdps-register/?$rid=7"}) {
      for (const int qos : {0, 1}) {
        REQUIRE(device.mqtt().Publish({.topic = topic, .qos = qos}));
        const Answer answer = device.NextAnswer();
        CHECK(answer.status == 404);
        CHECK(answer.rid == "7");
        CHECK(answer.Text("errorCode") == "404202");
      }
    }
    for (const std::string& topic :
         {std::string("$dps"), std::string("$dps/"), std::string("$dps/x"),
          RegisterTopic(""), RegisterTopic(std::string(257, 'r')),
          RegisterTopic("1&$rid=2"),
          std::string("$dps/") + std::string(60'000, 'x') + "?$rid=1"}) {
      REQUIRE(device.mqtt().Publish({.topic = topic, .qos = 1}));
    }
    CheckNothingCame(device.mqtt());
    CHECK(device.Provision().status == 200);
  }
}

TEST_CASE("protocol_requests: a reply cannot be published by a device") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    Device victim(dps.broker().Tls(), "dev-2", version);
    Device device(dps.broker().Tls(), "dev-1", version);
    for (const char* topic :
         {"$dps/registrations/res/200/?$rid=1", "$dps/registrations/res",
          "$dps/registrations/res/"}) {
      REQUIRE(device.mqtt().Publish(
          {.topic = topic, .payload = "{}", .qos = 1, .retain = true}));
    }
    CheckNothingCame(device.mqtt());
    CheckNothingCame(victim.mqtt());
    const auto puback = device.mqtt().Publish({.topic = "plant/1", .qos = 1});
    CHECK(puback == (version == kMqtt5 ? 0x87 : 0));
    CHECK(device.Provision().status == 200);
  }
}

TEST_CASE("protocol_requests: a body over 96 KiB is 413, one at it is taken") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    for (const Endpoint& endpoint : {dps.broker().Tcp(), dps.broker().Tls()}) {
      Device device(endpoint, "dev-1", version);
      const Answer refused = device.Register(BodyOfSize(kMessageMax + 1));
      CHECK(refused.status == 413);
      CHECK(refused.Text("errorCode") == "413000");
      CHECK(device.Register(std::string(5 * kMessageMax, '{')).status == 413);
      CHECK(device.Provision(BodyOfSize(kMessageMax)).status == 200);
    }
  }
  CHECK(dps.RecordOf("dev-1")->request_payload_json.size() > kMessageMax - 20);
}

TEST_CASE("protocol_requests: the broker's max_packet_size ends a flooder") {
  DpsBroker dps({.config = "max_packet_size 262144\n"});
  for (const int version : kMqttVersions) {
    Device neighbour(dps.broker().Tls(), "dev-2", version);
    Device device(dps.broker().Tls(), "dev-1", version);
    CHECK(device.Register(BodyOfSize(kMessageMax + 1)).status == 413);
    // Sending may fail already, as the broker does not wait for the end.
    static_cast<void>(device.mqtt().SendPublish(
        {.topic = RegisterTopic("1"),
         .payload = BodyOfSize(std::size_t{300} * 1024),
         .qos = 1}));
    CHECK(device.mqtt().WaitClosed());
    CHECK(neighbour.Provision().status == 200);
    CHECK(Device(dps.broker().Tls(), "dev-1").Provision().status == 200);
  }
}

}  // namespace dps
