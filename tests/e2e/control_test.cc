// SPDX-License-Identifier: Apache-2.0
// Operators who have only the broker: the service API on $CONTROL/dps/v1.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/e2e/control_scene.h"
#include "tests/support/child_process.h"

namespace dps {
namespace {

constexpr std::string_view kKeyEnrollment =
    R"({"registrationId":"dev-1","attestation":{"type":"symmetricKey"}})";

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// MQTT 5's Correlation Data as a property.
std::string CorrelationProperty(std::string_view data) {
  return "\x09" + EncodeText(data);
}

// What mosquitto_rr prints for one request.
CommandResult RoundTrip(ControlScene& scene, const std::string& user,
                        const std::vector<std::string>& more) {
  std::vector<std::string> argv = {"mosquitto_rr"};
  const auto login = scene.Login(user);
  argv.insert(argv.end(), login.begin(), login.end());
  argv.insert(argv.end(), {"-q", "1", "-t", std::string(kControlTopic), "-e",
                           std::string(kControlAnswerTopic)});
  argv.insert(argv.end(), more.begin(), more.end());
  auto result = RunCommand({.argv = argv});
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return *std::move(result);
}

}  // namespace

TEST_CASE("control: mosquitto_rr asks and is answered") {
  ControlScene scene;
  for (const char* version : {"311", "5"}) {
    CAPTURE(version);
    const CommandResult result = RoundTrip(
        scene, "alice",
        {"-V", version, "-W", "10", "-m",
         R"({"method":"GET","path":"/linkedHubs","correlationData":"a-7"})"});
    CHECK(result.exit_code == 0);
    CHECK(result.out.starts_with(R"({"status":200,"headers":{)"));
    CHECK(Has(result.out, R"("body":[{)"));
    CHECK(Has(result.out, kHub1));
    CHECK(Has(result.out, R"("correlationData":"a-7"})"));
  }
}

TEST_CASE("control: the answer reaches the client that asked and no other") {
  ControlScene scene({.acl = "user alice\ntopic write $CONTROL/dps/v1\n"
                             "topic read #\ntopic read $CONTROL/#\n"});
  MqttClient alice = scene.User("alice");
  ConnectOptions beside{
      .client_id = "alice-2", .username = "alice", .password = kUserPassword};
  MqttClient other = ConnectedClient(scene.Tcp(), beside);
  for (const char* filter : {"#", "$CONTROL/#", "$CONTROL/dps/v1/response"}) {
    REQUIRE(other.Subscribe(filter, 0) == 0);
  }
  CHECK(Ask(alice, Plain("GET", "/instances")).response.status == 200);
  const auto messages = other.MessagesSoFar();
  REQUIRE(messages);
  CHECK(messages->empty());
}

TEST_CASE("control: an enrollment is made, read, changed and deleted") {
  ControlScene scene;
  MqttClient alice = scene.User("alice");
  const ControlAnswer made =
      Ask(alice, With("PUT", "/enrollments/dev-1", kKeyEnrollment));
  CHECK(made.response.status == 200);
  CHECK(Has(made.response.body, "primaryKey"));
  const std::string etag = made.response.headers.at("ETag");
  const auto put_if = [&](const std::string& match) {
    return Ask(alice, ControlRequestText(
                          {.request = {.method = "PUT",
                                       .path = "/enrollments/dev-1",
                                       .headers = {{"If-Match", match}},
                                       .body = std::string(kKeyEnrollment)}}))
        .response;
  };
  CHECK(put_if("\"other\"").status == 412);
  CHECK(put_if(etag).status == 200);
  const ControlAnswer read = Ask(alice, Plain("GET", "/enrollments/dev-1"));
  CHECK(read.response.status == 200);
  CHECK(read.response.headers.at("ETag") != etag);
  const Response gone =
      Ask(alice, Plain("DELETE", "/enrollments/dev-1")).response;
  CHECK(gone.status == 204);
  CHECK(gone.body.empty());
  CHECK(Ask(alice, Plain("GET", "/enrollments/dev-1")).response.status == 404);
}

TEST_CASE("control: a change is in the audit with the client and its address") {
  ControlScene scene;
  MqttClient alice = scene.User("alice");
  Ask(alice, With("PUT", "/enrollments/dev-1", kKeyEnrollment));
  const std::string audit = scene.AuditLog();
  CHECK(Has(audit, R"("who":"client alice","from":"127.0.0.1",)"
                   R"("idScope":"0ne00ABCDEF",)"
                   R"("operation":"PUT /enrollments/dev-1","status":200)"));
  CHECK(Has(audit, R"("changes":[{"kind":"enrollment","id":"dev-1",)"));
}

TEST_CASE("control: correlation data comes back in the answer and beside it") {
  ControlScene scene;
  MqttClient alice = scene.User("alice", kMqtt5);
  REQUIRE(alice.Publish({.topic = std::string(kControlTopic),
                         .payload = R"({"method":"GET","path":"/instances",)"
                                    R"("correlationData":"in \"text\""})",
                         .qos = 1,
                         .properties = CorrelationProperty("beside it")}));
  const auto message = alice.NextMessage();
  REQUIRE(message);
  CHECK(message->properties == CorrelationProperty("beside it"));
  const auto answer = ParseControlAnswer(message->payload);
  REQUIRE(answer);
  CHECK(answer->correlation_data == "in \"text\"");
}

TEST_CASE("control: it is off unless it is switched on") {
  ControlScene scene({.plugin_options = ""});
  MqttClient alice = scene.User("alice");
  REQUIRE(alice.Publish({.topic = std::string(kControlTopic),
                         .payload = Plain("GET", "/instances"),
                         .qos = 1}));
  const auto messages = alice.MessagesSoFar();
  REQUIRE(messages);
  CHECK(messages->empty());
}

}  // namespace dps
