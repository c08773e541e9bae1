// SPDX-License-Identifier: Apache-2.0
#include "core/model/allocation_policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::array kPolicyWords = {
    std::pair{AllocationPolicy::kHashed, "hashed"},
    std::pair{AllocationPolicy::kGeoLatency, "geoLatency"},
    std::pair{AllocationPolicy::kStatic, "static"},
    std::pair{AllocationPolicy::kCustom, "custom"},
};

constexpr bool IsVisible(char c) { return c > ' ' && c <= '~'; }

Status CheckLength(std::string_view name, const std::string& text,
                   std::size_t max) {
  if (text.size() <= max) return {};
  return Fail(Errc::kInvalidArgument, std::string(name) + " is longer than " +
                                          std::to_string(max) + " bytes");
}

}  // namespace

Result<AllocationPolicy> ParseAllocationPolicy(std::string_view text) {
  for (const auto& [policy, word] : kPolicyWords) {
    if (EqualsIgnoreCase(text, word)) return policy;
  }
  return Fail(Errc::kInvalidArgument,
              "allocationPolicy must be hashed, geoLatency, static or custom");
}

std::string_view ToText(AllocationPolicy policy) {
  for (const auto& [value, word] : kPolicyWords) {
    if (value == policy) return word;
  }
  return "";
}

Result<std::optional<CustomAllocation>> ParseCustomAllocation(
    JsonView enrollment) {
  DPS_TRY(const auto object,
          enrollment.OptionalObject("customAllocationDefinition"));
  if (!object) return std::nullopt;
  DPS_TRY(const auto url, object->OptionalString("webhookUrl"));
  DPS_TRY(const auto version, object->OptionalString("apiVersion"));
  CustomAllocation custom{.webhook_url = url.value_or(""),
                          .api_version = version.value_or("")};
  if (custom == CustomAllocation{}) return std::nullopt;
  if (custom.webhook_url.empty() || custom.api_version.empty()) {
    return Fail(Errc::kInvalidArgument,
                "customAllocationDefinition needs webhookUrl and apiVersion");
  }
  DPS_CHECK(
      CheckLength("webhookUrl", custom.webhook_url, limits::kWebhookUrlMax));
  DPS_CHECK(CheckLength("apiVersion", custom.api_version,
                        limits::kWebhookApiVersionMax));
  if (!std::ranges::all_of(custom.api_version, IsVisible)) {
    return Fail(Errc::kInvalidArgument,
                "apiVersion must be of visible ASCII characters");
  }
  return custom;
}

void WriteCustomAllocation(JsonWriter& json, const CustomAllocation& custom) {
  json.Key("customAllocationDefinition").StartObject();
  json.Member("webhookUrl", custom.webhook_url);
  json.Member("apiVersion", custom.api_version).EndObject();
}

}  // namespace dps
