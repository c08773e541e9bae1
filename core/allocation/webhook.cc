// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook.h"

#include <cassert>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/http/target.h"

namespace dps {
namespace {

// As GET shows it, but for the key in the URL.
template <class Document>
std::string Shown(Document document) {
  if (auto& custom = document.terms.custom_allocation) {
    custom->webhook_url = MaskQuery(custom->webhook_url);
  }
  return ToJson(document, Secrets::kHide);
}

void WriteContext(JsonWriter& json, const WebhookQuestion& question) {
  json.StartObject().Member("registrationId", question.registration_id.text());
  json.MemberNonempty("currentIotHubHostName", question.current_hub);
  json.MemberNonempty("currentDeviceId", question.current_device_id);
  if (question.certificate_der.empty()) {
    json.Key("symmetricKey").StartObject().EndObject();
  } else {
    json.Key("x509").StartObject();
    json.Member("clientCertificate", Base64Encode(question.certificate_der));
    json.EndObject();
  }
  if (!question.payload_json.empty()) {
    json.Key("payload").Raw(question.payload_json);
  }
  json.EndObject();
}

tl::unexpected<Error> Unusable(const std::string& what) {
  return Fail(Errc::kWebhookFailed, "answered " + what);
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

std::string WebhookRequestBody(const WebhookQuestion& question) {
  assert((question.enrollment == nullptr) != (question.group == nullptr));
  JsonWriter json;
  json.StartObject();
  if (question.enrollment != nullptr) {
    json.Key("individualEnrollment").Raw(Shown(*question.enrollment));
  } else {
    json.Key("enrollmentGroup").Raw(Shown(*question.group));
  }
  json.Key("deviceRuntimeContext");
  WriteContext(json, question);
  json.Key("linkedHubs").StartArray();
  for (const HubName& hub : question.linked_hubs) json.String(hub.text());
  return json.EndArray().EndObject().Take();
}

Result<WebhookAnswer> ParseWebhookAnswer(std::string_view body) {
  if (body.empty()) return Unusable("without JSON");
  const auto document = JsonDocument::ParseObject(body);
  if (!document) return Unusable("no JSON object: " + document.error().message);
  const JsonView answer = document->root();
  DPS_TRY(HubName hub, ParseHub(answer));
  DPS_TRY(std::string payload, ParsePayload(answer));
  DPS_TRY(std::string twin, ParseTwin(answer));
  return WebhookAnswer{.hub = std::move(hub),
                       .payload_json = std::move(payload),
                       .initial_twin_json = std::move(twin)};
}

}  // namespace dps
