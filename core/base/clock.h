// SPDX-License-Identifier: Apache-2.0
// Time: the clock every other part asks, and the wire form of UTC instants.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

using UtcTime = std::chrono::sys_time<std::chrono::nanoseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// Thread-safe. Tests put a FakeClock in its place.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime Now() const = 0;
  // Never goes back; for waits and rate windows, not for records.
  virtual SteadyTime SteadyNow() const = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime Now() const override;
  SteadyTime SteadyNow() const override;
};

// ISO-8601 with seven fraction digits and `Z`, as DPS writes instants
// (device-facing records): `2020-04-10T03:11:13.0276997Z`.
std::string FormatUtc(UtcTime time);

// Reads the form of FormatUtc with 0 to 9 fraction digits, of which the first
// seven count: what was read is equal to itself after being written.
// Errors: kInvalidArgument.
[[nodiscard]] Result<UtcTime> ParseUtc(std::string_view text);

}  // namespace dps
