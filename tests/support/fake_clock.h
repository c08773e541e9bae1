// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until a test moves it.
#pragma once

#include <atomic>

#include "core/base/clock.h"

namespace dps {

inline constexpr UtcTime kNoon =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} +
    std::chrono::hours{12};

class FakeClock final : public Clock {
 public:
  UtcTime Now() const override { return kNoon + passed_.load(); }
  SteadyTime SteadyNow() const override {
    return SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(
        std::chrono::hours(1) + passed_.load()));
  }
  void Advance(std::chrono::nanoseconds by) { passed_ = passed_.load() + by; }

 private:
  std::atomic<std::chrono::nanoseconds> passed_{std::chrono::nanoseconds{0}};
};

}  // namespace dps
