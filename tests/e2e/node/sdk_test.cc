// SPDX-License-Identifier: Apache-2.0
// The unmodified Azure SDK for Node provisions through the real broker.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "tests/support/broker_process.h"

namespace dps {
namespace {

constexpr std::string_view kScope = "0ne00SDK001";

// A store made with dpsctl, and a broker with the plugin on it.
class MqttScene {
 public:
  MqttScene() {
    Dpsctl({"instance", "create", "--dps-name", "sdk", "--id-scope",
            std::string(kScope)});
    Dpsctl({"linked-hub", "add", "--hub-name", "hub-1.example"});
    auto broker = BrokerProcess::Start(
        {.config = "plugin " DPS_PLUGIN "\nplugin_opt_dps_retry_after_s 2"
                   "\nplugin_opt_dps_store " +
                   store_.path(),
         .listener_config = "max_qos 1"});
    REQUIRE_MESSAGE(broker.has_value(), broker.error().message);
    broker_ = *std::move(broker);
  }

  // Runs dpsctl, which must succeed, on the store; what it printed.
  std::string Dpsctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), DPSCTL);
    const auto result = RunCommand(
        {.argv = arguments, .environment = {"DPS_STORE=" + store_.path()}});
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE_MESSAGE(result->exit_code == 0, result->err);
    return result->out;
  }

  // An individual enrollment, and its key.
  std::string Enroll(const std::string& id,
                     const std::vector<std::string>& more = {}) const {
    std::string key = Base64Encode(RandomSecret(32).Reveal());
    std::vector<std::string> arguments{
        "enrollment",         "create",       "--enrollment-id", id,
        "--attestation-type", "symmetricKey", "--primary-key",   key};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Dpsctl(arguments);
    return key;
  }

  CommandResult Provision(const std::string& transport, const std::string& id,
                          const std::string& key,
                          const std::string& payload = "") const {
    const Endpoint endpoint =
        transport == "mqtt" ? broker_->Tls() : broker_->Wss();
    std::vector<std::string> arguments{"node",
                                       DPS_PROVISION_SCRIPT,
                                       transport,
                                       std::to_string(endpoint.port),
                                       std::string(kScope),
                                       id,
                                       key};
    if (!payload.empty()) arguments.push_back(payload);
    const auto result =
        RunCommand({.argv = arguments,
                    .environment = {"NODE_EXTRA_CA_CERTS=" + endpoint.ca_file}},
                   std::chrono::seconds(60));
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    return *result;
  }

  std::string log() const { return broker_->log(); }

 private:
  TempDir store_;
  std::unique_ptr<BrokerProcess> broker_;
};

void CheckAssigned(const CommandResult& result, const std::string& device_id) {
  REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  const auto answer = JsonDocument::ParseObject(result.out);
  REQUIRE(answer.has_value());
  CHECK(answer->root().String("status") == "assigned");
  CHECK(answer->root().String("assignedHub") == "hub-1.example");
  CHECK(answer->root().String("deviceId") == device_id);
}

void CheckIndividualKey(const std::string& transport) {
  const MqttScene scene;
  const std::string key = scene.Enroll("Device-1:a_b.C9");
  CheckAssigned(scene.Provision(transport, "Device-1:a_b.C9", key),
                "Device-1:a_b.C9");
}

TEST_CASE("sdk: a device with an individual key is assigned over MQTT") {
  CheckIndividualKey("mqtt");
}
TEST_CASE("sdk: a device with an individual key is assigned over MQTT-WS") {
  CheckIndividualKey("mqtt-ws");
}

void CheckGroupKey(const std::string& transport) {
  const MqttScene scene;
  const SecretBytes group_key = RandomSecret(64);
  scene.Dpsctl({"enrollment-group", "create", "--enrollment-id", "fleet",
                "--primary-key", Base64Encode(group_key.Reveal())});
  std::string device_key = scene.Dpsctl({"compute-device-key", "--key",
                                         Base64Encode(group_key.Reveal()),
                                         "--registration-id", "device-2"});
  std::erase_if(device_key, [](char c) { return c == '"' || c == '\n'; });
  CheckAssigned(scene.Provision(transport, "device-2", device_key), "device-2");
}

TEST_CASE(
    "sdk: a device with a key derived from its group is assigned over "
    "MQTT") {
  CheckGroupKey("mqtt");
}
TEST_CASE(
    "sdk: a device with a key derived from its group is assigned over "
    "MQTT-WS") {
  CheckGroupKey("mqtt-ws");
}

TEST_CASE("sdk: a payload reaches the registration record") {
  const MqttScene scene;
  const std::string key = scene.Enroll("device-3");
  CheckAssigned(
      scene.Provision("mqtt", "device-3", key, R"({"modelId":"dtmi:x;1"})"),
      "device-3");
  const std::string record =
      scene.Dpsctl({"registration", "show", "--registration-id", "device-3"});
  CHECK_MESSAGE(record.find("dtmi:x;1") != std::string::npos, record);
}

TEST_CASE("sdk: a device is assigned to the same hub when it comes back") {
  const MqttScene scene;
  const std::string key = scene.Enroll("device-4", {"--device-id", "Four"});
  CheckAssigned(scene.Provision("mqtt", "device-4", key), "Four");
  CheckAssigned(scene.Provision("mqtt-ws", "device-4", key), "Four");
}

void CheckRefusedKey(const std::string& transport) {
  const MqttScene scene;
  scene.Enroll("device-5");
  const std::string other = Base64Encode(RandomSecret(32).Reveal());
  const CommandResult result = scene.Provision(transport, "device-5", other);
  CHECK(result.exit_code == 1);
  CHECK_MESSAGE(result.err.find("ot authorized") != std::string::npos,
                result.err);
  CHECK(scene.log().find(other) == std::string::npos);
}

TEST_CASE("sdk: a wrong key is refused over MQTT") { CheckRefusedKey("mqtt"); }
TEST_CASE("sdk: a wrong key is refused over MQTT-WS") {
  CheckRefusedKey("mqtt-ws");
}

TEST_CASE(
    "sdk: a device of a disabled enrollment is told so and not assigned") {
  const MqttScene scene;
  const std::string key =
      scene.Enroll("device-6", {"--provisioning-status", "disabled"});
  const CommandResult result = scene.Provision("mqtt", "device-6", key);
  CHECK(result.exit_code == 1);
  const std::string record =
      scene.Dpsctl({"registration", "show", "--registration-id", "device-6"});
  CHECK_MESSAGE(record.find("\"disabled\"") != std::string::npos, record);
}

}  // namespace
}  // namespace dps
