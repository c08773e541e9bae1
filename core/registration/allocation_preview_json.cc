// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/json.h"
#include "core/http/target.h"
#include "core/protocol/error.h"
#include "core/registration/allocation_preview.h"

namespace dps {
namespace {

// More digits would only tell where the computer stops.
double Rounded(double cost) {
  constexpr double kDigits = 1e9;
  return std::round(cost * kDigits) / kDigits;
}

void WriteLatency(JsonWriter& json, const HubPreview& hub) {
  if (!hub.latency) return;
  json.Key("latencyMs").Raw(FormatLatency(*hub.latency));
  if (!hub.latency_prefix.empty()) {
    json.Member("cidr", hub.latency_prefix);
    return;
  }
  json.Key("distanceKm")
      .Number(static_cast<double>(hub.latency->count()) / kMicrosecondsPerKm);
}

void WriteHub(JsonWriter& json, const HubPreview& hub) {
  json.StartObject().Member("name", hub.name.text());
  json.Key("allocationWeight").Int(hub.allocation_weight);
  json.Key("eligible").Bool(hub.eligible);
  json.Key("assignedDevices")
      .Int(static_cast<std::int64_t>(hub.assigned_devices));
  if (hub.within_load_bound) {
    json.Key("withinLoadBound").Bool(*hub.within_load_bound);
  }
  if (hub.hashed_cost) {
    json.Key("hashedCost").Number(Rounded(*hub.hashed_cost));
  }
  WriteLatency(json, hub);
  json.Key("chosen").Bool(hub.chosen);
  json.MemberNonempty("whyNot", hub.why_not).EndObject();
}

void WriteDevice(JsonWriter& json, const AllocationPreview& preview) {
  json.Member("registrationId", preview.registration_id.text());
  if (preview.group) {
    json.Member("enrollmentGroup", preview.group->text());
  } else {
    json.Member("enrollment", preview.registration_id.text());
  }
  json.Member("allocationPolicy", ToText(preview.policy));
  json.Member("policyFrom",
              preview.policy_is_instances ? "instance" : "enrollment");
  json.MemberNonempty("currentHub", preview.current_hub);
  json.Key("held").Bool(preview.held);
  if (preview.address) json.Member("address", preview.address->text());
  if (preview.policy == AllocationPolicy::kGeoLatency) {
    json.Member("latencySource", LatencySourceText(preview.latency_source));
  }
  if (!preview.device_place) return;
  json.Key("devicePlace").StartObject();
  json.Key("latitude").Number(preview.device_place->latitude);
  json.Key("longitude").Number(preview.device_place->longitude).EndObject();
}

void WriteHubs(JsonWriter& json, const AllocationPreview& preview) {
  json.Key("hubs").StartArray();
  for (const HubPreview& hub : preview.hubs) WriteHub(json, hub);
  json.EndArray();
  if (preview.unlinked.empty()) return;
  json.Key("unlinkedHubs").StartArray();
  for (const HubName& hub : preview.unlinked) json.String(hub.text());
  json.EndArray();
}

void WriteWebhook(JsonWriter& json, const AllocationPreview& preview) {
  if (!preview.webhook_call) return;
  const WebhookCall& call = *preview.webhook_call;
  json.Key("webhook").StartObject().Member("url", MaskQuery(call.url));
  json.Key("signed").Bool(!call.signing_key.empty());
  json.Key("request").Raw(call.body);
  if (const auto& answer = preview.webhook_answer) {
    json.Key("answer").StartObject();
    json.Member("iotHubHostName", answer->hub.text());
    if (!answer->payload_json.empty()) {
      json.Key("payload").Raw(answer->payload_json);
    }
    if (!answer->initial_twin_json.empty()) {
      json.Key("initialTwin").Raw(answer->initial_twin_json);
    }
    json.EndObject();
  }
  json.EndObject();
}

RegistrationStatus StatusOf(const Result<std::string>& hub) {
  if (!hub) {
    return hub.error().code == Errc::kForbidden ? RegistrationStatus::kDisabled
                                                : RegistrationStatus::kFailed;
  }
  return hub->empty() ? RegistrationStatus::kAssigning
                      : RegistrationStatus::kAssigned;
}

}  // namespace

std::string ToJson(const AllocationPreview& preview) {
  JsonWriter json;
  json.StartObject();
  WriteDevice(json, preview);
  WriteHubs(json, preview);
  WriteWebhook(json, preview);
  json.Member("status", ToText(StatusOf(preview.hub)));
  if (preview.hub) {
    json.MemberNonempty("hub", *preview.hub);
    json.MemberNonempty("reason", preview.reason);
  } else {
    json.Key("errorCode").Int(ErrorCode(preview.hub.error().code));
    json.Member("reason", preview.hub.error().message);
  }
  json.MemberNonempty("remark", preview.remark);
  return json.EndObject().Take();
}

}  // namespace dps
