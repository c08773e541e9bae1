// SPDX-License-Identifier: Apache-2.0
// Azure IoT Hub as a linked hub, by the REST API of its registry.
// Source: service-api section 6.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/http/service_token.h"
#include "core/hub/connector.h"
#include "core/hub/device_json.h"
#include "core/hub/hub_server.h"

namespace dps {

// Whose a connection string is, in messages.
inline constexpr std::string_view kIotHubConnectionString =
    "the hub's connection string";

struct IotHubOptions {
  // Of a policy with RegistryWrite and ServiceConnect.
  SecretBytes connection_string;
  std::string ca_file;   // PEM; empty = the client's
  std::stop_token stop;  // ends all waiting
};

// What the port leaves open: WriteState() cannot write reported properties,
// which only the device itself may: they are not moved, and the device reports
// them anew. A device with a parent (deviceScope) loses it in EnsureDevice().
class IotHub final : public HubConnector {
 public:
  // `client` should take answers of kHubAnswerMax; it and `clock` must outlive
  // the hub. Errors: kInvalidArgument (the connection string).
  [[nodiscard]] static Result<std::unique_ptr<HubConnector>> Create(
      const IotHubOptions& options, HttpClient& client, const Clock& clock);

  [[nodiscard]] Status EnsureDevice(const HubDevice& device) override;
  [[nodiscard]] Result<std::optional<DeviceState>> ReadState(
      const std::string& device_id) override;
  [[nodiscard]] Status WriteState(const std::string& device_id,
                                  const DeviceState& state) override;
  // Removes the device as it was seen: a request that comes to the hub late
  // does nothing to one that was made or renewed since. Errors: also
  // kUnavailable: somebody changed the device meanwhile.
  [[nodiscard]] Status RemoveDevice(const std::string& device_id) override;
  // Errors: also kUnavailable: somebody changed the device meanwhile.
  [[nodiscard]] Status SuspendDevice(const std::string& device_id) override;
  [[nodiscard]] Status CheckHealth() override;
  [[nodiscard]] Status Notify(const std::string& device_id) override;
  std::string address() const override { return base_; }
  std::chrono::milliseconds pause() const override { return server_.pause(); }

 private:
  IotHub(const IotHubOptions& options, const ConnectionString& hub,
         HttpClient& client, const Clock& clock);

  // `if_match` is an etag; "*" = any, "" = no such header.
  [[nodiscard]] Result<HttpRequest> Request(HttpMethod method,
                                            const std::string& path,
                                            std::string_view if_match);
  // nullopt: the hub knows no such device.
  [[nodiscard]] Result<std::optional<HubIdentity>> FindIdentity(
      const std::string& device_id);
  // Sends what depends on an identity; one that is gone meanwhile is no error.
  [[nodiscard]] Status Change(const HttpRequest& request);
  // False: it was made or removed by others meanwhile.
  [[nodiscard]] Result<bool> PutDevice(const HubDevice& device);

  const Clock& clock_;
  const std::string base_;
  const std::string ca_file_;
  ServiceToken token_;
  HubServer server_;
};

}  // namespace dps
