// SPDX-License-Identifier: Apache-2.0
// A linked hub for tests: the real mosquitto with its dynamic-security plugin,
// set up as docs/hubs.md says. What it keeps survives kill -9.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/hub/mosquitto_hub.h"
#include "tests/support/broker_process.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/mqtt_client.h"
#include "tests/support/temp_dir.h"

namespace dps {

struct MosquittoHubRigOptions {
  // Whose devices may connect to DeviceTls(); empty = device_ca()'s.
  std::string device_ca_pem;
  bool dynamic_security = true;
  std::string config;  // more lines for mosquitto.conf
};

// Not thread-safe. Errors of what returns a Result: kUnavailable.
class MosquittoHubRig {
 public:
  [[nodiscard]] static Result<std::unique_ptr<MosquittoHubRig>> Start(
      MosquittoHubRigOptions options = {});

  BrokerProcess& broker() { return *broker_; }
  Endpoint Tcp() const { return broker_->Tcp(); }
  // The port where devices log in by certificate, with one of theirs.
  [[nodiscard]] Endpoint DeviceTls(const Forged& device);
  const Forged& device_ca() const { return device_ca_; }
  Forged DeviceCertificateOf(const std::string& common_name) const;

  // For the connector: `mqtt://127.0.0.1:port`, or the port with TLS, as the
  // user docs/hubs.md makes.
  MosquittoHubOptions Options() const;
  MosquittoHubOptions TlsOptions() const;

  // The hub's administrator speaks to dynamic-security: `commands` is what
  // stands between the brackets; the answer's text.
  [[nodiscard]] Result<std::string> Control(std::string_view commands) const;
  // Does the hub have a client, a role of that name?
  bool HasClient(std::string_view username) const;
  bool HasRole(std::string_view name) const;

  // The CONNACK's code for a login by password.
  [[nodiscard]] Result<int> LogIn(const std::string& username,
                                  const std::string& password) const;
  // A device that logged in; by password, or by certificate.
  [[nodiscard]] Result<MqttClient> Device(const std::string& username,
                                          const std::string& password) const;
  [[nodiscard]] Result<MqttClient> Device(const Forged& device);

  // What the hub keeps at a topic; nullopt = nothing.
  [[nodiscard]] Result<std::optional<std::string>> Retained(
      std::string_view topic) const;
  [[nodiscard]] Status Retain(std::string_view topic,
                              std::string_view payload) const;

 private:
  MosquittoHubRig();
  Status SetUp() const;

  TempDir directory_;
  Forged device_ca_;
  std::uint16_t device_port_ = 0;
  std::string server_ca_file_;
  int files_ = 0;
  std::unique_ptr<BrokerProcess> broker_;
};

}  // namespace dps
