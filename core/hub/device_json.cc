// SPDX-License-Identifier: Apache-2.0
#include "core/hub/device_json.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "core/base/crypto.h"
#include "core/base/json.h"

namespace dps {
namespace {

constexpr std::string_view kDisabled = "disabled";

void Write(JsonWriter& json, const DeviceKeys& keys) {
  const SecretBytes& second =
      keys.secondary.empty() ? keys.primary : keys.secondary;
  json.Member("type", "sas").Key("symmetricKey").StartObject();
  json.Member("primaryKey", Base64Encode(keys.primary.Reveal()));
  json.Member("secondaryKey", Base64Encode(second.Reveal())).EndObject();
}

void Write(JsonWriter& json, const DeviceCertificate& certificate,
           HubDialect dialect) {
  json.Member("type", "selfSigned");
  if (dialect == HubDialect::kWebhook) {
    json.Member("commonName", certificate.common_name);
  }
  json.Key("x509Thumbprint").StartObject();
  json.Member("primaryThumbprint", certificate.sha256_thumbprint);
  json.Member("secondaryThumbprint", certificate.sha256_thumbprint);
  json.EndObject();
}

// A hub of another kind may have handed out what is no JSON.
Status WritePart(JsonWriter& json, std::string_view name,
                 const std::string& object) {
  json.Key(name);
  if (object.empty()) {
    json.StartObject().EndObject();
    return {};
  }
  const auto parsed = JsonDocument::ParseObject(object);
  if (!parsed) {
    return Fail(Errc::kInvalidArgument,
                "the device's " + std::string(name) +
                    " cannot be moved here: " + parsed.error().message);
  }
  json.Raw(parsed->root().Text());
  return {};
}

tl::unexpected<Error> Nonsense(const std::string& what) {
  return Fail(Errc::kInternal, "answered what makes no sense: " + what);
}

// RFC 9110 section 8.8.3, of ASCII.
bool IsOfEtag(char c) { return c > ' ' && c <= '~' && c != '"'; }

// "" for a part that is empty or not there.
Result<std::string> ReadPart(const std::optional<JsonView>& parent,
                             std::string_view name) {
  if (!parent) return std::string();
  auto part = parent->OptionalObject(name);
  if (!part) return Nonsense(part.error().message);
  if (!*part) return std::string();
  std::string text = (*part)->TextWithout({"$metadata", "$version"});
  if (text == "{}") text.clear();
  return text;
}

}  // namespace

std::string DeviceJson(const HubDevice& device, HubDialect dialect) {
  JsonWriter json;
  json.StartObject().Member("deviceId", device.device_id);
  json.Member("status", "enabled").Key("authentication").StartObject();
  if (const auto* keys = std::get_if<DeviceKeys>(&device.credential)) {
    Write(json, *keys);
  } else {
    Write(json, std::get<DeviceCertificate>(device.credential), dialect);
  }
  json.EndObject();
  if (!device.capabilities_json.empty()) {
    json.Key("capabilities").Raw(device.capabilities_json);
  }
  json.EndObject();
  return json.Take();
}

Result<std::string> StateJson(const DeviceState& state, HubDialect dialect) {
  JsonWriter json;
  json.StartObject();
  DPS_CHECK(WritePart(json, "tags", state.tags));
  json.Key("properties").StartObject();
  DPS_CHECK(WritePart(json, "desired", state.desired));
  if (dialect == HubDialect::kWebhook) {
    DPS_CHECK(WritePart(json, "reported", state.reported));
  }
  json.EndObject().EndObject();
  return json.Take();
}

Result<DeviceState> ParseDeviceState(std::string_view json) {
  const auto document = JsonDocument::ParseObject(json);
  if (!document) return Nonsense(document.error().message);
  const auto properties = document->root().OptionalObject("properties");
  if (!properties) return Nonsense(properties.error().message);
  DeviceState state;
  DPS_TRY(state.tags, ReadPart(document->root(), "tags"));
  DPS_TRY(state.desired, ReadPart(*properties, "desired"));
  DPS_TRY(state.reported, ReadPart(*properties, "reported"));
  return state;
}

Status CheckIdentity(std::string_view json, std::string_view device_id) {
  const auto document = JsonDocument::ParseObject(json);
  if (!document) return Nonsense(document.error().message);
  if (document->root().String("deviceId") == std::string(device_id)) return {};
  return Nonsense("not the identity of the device");
}

Result<HubIdentity> ParseIdentity(std::string_view json,
                                  std::string_view device_id) {
  DPS_CHECK(CheckIdentity(json, device_id));
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const auto etag = document.root().String("etag");
  if (!etag) return Nonsense(etag.error().message);
  if (etag->empty() || !std::ranges::all_of(*etag, IsOfEtag)) {
    return Nonsense("an etag that is none");
  }
  const auto status = document.root().OptionalString("status");
  if (!status) return Nonsense(status.error().message);
  return HubIdentity{
      .etag = *etag,
      .is_disabled = *status == kDisabled,
      .disabled_json = AddMember(document.root().TextWithout({"status"}),
                                 "status", '"' + std::string(kDisabled) + '"')};
}

}  // namespace dps
