// SPDX-License-Identifier: Apache-2.0
// No client sees, forges or disturbs what passes between a device and DPS, and
// the broker's other users keep what they had.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/dps_broker.h"
#include "tests/support/child_process.h"

namespace dps {
namespace {

constexpr std::uint8_t kDenied = 0x80;

CommandResult Run(std::vector<std::string> argv) {
  auto result = RunCommand({.argv = std::move(argv)});
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  REQUIRE_MESSAGE(result->exit_code == 0, result->err);
  return *std::move(result);
}

// A broker whose users alice and bob stand in a password file.
struct SharedBroker {
  explicit SharedBroker(const std::string& others,
                        const std::string& more_config = "") {
    const std::string passwords = files.File("passwords");
    Run({"mosquitto_passwd", "-b", "-c", passwords, "alice", "secret"});
    Run({"mosquitto_passwd", "-b", passwords, "bob", "secret"});
    dps = std::make_unique<DpsBroker>(DpsBrokerOptions{
        .plugin_options = "plugin_opt_dps_other_clients " + others + "\n",
        .after_plugin = "password_file " + passwords + "\n" + more_config});
  }

  MqttClient User(const std::string& name) {
    return ConnectedClient(
        dps->broker().Tcp(),
        {.client_id = name + "-1", .username = name, .password = "secret"});
  }
  Endpoint endpoint() { return dps->broker().Tcp(); }

  TempDir files;
  std::unique_ptr<DpsBroker> dps;
};

void CheckChat(MqttClient& from, MqttClient& to, const std::string& topic) {
  REQUIRE(to.Subscribe(topic, 1) == 1);
  REQUIRE(from.Publish({.topic = topic, .payload = "hello", .qos = 1}));
  const auto message = to.NextMessage();
  REQUIRE(message.has_value());
  CHECK(message->payload == "hello");
}

}  // namespace

TEST_CASE("isolation: a reply reaches the requester and nobody else") {
  SharedBroker shared("allow");
  Device one(shared.endpoint(), "dev-1");
  Device two(shared.endpoint(), "dev-2");
  ConnectOptions beside = DeviceOptions("dev-1");
  beside.client_id = "dev-1/beside";
  Device same_device(shared.endpoint(), beside);
  MqttClient alice = shared.User("alice");
  REQUIRE(alice.Subscribe("#", 1) == 1);
  CHECK(one.Provision(R"({"payload":{"secret":1}})").status == 200);
  for (MqttClient* other : {&two.mqtt(), &same_device.mqtt(), &alice}) {
    const auto messages = other->MessagesSoFar();
    REQUIRE(messages.has_value());
    CHECK(messages->empty());
  }
}

TEST_CASE("isolation: a device may subscribe to its responses only") {
  DpsBroker dps;
  auto client = ConnectedClient(dps.broker().Tcp(), DeviceOptions("dev-1"));
  for (const char* filter :
       {"#", "+/#", "+/registrations/#", "$dps/#", "$dps/registrations/#",
        "$dps/registrations/PUT/#", "$dps/registrations/res/+/#",
        "$share/g/$dps/registrations/res/#", "$share/g/#", "$SYS/#",
        "$CONTROL/#", "plant/1"}) {
    CAPTURE(filter);
    CHECK(client.Subscribe(filter, 1) == kDenied);
  }
  CHECK(client.Subscribe(kResponses, 1) == 1);
}

TEST_CASE("isolation: QoS 2 on the responses is granted as QoS 1") {
  DpsBroker dps;
  auto client = ConnectedClient(dps.broker().Tcp(), DeviceOptions("dev-1"));
  CHECK(client.Subscribe(kResponses, 2) == 1);
}

TEST_CASE("isolation: others can neither read nor forge what is below $dps") {
  SharedBroker shared("allow");
  MqttClient alice = shared.User("alice");
  for (const char* filter :
       {"$dps/#", "$dps/registrations/res/#", "$dps/registrations/PUT/#",
        "$share/g/$dps/#", "$share/g/$dps/registrations/res/#"}) {
    CAPTURE(filter);
    CHECK(alice.Subscribe(filter, 1) == kDenied);
  }
  Device device(shared.endpoint(), "dev-1");
  for (const char* topic : {"$dps/registrations/res/200/?$rid=1",
                            "$dps/registrations/PUT/iotdps-register/?$rid=1"}) {
    REQUIRE(alice.Publish({.topic = topic, .payload = "{}", .qos = 1}));
    REQUIRE(alice.Publish(
        {.topic = topic, .payload = "{}", .qos = 1, .retain = true}));
  }
  const auto messages = device.mqtt().MessagesSoFar();
  REQUIRE(messages.has_value());
  CHECK(messages->empty());
}

TEST_CASE("isolation: a device cannot forge replies or speak elsewhere") {
  SharedBroker shared("allow");
  MqttClient alice = shared.User("alice");
  REQUIRE(alice.Subscribe("#", 1) == 1);
  Device victim(shared.endpoint(), "dev-2");
  Device device(shared.endpoint(), "dev-1");
  for (const char* topic :
       {"$dps/registrations/res/200/?$rid=1", "plant/1", "$SYS/broker/uptime",
        "$CONTROL/dynamic-security/v1", "$share/g/x"}) {
    for (const bool retain : {false, true}) {
      REQUIRE(device.mqtt().Publish(
          {.topic = topic, .payload = "x", .qos = 1, .retain = retain}));
    }
  }
  for (MqttClient* other : {&victim.mqtt(), &alice}) {
    const auto messages = other->MessagesSoFar();
    REQUIRE(messages.has_value());
    CHECK(messages->empty());
  }
  CHECK(device.Provision().status == 200);  // and is still connected
}

TEST_CASE("isolation: a retained request is answered and not retained") {
  const TempDir files;
  DpsBroker dps({.config = "persistence true\npersistence_location " +
                           files.path() + "/\nretain_available true\n"});
  for (const int version : {kMqtt311, kMqtt5}) {
    ConnectOptions options = DeviceOptions("dev-1");
    options.version = version;
    Device device(dps.broker().Tcp(), options);
    REQUIRE(device.mqtt().Publish(
        {.topic = RegisterTopic("7"), .qos = 1, .retain = true}));
    CHECK(device.NextAnswer().status == 202);
    device.mqtt().Disconnect();
  }
  // What the broker retains, it writes down when it stops.
  REQUIRE(dps.broker().Stop());
  std::ifstream file(files.File("mosquitto.db"), std::ios::binary);
  REQUIRE(file.good());
  const std::string kept{std::istreambuf_iterator<char>(file), {}};
  CHECK(kept.find("iotdps-register") == std::string::npos);
}

TEST_CASE("isolation: a device's will is never published") {
  SharedBroker shared("allow");
  MqttClient alice = shared.User("alice");
  REQUIRE(alice.Subscribe("#", 1) == 1);
  Device victim(shared.endpoint(), "dev-2");
  for (const char* topic : {"plant/1", "$dps/registrations/res/200/?$rid=1",
                            "$dps/registrations/PUT/iotdps-register/?$rid=1"}) {
    for (const int version : {kMqtt311, kMqtt5}) {
      ConnectOptions options = DeviceOptions("dev-1");
      options.version = version;
      options.will =
          MqttMessage{.topic = topic, .payload = "x", .qos = 1, .retain = true};
      Device device(shared.endpoint(), options);
      device.mqtt().Abort();
    }
  }
  REQUIRE(shared.dps->broker().WaitForLog("Client dev-1 closed", 6));
  for (MqttClient* other : {&victim.mqtt(), &alice}) {
    const auto messages = other->MessagesSoFar();
    REQUIRE(messages.has_value());
    CHECK(messages->empty());
  }
  // Nor retained: a newcomer is sent nothing.
  MqttClient bob = shared.User("bob");
  REQUIRE(bob.Subscribe("#", 1) == 1);
  const auto messages = bob.MessagesSoFar();
  REQUIRE(messages.has_value());
  CHECK(messages->empty());
}

TEST_CASE("isolation: wildcards in identifiers and request ids are refused") {
  DpsBroker dps;
  for (const char* id : {"dev/+", "dev#", "+", "#", "dev+1", "$SYS", "dev 1"}) {
    CAPTURE(id);
    ConnectOptions options = DeviceOptions("dev-1");
    options.client_id = id;
    options.username = std::string(kScopeText) + "/registrations/" + id +
                       "/api-version=2019-03-31";
    CHECK(ConnackOf(dps.broker().Tcp(), options) == 5);
  }
  Device device(dps.broker().Tcp(), "dev-1");
  for (const char* rid : {"", "a/b", "a&b=c&$rid=d"}) {
    REQUIRE(device.mqtt().Publish({.topic = RegisterTopic(rid), .qos = 1}));
  }
  const auto messages = device.mqtt().MessagesSoFar();
  REQUIRE(messages.has_value());
  CHECK(messages->empty());
}

TEST_CASE("isolation: a device's client id cannot be taken over by others") {
  SharedBroker shared("allow");
  Device device(shared.endpoint(), "dev-1");
  ConnectOptions thief{
      .client_id = "dev-1", .username = "alice", .password = "secret"};
  CHECK(ConnackOf(shared.endpoint(), thief) == 5);
  ConnectOptions other_device = DeviceOptions("dev-2");
  other_device.client_id = "dev-1";
  CHECK(ConnackOf(shared.endpoint(), other_device) == 5);
  CHECK(device.Provision().status == 200);
}

TEST_CASE("isolation: a device that connects again takes its own place") {
  DpsBroker dps;
  Device old(dps.broker().Tcp(), "dev-1");
  Device device(dps.broker().Tcp(), "dev-1");
  CHECK(old.mqtt().WaitClosed());
  CHECK(device.Provision().status == 200);
}

TEST_CASE("isolation: users of a password file go on as before") {
  SharedBroker shared("allow");
  MqttClient alice = shared.User("alice");
  MqttClient bob = shared.User("bob");
  CheckChat(alice, bob, "plant/1");
  CHECK(ConnackOf(
            shared.endpoint(),
            {.client_id = "x", .username = "alice", .password = "wrong"}) == 5);
  CHECK(ConnackOf(shared.endpoint(), {.client_id = "x"}) == 5);
  CHECK(Device(shared.endpoint(), "dev-1").Provision().status == 200);
}

TEST_CASE("isolation: an ACL file decides about its users, not about devices") {
  const TempDir files;
  const std::string acl = files.Write(
      "acl", "user alice\ntopic readwrite plant/#\ntopic readwrite $dps/#\n");
  SharedBroker shared("defer", "acl_file " + acl + "\n");
  MqttClient alice = shared.User("alice");
  CheckChat(alice, alice, "plant/1");
  // An ACL file grants any subscription and checks what would be delivered.
  REQUIRE(alice.Subscribe("elsewhere/1", 1) == 1);
  REQUIRE(alice.Publish({.topic = "elsewhere/1", .payload = "x", .qos = 1}));
  const auto messages = alice.MessagesSoFar();
  REQUIRE(messages.has_value());
  CHECK(messages->empty());
  CHECK(alice.Subscribe("$dps/#", 1) == kDenied);
  CHECK(Device(shared.endpoint(), "dev-1").Provision().status == 200);
}

TEST_CASE("isolation: deferring without any ACL denies, as the docs say") {
  SharedBroker shared("defer");
  MqttClient alice = shared.User("alice");
  CHECK(alice.Subscribe("plant/1", 1) == kDenied);
}

TEST_CASE("isolation: the dynamic-security plugin goes on beside ours") {
  const TempDir files;
  const std::string config = files.File("dynsec.json");
  Run({"mosquitto_ctrl", "dynsec", "init", config, "admin", "secret"});
  std::filesystem::path library = "/usr/lib/x86_64-linux-gnu";
  DpsBroker dps(
      {.after_plugin = "plugin " +
                       (library / "mosquitto_dynamic_security.so").string() +
                       "\nplugin_opt_config_file " + config + "\n"});
  const std::string port = std::to_string(dps.broker().Tcp().port);
  const auto control = [&](std::vector<std::string> words) {
    std::vector<std::string> argv = {
        "mosquitto_ctrl", "-h", "127.0.0.1", "-p",    port, "-u",
        "admin",          "-P", "secret",    "dynsec"};
    argv.insert(argv.end(), words.begin(), words.end());
    return Run(argv);
  };
  control({"createRole", "worker"});
  control({"addRoleACL", "worker", "publishClientSend", "plant/#", "allow"});
  control({"addRoleACL", "worker", "subscribePattern", "plant/#", "allow"});
  control({"createClient", "carol", "-p", "secret"});
  control({"addClientRole", "carol", "worker"});

  MqttClient carol = ConnectedClient(
      dps.broker().Tcp(),
      {.client_id = "carol-1", .username = "carol", .password = "secret"});
  CheckChat(carol, carol, "plant/1");
  CHECK(carol.Subscribe("elsewhere/1", 1) == kDenied);
  CHECK(carol.Subscribe("$dps/#", 1) == kDenied);
  CHECK(Device(dps.broker().Tcp(), "dev-1").Provision().status == 200);
  // A device is no administrator.
  Device device(dps.broker().Tcp(), "dev-2");
  REQUIRE(device.mqtt().Publish(
      {.topic = "$CONTROL/dynamic-security/v1",
       .payload = R"({"commands":[{"command":"deleteClient",)"
                  R"("username":"carol"}]})",
       .qos = 1}));
  CHECK(control({"listClients"}).out.find("carol") != std::string::npos);
}

}  // namespace dps
