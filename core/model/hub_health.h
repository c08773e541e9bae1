// SPDX-License-Identifier: Apache-2.0
// What is known of a linked hub's health, kept in the store for operators.
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

struct HubHealth {
  HubName hub;
  bool healthy = false;
  std::string error;  // why it is not, empty otherwise
  UtcTime since{};    // of the last change of these

  const std::string& key() const { return hub.key(); }
  // Nobody puts it on a condition.
  static const std::string& etag();
  friend bool operator==(const HubHealth&, const HubHealth&) = default;
};

// `{"hub","status":"healthy"|"unhealthy","error","sinceDateTimeUtc"}`.
std::string ToJson(const HubHealth& health);
// Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<HubHealth> ParseHubHealth(std::string_view json);

}  // namespace dps
