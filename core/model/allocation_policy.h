// SPDX-License-Identifier: Apache-2.0
// How an instance or an enrollment wants hubs to be chosen (service-api
// section 3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/base/result.h"

namespace dps {

enum class AllocationPolicy { kHashed, kGeoLatency, kStatic, kCustom };

// `hashed`, `geoLatency`, `static`, `custom`, in any letter case. Errors:
// kInvalidArgument.
[[nodiscard]] Result<AllocationPolicy> ParseAllocationPolicy(
    std::string_view text);
std::string_view ToText(AllocationPolicy policy);

// Where policy custom asks. Whoever has the URL can ask, too: its query holds
// the key.
struct CustomAllocation {
  std::string webhook_url;
  std::string api_version;  // of the contract, as the operator knows it

  friend bool operator==(const CustomAllocation&,
                         const CustomAllocation&) = default;
};

// Member `customAllocationDefinition` {"webhookUrl","apiVersion"} of
// `enrollment`; an empty one counts as absent. Whether the URL is one is not
// looked at. Errors: kInvalidArgument.
[[nodiscard]] Result<std::optional<CustomAllocation>> ParseCustomAllocation(
    JsonView enrollment);
void WriteCustomAllocation(JsonWriter& json, const CustomAllocation& custom);

}  // namespace dps
