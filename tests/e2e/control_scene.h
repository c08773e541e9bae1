// SPDX-License-Identifier: Apache-2.0
// The broker with operators who may speak to the plugin over MQTT: alice may,
// bob is a user who may not.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/service_api/control_message.h"
#include "tests/e2e/dps_broker.h"
#include "tests/support/temp_dir.h"

namespace dps {

struct ControlSceneOptions {
  std::string acl = "user alice\ntopic write $CONTROL/dps/v1\n";  // acl_file
  std::string config{};  // lines before the plugin's
  std::string plugin_options = "plugin_opt_dps_control on\n";
  bool loopback = true;
  std::vector<std::string> environment{};
};

class ControlScene {
 public:
  explicit ControlScene(const ControlSceneOptions& options = {});

  DpsBroker& dps() { return *dps_; }
  Endpoint Tcp() { return dps_->broker().Tcp(); }
  const TempDir& files() const { return files_; }
  std::string AuditLog() const;

  // Connected, and subscribed to the answers.
  MqttClient User(const std::string& name, int version = kMqtt311);
  // Words for Mosquitto's command-line clients.
  std::vector<std::string> Login(const std::string& name);

 private:
  TempDir files_;
  std::unique_ptr<DpsBroker> dps_;
};

// All users have it.
inline constexpr const char* kUserPassword = "secret";

// Publishes `request` and takes the answer.
ControlAnswer Ask(MqttClient& client, std::string_view request);
// A request without a body.
std::string Plain(std::string_view method, std::string_view path);
// The same with one.
std::string With(std::string_view method, std::string_view path,
                 std::string_view body);
ControlAnswer NextControlAnswer(MqttClient& client);

}  // namespace dps
