// SPDX-License-Identifier: Apache-2.0
// Any hub as a linked hub, by a server of its owner: docs/hubs.md.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "core/base/clock.h"
#include "core/hub/connector.h"
#include "core/hub/hub_server.h"

namespace dps {

struct WebhookHubOptions {
  // Of http or https; a path is kept before the requests' own, a query behind.
  std::string url;
  SecretBytes signing_key;  // raw bytes; empty = requests are not signed
  std::string ca_file;      // PEM; empty = the client's
  std::stop_token stop;     // ends all waiting
};

// PUT and DELETE /devices/{id}, GET and PUT /devices/{id}/state, GET /health,
// POST /devices/{id}/notice. A server that has no notices answers 405 or 501.
class WebhookHub final : public HubConnector {
 public:
  // `client` should take answers of kHubAnswerMax; it and `clock` must outlive
  // the hub. Errors: kInvalidArgument (the URL).
  [[nodiscard]] static Result<std::unique_ptr<HubConnector>> Create(
      const WebhookHubOptions& options, HttpClient& client, const Clock& clock);

  [[nodiscard]] Status EnsureDevice(const HubDevice& device) override;
  [[nodiscard]] Result<std::optional<DeviceState>> ReadState(
      const std::string& device_id) override;
  [[nodiscard]] Status WriteState(const std::string& device_id,
                                  const DeviceState& state) override;
  [[nodiscard]] Status RemoveDevice(const std::string& device_id) override;
  [[nodiscard]] Status CheckHealth() override;
  [[nodiscard]] Status Notify(const std::string& device_id) override;
  std::string address() const override { return base_; }
  std::chrono::milliseconds pause() const override { return server_.pause(); }

 private:
  WebhookHub(const WebhookHubOptions& options, HttpClient& client,
             const Clock& clock);

  // Signs what it is given, so `body` comes with it.
  [[nodiscard]] Result<HttpRequest> Request(HttpMethod method,
                                            const std::string& path,
                                            std::string body = {});

  const Clock& clock_;
  std::string base_;   // without a slash at its end
  std::string query_;  // with its question mark; empty = none
  const SecretBytes signing_key_;
  const std::string ca_file_;
  HubServer server_;
};

}  // namespace dps
