// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_hub.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/core/hub/mosquitto_hub_fixture.h"

namespace dps {
namespace {

constexpr int kDenied = 0x80;

// Whether the hub lets the device publish: somebody who may listen hears it.
bool Hears(MqttClient& device, MqttClient& listener, const std::string& topic) {
  REQUIRE(device.Publish({.topic = topic, .payload = "x", .qos = 1}));
  const auto heard = listener.MessagesSoFar();
  REQUIRE(heard.has_value());
  return !heard->empty();
}

MqttClient Observer(const MosquittoHubRig& rig) {
  auto observer = rig.Device("observer", "observer");
  REQUIRE(observer.has_value());
  REQUIRE(*observer->Subscribe("#", 0) == 0);
  REQUIRE(observer->MessagesSoFar());
  return *std::move(observer);
}

MqttClient ConnectedDevice(const MosquittoHubRig& rig, const std::string& id,
                           const std::string& key = "key-1") {
  auto device = rig.Device(id, PasswordOf(key));
  REQUIRE_MESSAGE(device.has_value(), device.error().message);
  return *std::move(device);
}

}  // namespace

TEST_CASE(
    "mosquitto_hub: a device with a key logs in with the very key it holds") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 0);
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-2")) == 5);
  CHECK(*rig->LogIn("DEV-1", PasswordOf("key-1")) == 5);
}

TEST_CASE("mosquitto_hub: state is written, read and cleared over TLS") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->TlsOptions());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CHECK(**hub->ReadState("dev-1") == DeviceState());
  const DeviceState state{
      .tags = R"({"a":1})", .desired = "not JSON", .reported = R"({"b":2})"};
  CheckDone(hub->WriteState("dev-1", state));
  CHECK(*rig->Retained(TwinTopic("dev-1", "tags")) == state.tags);
  const auto read = hub->ReadState("dev-1");
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(**read == state);
  CheckDone(hub->WriteState("dev-1", {.desired = "{}"}));
  CHECK(**hub->ReadState("dev-1") == DeviceState{.desired = "{}"});
  CheckDone(hub->RemoveDevice("dev-1"));
  CHECK(*rig->Retained(TwinTopic("dev-1", "desired")) == std::nullopt);
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
  CHECK(*hub->ReadState("dev-1") == std::nullopt);
  CheckDone(hub->RemoveDevice("dev-1"));
}

TEST_CASE("mosquitto_hub: a device with a certificate logs in by its name") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithCertificate("device-7", "cn-7")));
  auto device = rig->Device(rig->DeviceCertificateOf("cn-7"));
  REQUIRE_MESSAGE(device.has_value(), device.error().message);
  CHECK(*device->Subscribe(TwinTopic("device-7", "desired"), 1) == 1);
  CHECK(*rig->LogIn("cn-7", "") == 5);
  CheckDone(hub->RemoveDevice("device-7"));
  CHECK_FALSE(rig->HasClient("cn-7"));
  CHECK_FALSE(rig->HasRole("dps-device-device-7"));
  CHECK(device->WaitClosed());
  // The TLS listener still lets it in, but it may do nothing there.
  auto again = rig->Device(rig->DeviceCertificateOf("cn-7"));
  REQUIRE(again.has_value());
  CHECK(*again->Subscribe(TwinTopic("device-7", "desired"), 1) == kDenied);
}

TEST_CASE("mosquitto_hub: a device may do what the default role says") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  MqttClient device = ConnectedDevice(*rig, "dev-1");
  MqttClient observer = Observer(*rig);
  CHECK(Hears(device, observer, TwinTopic("dev-1", "reported")));
  CHECK(Hears(device, observer, "devices/dev-1/messages/alarm"));
  CHECK_FALSE(Hears(device, observer, TwinTopic("dev-1", "desired")));
  CHECK_FALSE(Hears(device, observer, TwinTopic("dev-1", "tags")));
  CHECK_FALSE(Hears(device, observer, TwinTopic("dev-2", "reported")));
  CHECK_FALSE(Hears(device, observer, "devices/dev-1/commands/reprovision"));
  CHECK(*device.Subscribe(TwinTopic("dev-1", "desired"), 1) == 1);
  CHECK(*device.Subscribe("devices/dev-1/commands/#", 1) == 1);
  CHECK(*device.Subscribe(TwinTopic("dev-1", "tags"), 1) == kDenied);
  CHECK(*device.Subscribe(TwinTopic("dev-1", "#"), 1) == kDenied);
  CHECK(*device.Subscribe(TwinTopic("dev-2", "desired"), 1) == kDenied);
  CHECK(*device.Subscribe("devices/+/commands/#", 1) == kDenied);
}

TEST_CASE("mosquitto_hub: a notice reaches the connected device once") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  MqttClient device = ConnectedDevice(*rig, "dev-1");
  REQUIRE(*device.Subscribe("devices/dev-1/commands/reprovision", 1) == 1);
  CheckDone(hub->Notify("dev-1"));
  const auto notice = device.NextMessage();
  REQUIRE(notice.has_value());
  CHECK(notice->payload == R"({"reason":"reprovision"})");
  CHECK_FALSE(notice->retain);
  CHECK(*rig->Retained("devices/dev-1/commands/reprovision") == std::nullopt);
}

TEST_CASE("mosquitto_hub: what is so already disconnects nobody") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  MqttClient device = ConnectedDevice(*rig, "dev-1");
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CheckDone(device.Ping());
  CheckDone(hub->EnsureDevice(WithKey("dev-1", "key-new")));
  CHECK(device.WaitClosed());
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-new")) == 0);
}

TEST_CASE("mosquitto_hub: a device has one credential, whichever it had") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  SUBCASE("from a key to a certificate of the same name") {
    CheckDone(hub->EnsureDevice(WithCertificate("dev-1", "dev-1")));
    CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
    CHECK(*rig->LogIn("dev-1", "") == 5);
    CheckDone(hub->EnsureDevice(WithKey("dev-1")));
    CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 0);
  }
  SUBCASE("from a key to certificates of other names") {
    MqttClient device = ConnectedDevice(*rig, "dev-1");
    CheckDone(hub->EnsureDevice(WithCertificate("dev-1", "cn-1")));
    CHECK(device.WaitClosed());
    CHECK_FALSE(rig->HasClient("dev-1"));
    CheckDone(hub->EnsureDevice(WithCertificate("dev-1", "cn-2")));
    CHECK_FALSE(rig->HasClient("cn-1"));
    CHECK(rig->HasClient("cn-2"));
  }
  CheckDone(hub->RemoveDevice("dev-1"));
  CHECK_FALSE(rig->HasClient("dev-1"));
  CHECK_FALSE(rig->HasClient("cn-2"));
}

TEST_CASE("mosquitto_hub: a client that is disabled stays so, in its groups") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  REQUIRE(rig->Control(R"({"command":"createGroup","groupname":"g"},
    {"command":"addGroupClient","groupname":"g","username":"dev-1"},
    {"command":"disableClient","username":"dev-1"})"));
  CheckDone(hub->EnsureDevice(WithCertificate("dev-1", "dev-1")));
  CheckDone(hub->EnsureDevice(WithKey("dev-1", "key-new")));
  const auto client =
      rig->Control(R"({"command":"getClient","username":"dev-1"})");
  REQUIRE(client.has_value());
  CHECK(client->find(R"("disabled":true)") != std::string::npos);
  CHECK(client->find(R"("groupname":"g")") != std::string::npos);
}

TEST_CASE("mosquitto_hub: a device that is suspended is out, its state stays") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->SuspendDevice("dev-1"));
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  MqttClient device = ConnectedDevice(*rig, "dev-1");
  REQUIRE(device.Publish({.topic = TwinTopic("dev-1", "reported"),
                          .payload = "{\"n\":1}",
                          .qos = 1,
                          .retain = true}));
  for (int i = 0; i < 2; ++i) {
    CheckDone(hub->SuspendDevice("dev-1"));
    CHECK(device.WaitClosed());
    CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
    CHECK(*rig->LogIn("dev-1", "") == 5);
    CHECK(**hub->ReadState("dev-1") == DeviceState{.reported = "{\"n\":1}"});
  }
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  MqttClient back = ConnectedDevice(*rig, "dev-1");
  CHECK(*back.Subscribe(TwinTopic("dev-1", "desired"), 1) == 1);
  CHECK(**hub->ReadState("dev-1") == DeviceState{.reported = "{\"n\":1}"});
  CheckDone(hub->SuspendDevice("dev-1"));
  CheckDone(hub->RemoveDevice("dev-1"));
  CHECK_FALSE(rig->HasClient("dev-1"));
  CHECK(*hub->ReadState("dev-1") == std::nullopt);
}

TEST_CASE("mosquitto_hub: suspended, a certificate logs in to do nothing") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithCertificate("dev-7", "cn-7")));
  auto device = rig->Device(rig->DeviceCertificateOf("cn-7"));
  REQUIRE(device.has_value());
  CheckDone(hub->SuspendDevice("dev-7"));
  CHECK(device->WaitClosed());
  auto again = rig->Device(rig->DeviceCertificateOf("cn-7"));
  REQUIRE(again.has_value());
  CHECK(*again->Subscribe(TwinTopic("dev-7", "desired"), 1) == kDenied);
  MqttClient observer = Observer(*rig);
  CHECK_FALSE(Hears(*again, observer, TwinTopic("dev-7", "reported")));
  CheckDone(hub->EnsureDevice(WithCertificate("dev-7", "cn-7")));
  CHECK(again->WaitClosed());
  auto back = rig->Device(rig->DeviceCertificateOf("cn-7"));
  REQUIRE(back.has_value());
  CHECK(*back->Subscribe(TwinTopic("dev-7", "desired"), 1) == 1);
}

TEST_CASE(
    "mosquitto_hub: who was disabled by others is so after a suspension") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  REQUIRE(rig->Control(R"({"command":"createGroup","groupname":"g"},
    {"command":"addGroupClient","groupname":"g","username":"dev-1"},
    {"command":"disableClient","username":"dev-1"})"));
  CheckDone(hub->SuspendDevice("dev-1"));
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
  const auto client =
      rig->Control(R"({"command":"getClient","username":"dev-1"})");
  REQUIRE(client.has_value());
  CHECK(client->find(R"("disabled":true)") != std::string::npos);
  CHECK(client->find(R"("groupname":"g")") != std::string::npos);
  REQUIRE(rig->Control(R"({"command":"enableClient","username":"dev-1"})"));
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 0);
}

TEST_CASE("mosquitto_hub: a role and topics of one's own choice are used") {
  const auto rig = StartHub();
  MosquittoHubOptions options = rig->Options();
  options.role_template_json =
      R"([{"acltype":"publishClientSend","topic":"fleet/{deviceId}/up",)"
      R"("allow":true}])";
  options.twin_topic = "devices/t/{deviceId}";
  const auto hub = ConnectorOf(options);
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CheckDone(hub->WriteState("dev-1", {.tags = "{}"}));
  CHECK(*rig->Retained("devices/t/dev-1/tags") == "{}");
  MqttClient device = ConnectedDevice(*rig, "dev-1");
  MqttClient observer = Observer(*rig);
  CHECK(Hears(device, observer, "fleet/dev-1/up"));
  CHECK_FALSE(Hears(device, observer, "devices/dev-1/messages/x"));

  // The next template takes the place of the last.
  options.role_template_json = "";
  CheckDone(ConnectorOf(options)->EnsureDevice(WithKey("dev-1")));
  MqttClient renewed = ConnectedDevice(*rig, "dev-1");
  CHECK(Hears(renewed, observer, "devices/dev-1/messages/x"));
  CHECK_FALSE(Hears(renewed, observer, "fleet/dev-1/up"));
}

TEST_CASE("mosquitto_hub: devices share a role that is named") {
  const auto rig = StartHub();
  MosquittoHubOptions options = rig->Options();
  options.role = "fleet";
  const auto hub = ConnectorOf(options);
  CheckFailed(hub->EnsureDevice(WithKey("dev-1")), Errc::kInvalidArgument,
              "no role fleet");
  CHECK_FALSE(rig->HasClient("dev-1"));
  CheckFailed(hub->CheckHealth(), Errc::kInvalidArgument, "no role fleet");
  REQUIRE(rig->Control(R"({"command":"createRole","rolename":"fleet","acls":[
    {"acltype":"publishClientSend","topic":"up","allow":true}]})"));
  CheckDone(hub->CheckHealth());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  MqttClient device = ConnectedDevice(*rig, "dev-1");
  MqttClient observer = Observer(*rig);
  CHECK(Hears(device, observer, "up"));
  CHECK_FALSE(Hears(device, observer, "devices/dev-1/messages/x"));
  CheckDone(hub->RemoveDevice("dev-1"));
  CHECK(rig->HasRole("fleet"));
  CHECK_FALSE(rig->HasRole("dps-device-dev-1"));
}

TEST_CASE(
    "mosquitto_hub: odd device ids have topics and a login of their own") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  for (const std::string id : {"$SYS", "a%_*?!(),:=@$'b", "%25", "..", "-"}) {
    CAPTURE(id);
    CheckDone(hub->EnsureDevice(WithKey(id)));
    CheckDone(hub->WriteState(id, {.desired = "{\"id\":1}"}));
    MqttClient device = ConnectedDevice(*rig, id);
    CHECK(*device.Subscribe(TwinTopic(id, "desired"), 0) == 0);
    CHECK(device.NextMessage()->payload == "{\"id\":1}");
    CheckDone(hub->RemoveDevice(id));
    CHECK(*hub->ReadState(id) == std::nullopt);
  }
}

TEST_CASE("mosquitto_hub: we may log in with a certificate ourselves") {
  const auto rig = StartHub();
  const Endpoint endpoint = rig->DeviceTls(rig->DeviceCertificateOf("dps"));
  const auto hub =
      ConnectorOf({.url = "mqtts://127.0.0.1:" + std::to_string(endpoint.port),
                   .ca_file = endpoint.ca_file,
                   .certificate_file = endpoint.certificate_file,
                   .key_file = endpoint.key_file,
                   .timeout = kPatience});
  CheckDone(hub->CheckHealth());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
}

TEST_CASE("mosquitto_hub: four threads at once do not meet") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  constexpr int kEach = 10;
  std::vector<std::jthread> workers;
  std::atomic<int> done = 0;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&, worker] {
      for (int i = 0; i < kEach; ++i) {
        const std::string id =
            "dev-" + std::to_string(worker) + "-" + std::to_string(i);
        const DeviceState state{.tags = id, .desired = id, .reported = id};
        if (hub->EnsureDevice(WithKey(id)) && hub->WriteState(id, state) &&
            hub->ReadState(id) == state) {
          ++done;
        }
      }
    });
  }
  workers.clear();
  CHECK(done == 4 * kEach);
}

TEST_CASE(
    "mosquitto_hub: linked by two names, the last to have a device keeps it") {
  const auto rig = StartHub();
  MosquittoHubOptions options = rig->Options();
  options.linked_as = "0ne/old.example.com";
  const auto old_name = ConnectorOf(options);
  options.linked_as = "0ne/new.example.com";
  options.url.replace(options.url.find("127.0.0.1"), 9, "localhost");
  const auto new_name = ConnectorOf(options);
  CheckDone(old_name->EnsureDevice(WithKey("dev-1")));
  CheckDone(new_name->EnsureDevice(WithKey("dev-1")));
  CheckDone(new_name->WriteState("dev-1", {.tags = "{}"}));
  CheckDone(old_name->SuspendDevice("dev-1"));
  CheckDone(old_name->RemoveDevice("dev-1"));
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 0);
  CHECK(*rig->Retained(TwinTopic("dev-1", "tags")) == "{}");
  CheckDone(new_name->RemoveDevice("dev-1"));
  CHECK_FALSE(rig->HasClient("dev-1"));
}

TEST_CASE("mosquitto_hub: a hub set up as documented is healthy") {
  const auto rig = StartHub();
  CheckDone(ConnectorOf(rig->Options())->CheckHealth());
  CheckDone(ConnectorOf(rig->TlsOptions())->CheckHealth());
}

}  // namespace dps
