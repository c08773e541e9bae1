// SPDX-License-Identifier: Apache-2.0
// Who is no operator gets nothing, and operators who overdo it hurt nobody.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "tests/e2e/control_scene.h"
#include "tests/support/child_process.h"

namespace dps {
namespace {

constexpr const char* kEverybody =
    "topic write $CONTROL/dps/v1\n"
    "topic readwrite $CONTROL/dps/v1/response\n"
    "pattern readwrite $CONTROL/#\n"
    "user alice\ntopic readwrite $CONTROL/#\n"
    "user bob\ntopic readwrite $CONTROL/#\n";

MqttMessage RequestOf(std::string payload) {
  return {.topic = std::string(kControlTopic),
          .payload = std::move(payload),
          .qos = 1};
}

// What this client was sent, after all that came before was processed and an
// operator was answered.
std::size_t MessagesOf(MqttClient& client, MqttClient& witness) {
  CHECK(Ask(witness, Plain("GET", "/instances")).response.status == 200);
  const auto messages = client.MessagesSoFar();
  REQUIRE(messages);
  return messages->size();
}

std::string PutEnrollment(const std::string& id) {
  return With("PUT", "/enrollments/" + id,
              R"({"registrationId":")" + id +
                  R"(","attestation":{"type":"symmetricKey"}})");
}

std::vector<std::string> SlowDisk(int sync_ms) {
  return {"LD_PRELOAD=" DPS_SLOW_DISK_LIBRARY,
          "DPS_SLOW_DISK_MS=" + std::to_string(sync_ms)};
}

}  // namespace

TEST_CASE("control_hostile: whom the ACL file does not name is no operator") {
  ControlScene scene;
  MqttClient alice = scene.User("alice");
  MqttClient bob = scene.User("bob");
  REQUIRE(bob.Publish(RequestOf(PutEnrollment("dev-1"))));
  CHECK(MessagesOf(bob, alice) == 0);
  CHECK(Ask(alice, Plain("GET", "/enrollments/dev-1")).response.status == 404);
}

TEST_CASE("control_hostile: without an ACL nobody is an operator") {
  for (const char* others : {"defer", "allow"}) {
    ControlScene scene({.acl = "",
                        .plugin_options = "plugin_opt_dps_control on\n"
                                          "plugin_opt_dps_other_clients " +
                                          std::string(others) + "\n"});
    MqttClient alice = ConnectedClient(
        scene.Tcp(),
        {.client_id = "a", .username = "alice", .password = kUserPassword});
    REQUIRE(alice.Publish(RequestOf(PutEnrollment("dev-1"))));
    CHECK(scene.dps().broker().WaitForLog("Denied PUBLISH from a "));
  }
}

TEST_CASE("control_hostile: a client without a username is told to have one") {
  ControlScene scene({.acl = kEverybody, .config = "allow_anonymous true\n"});
  MqttClient nobody = ConnectedClient(scene.Tcp(), {.client_id = "nobody"});
  const ControlAnswer answer = Ask(nobody, PutEnrollment("dev-1"));
  CHECK(answer.response.status == 401);
  CHECK(answer.response.body.find("log in to the broker with a username") !=
        std::string::npos);
  MqttClient alice = scene.User("alice");
  CHECK(Ask(alice, Plain("GET", "/enrollments/dev-1")).response.status == 404);
  CHECK(scene.AuditLog().find(R"("who":"client without a username")") !=
        std::string::npos);
}

TEST_CASE("control_hostile: a device is no operator, whatever the ACL says") {
  ControlScene scene({.acl = kEverybody});
  MqttClient alice = scene.User("alice");
  for (const int version : {kMqtt311, kMqtt5}) {
    Device device(scene.Tcp(), DeviceOptions("dev-1", version));
    for (const char* filter : {"$CONTROL/dps/v1/response", "$CONTROL/#"}) {
      CHECK(device.mqtt().Subscribe(filter, 0) ==
            0x80 + (version == kMqtt5 ? 7 : 0));
    }
    REQUIRE(device.mqtt().Publish(RequestOf(PutEnrollment("dev-9"))));
    CHECK(MessagesOf(device.mqtt(), alice) == 0);
    CHECK(device.Provision().status == 200);
  }
  CHECK(Ask(alice, Plain("GET", "/enrollments/dev-9")).response.status == 404);
}

TEST_CASE("control_hostile: nobody speaks in the plugin's name") {
  ControlScene scene({.acl = kEverybody});
  MqttClient alice = scene.User("alice");
  REQUIRE(alice.Subscribe("$CONTROL/#", 0) == 0);
  const std::string forged = R"({"status":200})";
  for (const char* topic :
       {"$CONTROL/dps/v1/response", "$CONTROL/dps/v1/response/x"}) {
    for (const bool retain : {false, true}) {
      const MqttMessage message{
          .topic = topic, .payload = forged, .qos = 1, .retain = retain};
      MqttClient bob = ConnectedClient(scene.Tcp(), {.client_id = "bob",
                                                     .username = "bob",
                                                     .password = kUserPassword,
                                                     .will = message});
      REQUIRE(bob.Publish(message));
      bob.Abort();
    }
  }
  REQUIRE(scene.dps().broker().WaitForLog("Client bob closed", 4));
  CHECK(MessagesOf(alice, alice) == 0);
}

TEST_CASE("control_hostile: dynamic-security says who is an operator") {
  const TempDir files;
  const std::string config = files.File("dynsec.json");
  const auto run = [](const std::vector<std::string>& argv) {
    const auto result = RunCommand({.argv = argv});
    REQUIRE(result);
    REQUIRE_MESSAGE(result->exit_code == 0, result->err);
  };
  run({"mosquitto_ctrl", "dynsec", "init", config, "admin", "secret"});
  DpsBroker dps({.plugin_options = "plugin_opt_dps_control on\n",
                 .after_plugin = "plugin /usr/lib/x86_64-linux-gnu/"
                                 "mosquitto_dynamic_security.so\n"
                                 "plugin_opt_config_file " +
                                 config + "\n",
                 .loopback = true});
  const std::string port = std::to_string(dps.broker().Tcp().port);
  const auto dynsec = [&](const std::vector<std::string>& words) {
    std::vector<std::string> argv = {
        "mosquitto_ctrl", "-h", "127.0.0.1", "-p",    port, "-u",
        "admin",          "-P", "secret",    "dynsec"};
    argv.insert(argv.end(), words.begin(), words.end());
    run(argv);
  };
  // As docs/service.md says.
  dynsec({"createRole", "dps-operator"});
  dynsec({"addRoleACL", "dps-operator", "publishClientSend", "$CONTROL/dps/v1",
          "allow"});
  dynsec({"addRoleACL", "dps-operator", "subscribeLiteral",
          "$CONTROL/dps/v1/response", "allow"});
  for (const char* name : {"alice", "bob"}) {
    dynsec({"createClient", name, "-p", kUserPassword});
  }
  dynsec({"addClientRole", "alice", "dps-operator"});
  const auto connect = [&](const std::string& name) {
    return ConnectedClient(
        dps.broker().Tcp(),
        {.client_id = name, .username = name, .password = kUserPassword});
  };
  MqttClient alice = connect("alice");
  REQUIRE(alice.Subscribe(kControlAnswerTopic, 0) == 0);
  MqttClient bob = connect("bob");
  CHECK(bob.Subscribe(kControlAnswerTopic, 0) == 0x80);
  REQUIRE(bob.Publish(RequestOf(PutEnrollment("dev-1"))));
  CHECK(MessagesOf(bob, alice) == 0);
  CHECK(Ask(alice, Plain("GET", "/enrollments/dev-1")).response.status == 404);
  CHECK(Ask(alice, PutEnrollment("dev-1")).response.status == 200);
}

TEST_CASE("control_hostile: nonsense is answered, and the broker goes on") {
  ControlScene scene;
  MqttClient alice = scene.User("alice");
  for (const std::string& payload :
       {std::string(), std::string("{"), std::string("\0\xff{}", 4),
        std::string(R"({"method":"GET","path":"/","query":[]})"),
        std::string(R"({"method":"GET","path":"/nowhere"})"),
        std::string(R"({"method":"PATCH","path":"/enrollments/a"})"),
        std::string(100'000, '[')}) {
    const int status = Ask(alice, payload).response.status;
    CHECK(status >= 400);
    CHECK(status < 500);
  }
  CHECK(Ask(alice, Plain("GET", "/instances")).response.status == 200);
}

TEST_CASE(
    "control_hostile: one request too many is told to come back at once") {
  ControlScene scene({.environment = SlowDisk(250)});
  MqttClient alice = scene.User("alice");
  constexpr int kRequests = 80;
  for (int i = 0; i < kRequests; ++i) {
    const std::string number = std::to_string(i);
    REQUIRE(alice.SendPublish(
        {.topic = std::string(kControlTopic),
         .payload = i == 0 ? PutEnrollment("dev-1")
                           : R"({"method":"GET","path":"/instances",)"
                             R"("correlationData":")" +
                                 number + "\"}"}));
  }
  std::set<std::string> refused;
  int done = 0;
  for (int i = 0; i < kRequests; ++i) {
    const ControlAnswer answer = NextControlAnswer(alice);
    if (answer.response.status == 200) ++done;
    if (answer.response.status == 429) {
      CHECK(done == 0);  // it waited for nobody
      refused.insert(answer.correlation_data);
    }
  }
  CHECK(done == 64);
  CHECK(refused.size() == 16);
  CHECK(*refused.begin() == "64");
  CHECK(Ask(alice, Plain("GET", "/instances")).response.status == 200);
}

TEST_CASE("control_hostile: an answer is not for the next of that client id") {
  ControlScene scene({.acl = kEverybody, .environment = SlowDisk(250)});
  MqttClient alice = scene.User("alice");
  REQUIRE(alice.Publish(RequestOf(PutEnrollment("dev-1"))));
  // Bob takes alice's client id while she waits for her keys.
  MqttClient bob = ConnectedClient(
      scene.Tcp(),
      {.client_id = "alice-1", .username = "bob", .password = kUserPassword});
  REQUIRE(bob.Subscribe(kControlAnswerTopic, 0) == 0);
  CHECK(alice.WaitClosed());
  // His own request is behind hers.
  const ControlAnswer answer = Ask(bob, Plain("GET", "/instances"));
  CHECK(answer.response.body.find("hashed") != std::string::npos);
  CHECK(answer.response.body.find("primaryKey") == std::string::npos);
  const auto messages = bob.MessagesSoFar();
  REQUIRE(messages);
  CHECK(messages->empty());
}

TEST_CASE(
    "control_hostile: who leaves gets no answer later, nor loses others") {
  ControlScene scene({.environment = SlowDisk(100)});
  ConnectOptions kept{.client_id = "alice-1",
                      .username = "alice",
                      .password = kUserPassword,
                      .clean = false};
  {
    MqttClient leaving = ConnectedClient(scene.Tcp(), kept);
    REQUIRE(leaving.Subscribe(kControlAnswerTopic, 1) == 1);
    REQUIRE(leaving.Publish(RequestOf(PutEnrollment("dev-1"))));
    leaving.Disconnect();
  }
  ConnectOptions beside = kept;
  beside.client_id = "alice-2";
  MqttClient other = ConnectedClient(scene.Tcp(), beside);
  REQUIRE(other.Subscribe(kControlAnswerTopic, 0) == 0);
  // Behind the first; what he asked is done.
  CHECK(Ask(other, Plain("GET", "/enrollments/dev-1")).response.status == 200);
  MqttClient again = ConnectedClient(scene.Tcp(), kept);
  CHECK(MessagesOf(again, other) == 0);
}

TEST_CASE("control_hostile: the broker stops in the middle of requests") {
  ControlScene scene({.environment = SlowDisk(100)});
  MqttClient alice = scene.User("alice");
  for (int i = 0; i < 20; ++i) {
    REQUIRE(
        alice.SendPublish(RequestOf(PutEnrollment("d" + std::to_string(i)))));
  }
  REQUIRE(alice.Ping());  // all have arrived
  CHECK(scene.dps().broker().Stop() == 0);
  // What was begun is whole, in the store and in the audit; the rest is not.
  const auto all = (*scene.dps().store().Read())
                       ->ListIndividualEnrollments(TestScope(), {.limit = 100});
  REQUIRE(all);
  CHECK(all->size() < 20);
  const std::string audit = scene.AuditLog();
  CHECK(std::ranges::count(audit, '\n') == std::ssize(*all));
}

TEST_CASE("control_hostile: operators at work do not hurt devices") {
  constexpr int kEach = 200;
  ControlScene scene({.plugin_options = "plugin_opt_dps_control on\n"
                                        "plugin_opt_dps_polls_per_10s 0\n"});
  int answered = 0;
  MqttClient alice = scene.User("alice");
  std::thread operators([&] {
    for (int i = 0; i < kEach; ++i) {
      const auto sent =
          alice.Publish(RequestOf(PutEnrollment("e" + std::to_string(i))));
      const auto answer = alice.NextMessage();
      const bool done =
          sent && answer && answer->payload.starts_with(R"({"status":200,)");
      answered += done ? 1 : 0;
    }
  });
  std::vector<Device> devices;
  std::vector<std::string> operations;
  std::chrono::steady_clock::duration longest{};
  for (int i = 0; i < kEach; ++i) {
    devices.emplace_back(scene.Tcp(), "dev-" + std::to_string(i));
    const auto start = std::chrono::steady_clock::now();
    operations.push_back(devices.back().Register().Text("operationId"));
    longest = std::max(longest, std::chrono::steady_clock::now() - start);
  }
  int assigned = 0;
  for (std::size_t i = 0; i < kEach; ++i) {
    assigned += devices[i].PollUntilDone(operations[i]).status == 200 ? 1 : 0;
  }
  operators.join();
  CHECK(answered == kEach);
  CHECK(assigned == kEach);
  CHECK(longest < std::chrono::seconds(2));
}

}  // namespace dps
