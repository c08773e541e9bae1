// SPDX-License-Identifier: Apache-2.0
// The form of replies: statements 33 to 47 of the device protocol.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>

#include "tests/e2e/dps_broker.h"

namespace dps {
namespace {

constexpr const char* kTime = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z)";
constexpr const char* kGuid =
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

// The whole text is of that form; `@` stands for a time, `~` for a GUID.
void CheckForm(const std::string& text, std::string form) {
  for (const auto& [sign, meaning] : {std::pair{'@', kTime}, {'~', kGuid}}) {
    for (std::size_t at; (at = form.find(sign)) != form.npos;) {
      form.replace(at, 1, meaning);
    }
  }
  CAPTURE(text);
  CHECK(std::regex_match(text, std::regex(form)));
}

void CheckOperationId(const std::string& id) {
  CheckForm(id, "[A-Za-z0-9.-]{1,60}");
}

void CheckAssignedBody(const std::string& text) {
  CheckForm(text,
            R"(\{"operationId":"[A-Za-z0-9.-]{1,60}","status":"assigned",)"
            R"("registrationState":\{"registrationId":"dev-1",)"
            R"("createdDateTimeUtc":"@",)"
            R"("assignedHub":"hub-[12]\.example\.com","deviceId":"dev-1",)"
            R"("status":"assigned","substatus":"initialAssignment",)"
            R"("lastUpdatedDateTimeUtc":"@","etag":"~"\}\})");
}

bool IsAscii(const std::string& text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Sends one request; the reply as it came.
MqttMessage Ask(MqttClient& client, const std::string& topic,
                const std::string& payload = "") {
  REQUIRE(client.Publish({.topic = topic, .payload = payload, .qos = 1}));
  auto message = client.NextMessage();
  REQUIRE(message.has_value());
  return *std::move(message);
}

}  // namespace

TEST_CASE(
    "protocol_replies: a topic holds status, $rid, retry-after, no more") {
  DpsBroker dps(kNoPollLimit);
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    const MqttMessage accepted = Ask(device.mqtt(), RegisterTopic("a%20b"));
    CHECK(accepted.topic ==
          "$dps/registrations/res/202/?$rid=a%20b&retry-after=3");
    CheckForm(
        accepted.payload,
        R"(\{"operationId":"[A-Za-z0-9.-]{1,60}","status":"assigning"\})");
    const std::string operation = ParseAnswer(accepted).Text("operationId");
    device.PollUntilDone(operation);
    CHECK(Ask(device.mqtt(), StatusTopic("7", operation)).topic ==
          "$dps/registrations/res/200/?$rid=7");
    CHECK(Ask(device.mqtt(), StatusTopic("8", "4.x")).topic ==
          "$dps/registrations/res/404/?$rid=8");
  }
}

TEST_CASE("protocol_replies: QoS is that of the subscription, retain never") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    for (const int qos : {0, 1, 2}) {
      auto client =
          ConnectedClient(dps.broker().Tls(), DeviceOptions("dev-1", version));
      REQUIRE(client.Subscribe(kResponses, qos).has_value());
      const MqttMessage reply = Ask(client, RegisterTopic("1"));
      CHECK(reply.qos == std::min(qos, 1));
      CHECK_FALSE(reply.retain);
    }
  }
}

TEST_CASE("protocol_replies: a session that might be kept hears QoS 0") {
  DpsBroker dps;
  ConnectOptions options = DeviceOptions("dev-1");
  options.clean = false;
  Device device(dps.broker().Tls(), options);
  CHECK(Ask(device.mqtt(), RegisterTopic("1")).qos == 0);
}

TEST_CASE("protocol_replies: 202 until the commit, polls at once are served") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_commit_linger_ms 1000\n"
                                   "plugin_opt_dps_retry_after_s 5\n"
                                   "plugin_opt_dps_polls_per_10s 0\n"});
  Device device(dps.broker().Tls(), "dev-1");
  const Answer accepted = device.Register();
  CHECK(accepted.retry_after_s == 5);
  const std::string operation = accepted.Text("operationId");
  CheckOperationId(operation);
  const Answer early = device.Poll(operation);
  CHECK(early.status == 202);
  CHECK(early.retry_after_s == 5);
  CHECK(early.text ==
        R"({"operationId":")" + operation +
            R"(","status":"assigning","registrationState":)"
            R"({"registrationId":"dev-1","status":"assigning"}})");
  CHECK_FALSE(dps.RecordOf("dev-1").has_value());
  CHECK(device.PollUntilDone(operation).Text("status") == "assigned");
  CHECK(dps.RecordOf("dev-1")->operation_id == operation);
}

TEST_CASE("protocol_replies: the assigned body, member by member") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    // What the device sends along does not come back.
    const Answer done = device.Provision(R"({"payload":{"a":"b"}})");
    CheckAssignedBody(done.text);
    CHECK(done.Text("operationId") == dps.RecordOf("dev-1")->operation_id);
    CHECK(done.State("assignedHub") == dps.RecordOf("dev-1")->assigned_hub);
  }
}

TEST_CASE("protocol_replies: topic and body of an assignment fit 640 bytes") {
  DpsBroker dps(kNoPollLimit);
  const std::string id(64, 'd');
  Device device(dps.broker().Tls(), id);
  const std::string operation = device.Register().Text("operationId");
  device.PollUntilDone(operation);
  const MqttMessage reply =
      Ask(device.mqtt(),
          StatusTopic("6f1d2b0e-5a43-4c8e-8d0f-9b7c3e21a4d6", operation));
  CHECK(reply.topic.size() + reply.payload.size() <= 640);
}

TEST_CASE("protocol_replies: bodies are ASCII, whatever the device wrote") {
  DpsBroker dps;
  Device device(dps.broker().Tls(), "dev-1");
  const Answer refused = device.Register("{\"registrationId\":\"d\xc3\xa9v\"}");
  CHECK(refused.status == 400);
  CHECK(IsAscii(refused.text));
  const Answer done =
      device.Provision("{\"payload\":{\"caf\xc3\xa9\":\"\xe6\x97\xa5\"}}");
  CHECK(done.status == 200);
  CHECK(IsAscii(done.text));
}

TEST_CASE("protocol_replies: only what a device should repeat has a delay") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_registrations_per_10s 6\n"
                                   "plugin_opt_dps_polls_per_10s 0\n"});
  Device device(dps.broker().Tls(), "dev-1");
  CHECK(device.Register("{").retry_after_s == std::nullopt);  // 400
  CHECK(device.Poll("4.x").retry_after_s == std::nullopt);    // 404
  CHECK(device.Register(std::string(100'000, ' ')).retry_after_s ==
        std::nullopt);                                      // 413
  CHECK(device.Provision().retry_after_s == std::nullopt);  // 200
  Answer answer = device.Register();
  while (answer.status == 202) {
    CHECK(answer.retry_after_s == 3);
    answer = device.Register();
  }
  CHECK(answer.Text("errorCode") == "429001");
  CHECK(answer.retry_after_s == 3);
  CHECK(Ask(device.mqtt(), RegisterTopic("9")).topic ==
        "$dps/registrations/res/429/?$rid=9&retry-after=3");
}

TEST_CASE("protocol_replies: prompt mode answers the PUT with the same 200") {
  DpsBroker dps(
      {.plugin_options = "plugin_opt_dps_reply prompt\n", .loopback = true});
  for (const int version : kMqttVersions) {
    for (const Endpoint& endpoint : {dps.broker().Tls(), dps.broker().Wss()}) {
      ConnectOptions options = DeviceOptions("dev-1", version);
      options.username = UsernameOf("dev-1", "api-version=2018-11-01");
      Device device(endpoint, options);
      const MqttMessage reply = Ask(device.mqtt(), RegisterTopic("a"));
      CHECK(reply.topic == "$dps/registrations/res/200/?$rid=a");
      CheckAssignedBody(reply.payload);
      const std::string operation = ParseAnswer(reply).Text("operationId");
      CHECK(device.Poll(operation).text == reply.payload);
    }
  }
}

TEST_CASE("protocol_replies: prompt mode falls back to 202 in time") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_reply prompt\n"
                                   "plugin_opt_dps_prompt_wait_ms 50\n"
                                   "plugin_opt_dps_commit_linger_ms 1000\n"
                                   "plugin_opt_dps_polls_per_10s 0\n"});
  Device device(dps.broker().Tls(), "dev-1");
  const Answer late = device.Register();
  CHECK(late.status == 202);
  CHECK(late.retry_after_s == 3);
  CHECK(device.PollUntilDone(late.Text("operationId")).status == 200);
}

}  // namespace dps
