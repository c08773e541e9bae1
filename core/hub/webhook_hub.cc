// SPDX-License-Identifier: Apache-2.0
#include "core/hub/webhook_hub.h"

#include <utility>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/signature.h"
#include "core/hub/device_json.h"

namespace dps {
namespace {

constexpr int kMethodNotAllowed = 405;
constexpr int kNotImplemented = 501;

std::string DevicePath(const std::string& device_id) {
  return "/devices/" + PercentEncode(device_id);
}

}  // namespace

Result<std::unique_ptr<HubConnector>> WebhookHub::Create(
    const WebhookHubOptions& options, HttpClient& client, const Clock& clock) {
  DPS_CHECK(HttpTarget::Parse(options.url));
  return std::unique_ptr<HubConnector>(new WebhookHub(options, client, clock));
}

WebhookHub::WebhookHub(const WebhookHubOptions& options, HttpClient& client,
                       const Clock& clock)
    : clock_(clock),
      base_(options.url.substr(0, options.url.find('?'))),
      query_(options.url.substr(base_.size())),
      signing_key_(options.signing_key),
      ca_file_(options.ca_file),
      server_(client, clock, options.stop) {
  if (base_.ends_with('/')) base_.pop_back();
}

// A signature covers the id and the body. The id names method and path, so that
// what was signed for one request serves no other.
Result<HttpRequest> WebhookHub::Request(HttpMethod method,
                                        const std::string& path,
                                        std::string body) {
  DPS_TRY(HttpTarget target, HttpTarget::Parse(base_ + path + query_));
  const std::string id =
      std::string(NameOf(method)) + " " + path + " " + NewGuid();
  auto headers = WebhookHeaders(id, body, signing_key_, clock_.Now());
  return HttpRequest{.target = std::move(target),
                     .headers = std::move(headers),
                     .body = std::move(body),
                     .method = method,
                     .ca_file = ca_file_};
}

Status WebhookHub::EnsureDevice(const HubDevice& device) {
  DPS_TRY(const HttpRequest request,
          Request(HttpMethod::kPut, DevicePath(device.device_id),
                  DeviceJson(device, HubDialect::kWebhook)));
  DPS_CHECK(server_.Ask(request));
  return {};
}

Result<std::optional<DeviceState>> WebhookHub::ReadState(
    const std::string& device_id) {
  DPS_TRY(const HttpRequest request,
          Request(HttpMethod::kGet, DevicePath(device_id) + "/state"));
  DPS_TRY(const HttpAnswer answer, server_.Ask(request, {kHttpNotFound}));
  if (answer.status == kHttpNotFound) return std::nullopt;
  return HubServer::Named(request, ParseDeviceState(answer.body));
}

Status WebhookHub::WriteState(const std::string& device_id,
                              const DeviceState& state) {
  DPS_TRY(std::string body, StateJson(state, HubDialect::kWebhook));
  DPS_TRY(const HttpRequest request,
          Request(HttpMethod::kPut, DevicePath(device_id) + "/state",
                  std::move(body)));
  DPS_CHECK(server_.Ask(request));
  return {};
}

Status WebhookHub::RemoveDevice(const std::string& device_id) {
  DPS_TRY(const HttpRequest request,
          Request(HttpMethod::kDelete, DevicePath(device_id)));
  DPS_CHECK(server_.Ask(request, {kHttpNotFound}));
  return {};
}

Status WebhookHub::CheckHealth() {
  DPS_TRY(const HttpRequest request, Request(HttpMethod::kGet, "/health"));
  DPS_CHECK(server_.Ask(request));
  return {};
}

Status WebhookHub::Notify(const std::string& device_id) {
  JsonWriter json;
  json.StartObject().Member("deviceId", device_id);
  json.Member("notice", "reprovision").EndObject();
  DPS_TRY(const HttpRequest request,
          Request(HttpMethod::kPost, DevicePath(device_id) + "/notice",
                  json.Take()));
  DPS_TRY(const HttpAnswer answer,
          server_.Ask(request, {kMethodNotAllowed, kNotImplemented}));
  if (answer.status < 400) return {};
  return Fail(Errc::kMethodNotAllowed,
              request.target.host() + " has no notices for devices");
}

}  // namespace dps
