// SPDX-License-Identifier: Apache-2.0
// The real broker with the plugin, a store of a small fleet, and devices.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/store/lmdb_store.h"
#include "tests/support/broker_process.h"
#include "tests/support/fleet.h"
#include "tests/support/mqtt_client.h"
#include "tests/support/temp_dir.h"

namespace dps {

struct DpsBrokerOptions {
  std::string plugin_options{};  // plugin_opt_dps_* lines beside the store's
  std::string config{};          // lines before the plugin's
  std::string after_plugin{};    // lines after the plugin's
  bool loopback = false;         // give the plugin a loopback socket
  std::vector<std::string> environment{};
};

inline const DpsBrokerOptions kNoPollLimit = {
    .plugin_options = "plugin_opt_dps_polls_per_10s 0\n"};

// kScopeText with two hubs, group "fleet" (GroupOf), broker running.
class DpsBroker {
 public:
  explicit DpsBroker(const DpsBrokerOptions& options = {});

  BrokerProcess& broker() { return *broker_; }
  // The same store, in this process.
  Store& store() { return *store_; }
  std::string store_directory() const { return directory_.File("store"); }
  std::optional<RegistrationRecord> RecordOf(std::string_view id);

 private:
  TempDir directory_;
  std::unique_ptr<LmdbStore> store_;
  std::unique_ptr<BrokerProcess> broker_;
};

// Valid now and for an hour, for a device of group "fleet".
std::string FreshToken(std::string_view id);
std::string UsernameOf(std::string_view id,
                       std::string_view suffix = "api-version=2019-03-31");
// As an SDK connects: client id, username and token of a group device.
ConnectOptions DeviceOptions(std::string_view id, int version = kMqtt311);

// An answer to a request.
struct Answer {
  int status = 0;
  std::string rid;
  std::optional<int> retry_after_s;
  JsonDocument body;
  std::string text;

  // A string member of the body, "" if absent.
  std::string Text(std::string_view name) const;
  // A string member of registrationState.
  std::string State(std::string_view name) const;
};

Answer ParseAnswer(const MqttMessage& message);

// A device's connection; every call requires its success.
class Device {
 public:
  // Connects and subscribes to the response filter with QoS 1.
  Device(const Endpoint& endpoint, std::string_view id, int version = kMqtt311);
  Device(const Endpoint& endpoint, const ConnectOptions& options);

  Answer Register(std::string_view body = "", std::string_view rid = "1");
  Answer Poll(std::string_view operation_id, std::string_view rid = "2");
  // Polls until the answer is not 202.
  Answer PollUntilDone(std::string_view operation_id);
  // Register and PollUntilDone.
  Answer Provision(std::string_view body = "");
  Answer NextAnswer();

  MqttClient& mqtt() { return client_; }

 private:
  MqttClient client_;
};

MqttClient ConnectedClient(const Endpoint& endpoint,
                           const ConnectOptions& options);
// The CONNACK's code, or -1 if the broker closed without one.
int ConnackOf(const Endpoint& endpoint, const ConnectOptions& options);

// What a refused CONNECT is answered with.
inline int NotAuthorised(int version) { return version == kMqtt5 ? 0x87 : 5; }

inline constexpr const char* kResponses = "$dps/registrations/res/#";
std::string RegisterTopic(std::string_view rid);
std::string StatusTopic(std::string_view rid, std::string_view operation_id);

}  // namespace dps
