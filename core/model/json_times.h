// SPDX-License-Identifier: Apache-2.0
// The two times every stored document carries, in JSON.
#pragma once

#include <string_view>

#include "core/base/clock.h"
#include "core/base/json.h"

namespace dps {

// The epoch when the member is absent. Errors: kInvalidArgument.
[[nodiscard]] inline Result<UtcTime> ParseOptionalTime(JsonView object,
                                                       std::string_view name) {
  DPS_TRY(const auto text, object.OptionalString(name));
  return text ? ParseUtc(*text) : Result<UtcTime>(UtcTime{});
}

// Writes createdDateTimeUtc and lastUpdatedDateTimeUtc; an epoch is left out.
inline void WriteTimes(JsonWriter& json, UtcTime created,
                       UtcTime last_updated) {
  if (created != UtcTime{}) {
    json.Member("createdDateTimeUtc", FormatUtc(created));
  }
  if (last_updated != UtcTime{}) {
    json.Member("lastUpdatedDateTimeUtc", FormatUtc(last_updated));
  }
}

}  // namespace dps
