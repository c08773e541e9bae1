// SPDX-License-Identifier: Apache-2.0
#include "core/hub/iot_hub.h"

#include <optional>
#include <string_view>
#include <utility>

#include "core/base/json.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kApiVersion = "?api-version=2021-04-12";
constexpr std::string_view kAny = "*";
constexpr std::string_view kNone = "";
constexpr std::string_view kChanged =
    "others change the device's identity at the hub";
constexpr int kConflict = 409;
constexpr int kPreconditionFailed = 412;

std::string IdentityPath(const std::string& device_id) {
  return "/devices/" + PercentEncode(device_id);
}

std::string TwinPath(const std::string& device_id) {
  return "/twins/" + PercentEncode(device_id);
}

}  // namespace

Result<std::unique_ptr<HubConnector>> IotHub::Create(
    const IotHubOptions& options, HttpClient& client, const Clock& clock) {
  DPS_TRY(const ConnectionString hub,
          ParseConnectionString(options.connection_string.Reveal(),
                                kIotHubConnectionString));
  return std::unique_ptr<HubConnector>(new IotHub(options, hub, client, clock));
}

IotHub::IotHub(const IotHubOptions& options, const ConnectionString& hub,
               HttpClient& client, const Clock& clock)
    : clock_(clock),
      base_("https://" + hub.authority),
      ca_file_(options.ca_file),
      token_(hub),
      server_(client, clock, options.stop) {}

Result<HttpRequest> IotHub::Request(HttpMethod method, const std::string& path,
                                    std::string_view if_match) {
  DPS_TRY(HttpTarget target,
          HttpTarget::Parse(base_ + path + std::string(kApiVersion)));
  HttpRequest request{
      .target = std::move(target),
      .headers = {"Authorization: " + token_.At(clock_.Now()),
                  "Accept: application/json",
                  "Content-Type: application/json; charset=utf-8"},
      .body = {},
      .method = method,
      .ca_file = ca_file_};
  if (!if_match.empty()) {
    request.headers.push_back("If-Match: \"" + std::string(if_match) + '"');
  }
  return request;
}

Status IotHub::EnsureDevice(const HubDevice& device) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    DPS_TRY(const bool written, PutDevice(device));
    if (written) return {};
  }
  return Fail(Errc::kUnavailable, std::string(kChanged));
}

Result<bool> IotHub::PutDevice(const HubDevice& device) {
  const std::string path = IdentityPath(device.device_id);
  DPS_TRY(const HttpRequest look, Request(HttpMethod::kGet, path, kNone));
  DPS_TRY(const HttpAnswer seen, server_.Ask(look, {kHttpNotFound}));
  const bool known = seen.status != kHttpNotFound;
  DPS_TRY(HttpRequest write,
          Request(HttpMethod::kPut, path, known ? kAny : kNone));
  write.body = DeviceJson(device, HubDialect::kIotHub);
  DPS_TRY(const HttpAnswer answer,
          server_.Ask(write, {kHttpNotFound, kConflict, kPreconditionFailed}));
  if (answer.status >= 400) return false;
  DPS_CHECK(
      HubServer::Named(write, CheckIdentity(answer.body, device.device_id)));
  return true;
}

Result<std::optional<DeviceState>> IotHub::ReadState(
    const std::string& device_id) {
  DPS_TRY(const HttpRequest read,
          Request(HttpMethod::kGet, TwinPath(device_id), kNone));
  DPS_TRY(const HttpAnswer answer, server_.Ask(read, {kHttpNotFound}));
  if (answer.status == kHttpNotFound) return std::nullopt;
  return HubServer::Named(read, ParseDeviceState(answer.body));
}

Status IotHub::WriteState(const std::string& device_id,
                          const DeviceState& state) {
  DPS_TRY(HttpRequest write,
          Request(HttpMethod::kPut, TwinPath(device_id), kAny));
  DPS_TRY(write.body, StateJson(state, HubDialect::kIotHub));
  DPS_TRY(const HttpAnswer answer, server_.Ask(write));
  return HubServer::Named(write, CheckIdentity(answer.body, device_id));
}

Result<std::optional<HubIdentity>> IotHub::FindIdentity(
    const std::string& device_id) {
  DPS_TRY(const HttpRequest look,
          Request(HttpMethod::kGet, IdentityPath(device_id), kNone));
  DPS_TRY(const HttpAnswer seen, server_.Ask(look, {kHttpNotFound}));
  if (seen.status == kHttpNotFound) return std::nullopt;
  DPS_TRY(HubIdentity identity,
          HubServer::Named(look, ParseIdentity(seen.body, device_id)));
  return identity;
}

Status IotHub::Change(const HttpRequest& request) {
  DPS_TRY(
      const HttpAnswer answer,
      server_.Ask(request, {kHttpNotFound, kConflict, kPreconditionFailed}));
  if (answer.status < 400 || answer.status == kHttpNotFound) return {};
  return Fail(Errc::kUnavailable, std::string(kChanged));
}

Status IotHub::SuspendDevice(const std::string& device_id) {
  DPS_TRY(const auto identity, FindIdentity(device_id));
  if (!identity || identity->is_disabled) return {};
  DPS_TRY(HttpRequest write,
          Request(HttpMethod::kPut, IdentityPath(device_id), identity->etag));
  write.body = identity->disabled_json;
  return Change(write);
}

Status IotHub::RemoveDevice(const std::string& device_id) {
  DPS_TRY(const auto identity, FindIdentity(device_id));
  if (!identity) return {};
  DPS_TRY(
      const HttpRequest remove,
      Request(HttpMethod::kDelete, IdentityPath(device_id), identity->etag));
  return Change(remove);
}

Status IotHub::CheckHealth() {
  DPS_TRY(const HttpRequest count,
          Request(HttpMethod::kGet, "/statistics/devices", kNone));
  DPS_TRY(const HttpAnswer answer, server_.Ask(count));
  if (JsonDocument::ParseObject(answer.body)) return {};
  return HubServer::Named(
      count, Status(Fail(Errc::kInternal, "answered what is no JSON")));
}

Status IotHub::Notify(const std::string&) {
  return Fail(Errc::kMethodNotAllowed,
              "Azure IoT Hub has no way to ask a device to register anew");
}

}  // namespace dps
