// SPDX-License-Identifier: Apache-2.0
#include "core/model/instance.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/json_times.h"
#include "core/model/webhook_key.h"

namespace dps {

Status CheckInstanceName(std::string_view name) {
  const bool valid =
      name.size() >= limits::kInstanceNameMin &&
      name.size() <= limits::kInstanceNameMax && name.front() != '-' &&
      name.back() != '-' && !std::ranges::all_of(name, IsAsciiDigit) &&
      std::ranges::all_of(name,
                          [](char c) { return IsAsciiAlnum(c) || c == '-'; });
  if (!valid) {
    return Fail(Errc::kInvalidArgument,
                "the instance name must be 3 to 51 letters, digits and "
                "hyphens, not only digits, without a hyphen at either end");
  }
  return {};
}

std::string ToJson(const Instance& instance, Secrets secrets) {
  JsonWriter json;
  json.StartObject();
  json.Member("name", instance.name);
  json.Member("idScope", instance.id_scope.text());
  json.Member("allocationPolicy", ToText(instance.allocation_policy));
  if (instance.load_bound) json.Key("loadBound").Number(*instance.load_bound);
  if (instance.latency_tolerance_ms != 0) {
    json.Key("latencyToleranceMs").Int(instance.latency_tolerance_ms);
  }
  if (instance.linked_hubs_max != limits::kLinkedHubsMax) {
    json.Key("linkedHubsMax").Int(instance.linked_hubs_max);
  }
  json.MemberNonempty("serviceOperationsHostName", instance.service_host_name);
  const bool is_signed = !instance.webhook_key.Reveal().empty();
  if (secrets == Secrets::kAll) {
    json.Member("operationKey", Base64Encode(instance.operation_key.Reveal()));
    json.MemberNonempty("latencyTableEtag", instance.latency_table_etag);
    if (is_signed) {
      json.Member("webhookKey", Base64Encode(instance.webhook_key.Reveal()));
    }
  } else if (is_signed) {
    json.Key("webhookSigned").Bool(true);
  }
  json.MemberNonempty("etag", instance.etag_text);
  WriteTimes(json, instance.created, instance.last_updated);
  return json.EndObject().Take();
}

namespace {

Status ApplyLoadBound(JsonView object, std::optional<double>& load_bound) {
  const auto bound =
      object.OptionalNumber("loadBound", 0, limits::kLoadBoundMax);
  if (!bound || (*bound && **bound > 0 && **bound < 1)) {
    return Fail(Errc::kInvalidArgument,
                "loadBound must be 0 (none) or a number from 1 to 100");
  }
  if (!*bound) return {};
  load_bound = **bound > 0 ? *bound : std::nullopt;
  return {};
}

// HubName knows what a host name is.
Status ApplyServiceHostName(JsonView object, std::string& host) {
  DPS_TRY(const auto text, object.OptionalString("serviceOperationsHostName"));
  if (!text) return {};
  if (text->empty()) {
    host.clear();
    return {};
  }
  const auto name = HubName::Parse(*text);
  if (!name) {
    return Fail(Errc::kInvalidArgument,
                "serviceOperationsHostName must be a host name like "
                "dps.example.com, or empty for none");
  }
  host = name->text();
  return {};
}

Status ApplyWebhookKey(JsonView object, SecretBytes& webhook_key) {
  DPS_TRY(const auto text, object.OptionalString("webhookKey"));
  if (!text) return {};
  webhook_key = {};
  if (text->empty()) return {};
  auto key = ParseWebhookKey(*text);
  if (!key) {
    return Fail(
        Errc::kInvalidArgument,
        "webhookKey must be base64 of 24 to 64 bytes, or empty for none");
  }
  webhook_key = *std::move(key);
  return {};
}

}  // namespace

Status ApplySettings(JsonView object, Instance& instance) {
  DPS_TRY(const auto policy, object.OptionalString("allocationPolicy"));
  if (policy) {
    DPS_TRY(instance.allocation_policy, ParseAllocationPolicy(*policy));
  }
  if (instance.allocation_policy == AllocationPolicy::kCustom) {
    return Fail(Errc::kInvalidArgument,
                "allocationPolicy custom is for enrollments, which name the "
                "webhook; an instance's default is hashed, geoLatency or "
                "static");
  }
  DPS_CHECK(ApplyLoadBound(object, instance.load_bound));
  DPS_TRY(const auto tolerance,
          object.OptionalInt("latencyToleranceMs", 0,
                             limits::kLatencyToleranceMaxMs));
  instance.latency_tolerance_ms =
      static_cast<int>(tolerance.value_or(instance.latency_tolerance_ms));
  DPS_TRY(const auto hubs,
          object.OptionalInt("linkedHubsMax", 1, limits::kLinkedHubsMax));
  instance.linked_hubs_max =
      static_cast<int>(hubs.value_or(instance.linked_hubs_max));
  DPS_CHECK(ApplyServiceHostName(object, instance.service_host_name));
  return ApplyWebhookKey(object, instance.webhook_key);
}

Result<Instance> ParseInstance(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string name, object.String("name"));
  DPS_CHECK(CheckInstanceName(name));
  DPS_TRY(const std::string scope_text, object.String("idScope"));
  DPS_TRY(const IdScope id_scope, IdScope::Parse(scope_text));
  Instance instance{.name = name, .id_scope = id_scope};
  DPS_CHECK(object.String("allocationPolicy"));
  DPS_CHECK(ApplySettings(object, instance));
  DPS_TRY(const std::string key_text, object.String("operationKey"));
  DPS_TRY(instance.operation_key, Base64Decode(key_text));
  for (const auto& [member, target] :
       {std::pair{"latencyTableEtag", &instance.latency_table_etag},
        {"etag", &instance.etag_text}}) {
    DPS_TRY(const auto text, object.OptionalString(member));
    *target = text.value_or("");
  }
  DPS_TRY(instance.created, ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(instance.last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return instance;
}

}  // namespace dps
