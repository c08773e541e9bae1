// SPDX-License-Identifier: Apache-2.0
#include "core/model/linked_hub.h"

#include "core/base/limits.h"
#include "core/model/json_times.h"

namespace dps {

std::string ToJson(const LinkedHub& hub) {
  JsonWriter json;
  json.StartObject();
  json.Member("name", hub.name.text());
  json.Key("allocationWeight").Int(hub.allocation_weight);
  json.Key("applyAllocationPolicy").Bool(hub.apply_allocation_policy);
  json.MemberNonempty("etag", hub.etag_text);
  WriteTimes(json, hub.created, hub.last_updated);
  return json.EndObject().Take();
}

Result<LinkedHub> ParseLinkedHub(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string name_text, object.String("name"));
  DPS_TRY(const HubName name, HubName::Parse(name_text));
  DPS_TRY(const auto weight,
          object.OptionalInt("allocationWeight", limits::kAllocationWeightMin,
                             limits::kAllocationWeightMax));
  DPS_TRY(const auto apply, object.OptionalBool("applyAllocationPolicy"));
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  DPS_TRY(const UtcTime created,
          ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(const UtcTime last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return LinkedHub{.name = name,
                   .allocation_weight = static_cast<int>(weight.value_or(1)),
                   .apply_allocation_policy = apply.value_or(true),
                   .etag_text = etag.value_or(""),
                   .created = created,
                   .last_updated = last_updated};
}

}  // namespace dps
