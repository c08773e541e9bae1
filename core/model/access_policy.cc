// SPDX-License-Identifier: Apache-2.0
#include "core/model/access_policy.h"

#include <algorithm>
#include <array>

#include "core/base/text.h"
#include "core/model/attestation.h"
#include "core/model/json_times.h"
#include "core/model/words.h"

namespace dps {
namespace {

constexpr std::array kRights = {
    Word{AccessRight::kServiceConfig, "ServiceConfig"},
    Word{AccessRight::kEnrollmentRead, "EnrollmentRead"},
    Word{AccessRight::kEnrollmentWrite, "EnrollmentWrite"},
    Word{AccessRight::kRegistrationStatusRead, "RegistrationStatusRead"},
    Word{AccessRight::kRegistrationStatusWrite, "RegistrationStatusWrite"},
    Word{AccessRight::kDeviceConnect, "DeviceConnect"},
};

Result<AccessRight> ParseRight(std::string_view text) {
  for (const auto& [right, name] : kRights) {
    if (EqualsIgnoreCase(name, text)) return right;
  }
  std::string names;
  for (const auto& [right, name] : kRights) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return Fail(Errc::kInvalidArgument, "there is no right \"" + Printable(text) +
                                          "\"; they are " + names);
}

}  // namespace

std::string_view ToText(AccessRight right) { return TextOf(kRights, right); }

AccessRights AccessRights::All() {
  AccessRights rights;
  for (const auto& [right, name] : kRights) rights.Add(right);
  return rights;
}

Result<AccessRights> AccessRights::Parse(std::string_view text) {
  constexpr std::string_view kSeparators = ", ";
  AccessRights rights;
  while (true) {
    text.remove_prefix(
        std::min(text.find_first_not_of(kSeparators), text.size()));
    if (text.empty()) break;
    const std::string_view name =
        text.substr(0, text.find_first_of(kSeparators));
    DPS_TRY(const AccessRight right, ParseRight(name));
    rights.Add(right);
    text.remove_prefix(name.size());
  }
  if (rights == AccessRights()) {
    return Fail(Errc::kInvalidArgument, "rights must name one right at least");
  }
  return rights;
}

bool AccessRights::Holds(AccessRight right) const {
  const auto has = [this](AccessRight one) {
    return (bits_ & static_cast<unsigned>(one)) != 0;
  };
  if (right == AccessRight::kEnrollmentRead &&
      has(AccessRight::kEnrollmentWrite)) {
    return true;
  }
  if (right == AccessRight::kRegistrationStatusRead &&
      has(AccessRight::kRegistrationStatusWrite)) {
    return true;
  }
  return has(right);
}

std::string AccessRights::Text() const {
  std::string text;
  for (const auto& [right, name] : kRights) {
    if ((bits_ & static_cast<unsigned>(right)) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

std::string ToJson(const AccessPolicy& policy, Secrets secrets) {
  JsonWriter json;
  json.StartObject();
  json.Member("keyName", policy.name.text());
  if (secrets != Secrets::kHide) {
    json.Member("primaryKey", Base64Encode(policy.primary_key.Reveal()));
    json.Member("secondaryKey", Base64Encode(policy.secondary_key.Reveal()));
  }
  json.Member("rights", policy.rights.Text());
  json.MemberNonempty("etag", policy.etag_text);
  WriteTimes(json, policy.created, policy.last_updated);
  return json.EndObject().Take();
}

Result<AccessPolicy> ParseAccessPolicy(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string name_text, object.String("keyName"));
  DPS_TRY(const AccessPolicyName name, AccessPolicyName::Parse(name_text));
  AccessPolicy policy{.name = name};
  DPS_TRY(const std::string rights, object.String("rights"));
  DPS_TRY(policy.rights, AccessRights::Parse(rights));
  DPS_TRY(policy.primary_key, ParseOptionalKey(object, "primaryKey"));
  DPS_TRY(policy.secondary_key, ParseOptionalKey(object, "secondaryKey"));
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  policy.etag_text = etag.value_or("");
  DPS_TRY(policy.created, ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(policy.last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return policy;
}

}  // namespace dps
