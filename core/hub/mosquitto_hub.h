// SPDX-License-Identifier: Apache-2.0
// Another Mosquitto broker with its dynamic-security plugin as a linked hub: a
// device is a client there with a role, its twin three retained messages
// (docs/hubs.md).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "core/hub/connector.h"
#include "core/hub/mosquitto_layout.h"
#include "core/hub/mosquitto_session_pool.h"

namespace dps {

struct MosquittoHubOptions {
  std::string url;  // mqtt://host[:1883] or mqtts://host[:8883]
  std::string username;
  SecretBytes password;
  // PEM files; empty = the system's CAs, no certificate of ours.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string role;                // empty = one of its own for each device
  std::string role_template_json;  // empty = the default (docs/hubs.md)
  std::string twin_topic;          // empty = devices/{deviceId}/twin
  std::string notice_topic;  // empty = devices/{deviceId}/commands/reprovision
  std::string linked_as;     // by which instance, and under what name
  std::chrono::milliseconds timeout{10'000};  // of each call, all told
  std::stop_token stop;                       // ends calls within 50 ms
};

// The username of a device that proves itself with a certificate is the
// common name, else the device id. A client or role that we did not make is
// never touched.
class MosquittoHub final : public HubConnector {
 public:
  // Calls nobody yet. Errors: kInvalidArgument: the option that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<HubConnector>> Create(
      MosquittoHubOptions options);

  // Writes nothing, and disconnects nobody, if the hub knows the device so
  // already. What changes is changed at one stroke.
  Status EnsureDevice(const HubDevice& device) override;
  Result<std::optional<DeviceState>> ReadState(
      const std::string& device_id) override;
  Status WriteState(const std::string& device_id,
                    const DeviceState& state) override;
  // Also disconnects the device.
  Status RemoveDevice(const std::string& device_id) override;
  // Also disconnects the device. What it was acknowledged until then is kept.
  Status SuspendDevice(const std::string& device_id) override;
  Status CheckHealth() override;
  Status Notify(const std::string& device_id) override;
  std::string address() const override { return address_; }

 private:
  MosquittoHub(MosquittoLayout layout, std::string address,
               MosquittoPoolOptions options)
      : layout_(std::move(layout)),
        address_(std::move(address)),
        pool_(std::move(options)) {}

  const MosquittoLayout layout_;
  const std::string address_;
  MosquittoSessionPool pool_;
};

}  // namespace dps
