// SPDX-License-Identifier: Apache-2.0
// An instance's latency table as it is stored; core/allocation/latency_table.h
// reads it.
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace dps {

struct LatencyTableDocument {
  std::string csv;  // `cidr,hub,milliseconds` lines

  std::string etag_text;
  UtcTime created{};
  UtcTime last_updated{};

  // An instance has one at most.
  static const std::string& Key();
  const std::string& key() const { return Key(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const LatencyTableDocument&,
                         const LatencyTableDocument&) = default;
};

// `{"csv","etag",times}`.
std::string ToJson(const LatencyTableDocument& table);
// Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<LatencyTableDocument> ParseLatencyTableDocument(
    std::string_view json);

}  // namespace dps
