// SPDX-License-Identifier: Apache-2.0
#include "core/model/instance.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/json_times.h"

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
  if (secrets == Secrets::kAll) {
    json.Member("operationKey", Base64Encode(instance.operation_key.Reveal()));
  }
  json.MemberNonempty("etag", instance.etag_text);
  WriteTimes(json, instance.created, instance.last_updated);
  return json.EndObject().Take();
}

Result<Instance> ParseInstance(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string name, object.String("name"));
  DPS_CHECK(CheckInstanceName(name));
  DPS_TRY(const std::string scope_text, object.String("idScope"));
  DPS_TRY(const IdScope id_scope, IdScope::Parse(scope_text));
  DPS_TRY(const std::string policy_text, object.String("allocationPolicy"));
  DPS_TRY(const AllocationPolicy policy, ParseAllocationPolicy(policy_text));
  DPS_TRY(const std::string key_text, object.String("operationKey"));
  DPS_TRY(const SecretBytes operation_key, Base64Decode(key_text));
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  DPS_TRY(const UtcTime created,
          ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(const UtcTime last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return Instance{.name = name,
                  .id_scope = id_scope,
                  .allocation_policy = policy,
                  .operation_key = operation_key,
                  .etag_text = etag.value_or(""),
                  .created = created,
                  .last_updated = last_updated};
}

}  // namespace dps
