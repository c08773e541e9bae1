// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook.h"

#include <utility>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

tl::unexpected<Error> Unusable(const std::string& what) {
  return Fail(Errc::kHookFailed, "answered " + what);
}

Result<HubName> ParseHub(JsonView answer) {
  const auto hub = answer.Find("iotHubHostName");
  if (!hub) return Unusable("without an iotHubHostName");
  const auto text = hub->AsString();
  if (!text) return Unusable("an iotHubHostName that is not a string");
  auto name = HubName::Parse(*text);
  if (name) return *std::move(name);
  return Unusable("an iotHubHostName that is no host name: " +
                  Printable(*text, limits::kHubNameMax));
}

Result<std::string> Bounded(std::string json, const std::string& name) {
  if (json.size() <= limits::kWebhookPayloadMax) return json;
  return Unusable(name + " of more than " +
                  std::to_string(limits::kWebhookPayloadMax) + " bytes");
}

Result<std::string> ParsePayload(JsonView answer) {
  const auto payload = answer.Find("payload");
  if (!payload) return std::string();
  return Bounded(payload->Text(), "a payload");
}

// Writes `object`'s member `name`, an object, as that of `json`.
Status CopyObject(JsonView object, const std::string& name, JsonWriter& json) {
  const auto member = object.Find(name);
  if (!member) return {};
  if (!member->IsObject()) {
    return Unusable("an initialTwin whose " + name + " is not an object");
  }
  json.Key(name).Raw(member->Text());
  return {};
}

Result<std::string> ParseTwin(JsonView answer) {
  const auto twin = answer.Find("initialTwin");
  if (!twin) return std::string();
  if (!twin->IsObject()) {
    return Unusable("an initialTwin that is not an object");
  }
  JsonWriter json;
  json.StartObject();
  DPS_CHECK(CopyObject(*twin, "tags", json));
  const auto properties = twin->Find("properties");
  if (properties && !properties->IsObject()) {
    return Unusable("an initialTwin whose properties is not an object");
  }
  if (properties) {
    json.Key("properties").StartObject();
    DPS_CHECK(CopyObject(*properties, "desired", json));
    json.EndObject();
  }
  return Bounded(json.EndObject().Take(), "an initialTwin");
}

}  // namespace

Result<HookAnswer> ParseHookAnswer(std::string_view body) {
  if (body.empty()) return Unusable("without JSON");
  const auto document = JsonDocument::ParseObject(body);
  if (!document) return Unusable("no JSON object: " + document.error().message);
  const JsonView answer = document->root();
  DPS_TRY(HubName hub, ParseHub(answer));
  DPS_TRY(std::string payload, ParsePayload(answer));
  DPS_TRY(std::string twin, ParseTwin(answer));
  return HookAnswer{.hub = std::move(hub),
                    .payload_json = std::move(payload),
                    .initial_twin_json = std::move(twin)};
}

}  // namespace dps
