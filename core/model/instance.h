// SPDX-License-Identifier: Apache-2.0
// A DPS instance: one tenant with its ID scope.
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/model/attestation.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"

namespace dps {

struct Instance {
  // 3 to 51 letters, digits and hyphens, not all digits, no hyphen at either
  // end (service-api section 1.4); compared case-insensitively.
  std::string name;
  IdScope id_scope;
  AllocationPolicy allocation_policy = AllocationPolicy::kHashed;
  // Signs this instance's operation ids (registration/operation_id.h). Never
  // leaves the store.
  SecretBytes operation_key;

  std::string etag_text;
  UtcTime created{};
  UtcTime last_updated{};

  const std::string& key() const { return id_scope.text(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const Instance&, const Instance&) = default;
};

// Errors: kInvalidArgument.
[[nodiscard]] Status CheckInstanceName(std::string_view name);

// `{"name","idScope","allocationPolicy","etag",times}`; kAll is the stored
// form and adds operationKey.
std::string ToJson(const Instance& instance, Secrets secrets);
// Reads the stored form. Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<Instance> ParseInstance(std::string_view json);

}  // namespace dps
