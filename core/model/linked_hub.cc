// SPDX-License-Identifier: Apache-2.0
#include "core/model/linked_hub.h"

#include <utility>
#include <variant>

#include "core/base/limits.h"
#include "core/model/json_times.h"

namespace dps {
namespace {

constexpr double kLatitudeMax = 90;
constexpr double kLongitudeMax = 180;

Result<std::optional<Coordinates>> ParseCoordinates(JsonView object) {
  DPS_TRY(const auto pair, object.OptionalObject("coordinates"));
  if (!pair) return std::nullopt;
  DPS_TRY(const auto latitude,
          pair->OptionalNumber("latitude", -kLatitudeMax, kLatitudeMax));
  DPS_TRY(const auto longitude,
          pair->OptionalNumber("longitude", -kLongitudeMax, kLongitudeMax));
  if (!latitude && !longitude) return std::nullopt;
  if (!latitude || !longitude) {
    return Fail(Errc::kInvalidArgument,
                "coordinates needs latitude and longitude");
  }
  return Coordinates{.latitude = *latitude, .longitude = *longitude};
}

Result<std::string> ParseRegion(JsonView object) {
  DPS_TRY(const auto region, object.OptionalString("region"));
  if (region.value_or("").size() <= limits::kRegionMax) {
    return region.value_or("");
  }
  return Fail(
      Errc::kInvalidArgument,
      "region is longer than " + std::to_string(limits::kRegionMax) + " bytes");
}

Result<ConnectorSettings> ParseOwnConnector(JsonView object,
                                            DocumentSource source) {
  DPS_TRY(const auto connector, object.OptionalObject("connector"));
  if (!connector) return ConnectorSettings();
  return ParseConnector(*connector, source);
}

}  // namespace

bool HasConnector(const LinkedHub& hub) {
  return !std::holds_alternative<NoConnector>(hub.connector);
}

std::string ToJson(const LinkedHub& hub, Secrets secrets) {
  JsonWriter json;
  json.StartObject();
  json.Member("name", hub.name.text());
  json.Key("allocationWeight").Int(hub.allocation_weight);
  json.Key("applyAllocationPolicy").Bool(hub.apply_allocation_policy);
  json.MemberNonempty("region", hub.region);
  if (const auto& at = hub.coordinates) {
    json.Key("coordinates").StartObject();
    json.Key("latitude").Number(at->latitude);
    json.Key("longitude").Number(at->longitude).EndObject();
  }
  if (HasConnector(hub)) {
    json.Key("connector");
    WriteConnector(json, hub.connector, secrets);
  }
  json.MemberNonempty("etag", hub.etag_text);
  WriteTimes(json, hub.created, hub.last_updated);
  return json.EndObject().Take();
}

Result<LinkedHub> ParseLinkedHub(std::string_view json, DocumentSource source) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string name_text, object.String("name"));
  DPS_TRY(const HubName name, HubName::Parse(name_text));
  DPS_TRY(const auto weight,
          object.OptionalInt("allocationWeight", limits::kAllocationWeightMin,
                             limits::kAllocationWeightMax));
  DPS_TRY(const auto apply, object.OptionalBool("applyAllocationPolicy"));
  DPS_TRY(std::string region, ParseRegion(object));
  DPS_TRY(const auto coordinates, ParseCoordinates(object));
  DPS_TRY(ConnectorSettings connector, ParseOwnConnector(object, source));
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  DPS_TRY(const UtcTime created,
          ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(const UtcTime last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return LinkedHub{.name = name,
                   .allocation_weight = static_cast<int>(weight.value_or(1)),
                   .apply_allocation_policy = apply.value_or(true),
                   .region = std::move(region),
                   .coordinates = coordinates,
                   .connector = std::move(connector),
                   .etag_text = etag.value_or(""),
                   .created = created,
                   .last_updated = last_updated};
}

}  // namespace dps
