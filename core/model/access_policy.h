// SPDX-License-Identifier: Apache-2.0
// A shared access policy: who knows one of its keys may do what its rights say
// with its instance (service-api sections 1.4 and 7.2).
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/model/attestation.h"
#include "core/model/ids.h"

namespace dps {

enum class AccessRight : unsigned {
  kServiceConfig = 1U << 0U,
  kEnrollmentRead = 1U << 1U,
  kEnrollmentWrite = 1U << 2U,
  kRegistrationStatusRead = 1U << 3U,
  kRegistrationStatusWrite = 1U << 4U,
  kDeviceConnect = 1U << 5U,
};
std::string_view ToText(AccessRight right);

// A set of them. To write implies to read: the clients that Azure's own tools
// pick by EnrollmentWrite read with the same key.
class AccessRights {
 public:
  AccessRights() = default;
  static AccessRights All();
  // `ServiceConfig, EnrollmentRead`: one or more names with commas or blanks
  // between them, in any letter case. Errors: kInvalidArgument.
  [[nodiscard]] static Result<AccessRights> Parse(std::string_view text);

  bool Holds(AccessRight right) const;
  // In the order of the enumeration, with ", " between them.
  std::string Text() const;

  friend bool operator==(const AccessRights&, const AccessRights&) = default;

 private:
  void Add(AccessRight right) { bits_ |= static_cast<unsigned>(right); }

  unsigned bits_ = 0;
};

struct AccessPolicy {
  AccessPolicyName name;
  AccessRights rights;
  SecretBytes primary_key;  // raw, 16 to 64 bytes
  SecretBytes secondary_key;

  std::string etag_text;
  UtcTime created{};
  UtcTime last_updated{};

  const std::string& key() const { return name.key(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const AccessPolicy&, const AccessPolicy&) = default;
};

// What every new instance has, with all rights, as Azure's have.
inline constexpr std::string_view kOwnerPolicy = "provisioningserviceowner";

// `{"keyName","primaryKey","secondaryKey","rights","etag",times}`; kHide leaves
// the keys out.
std::string ToJson(const AccessPolicy& policy, Secrets secrets);
// Keys, etag and times may be absent. Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<AccessPolicy> ParseAccessPolicy(std::string_view json);

}  // namespace dps
