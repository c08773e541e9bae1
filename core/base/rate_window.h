// SPDX-License-Identifier: Apache-2.0
// A sliding window: at most so many events in so long.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "core/base/clock.h"

namespace dps {

// Not thread-safe. Refused events do not count.
class RateWindow {
 public:
  // `max` 0 = no limit.
  RateWindow(std::size_t max, std::chrono::seconds window)
      : max_(max), window_(window) {}

  [[nodiscard]] bool Admit(SteadyTime now) {
    if (max_ == 0) return true;
    std::erase_if(admitted_,
                  [&](SteadyTime at) { return now - at >= window_; });
    if (admitted_.size() >= max_) return false;
    admitted_.push_back(now);
    return true;
  }

 private:
  std::size_t max_;
  std::chrono::seconds window_;
  std::vector<SteadyTime> admitted_;  // oldest first, at most max_
};

}  // namespace dps
