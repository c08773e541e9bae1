// SPDX-License-Identifier: Apache-2.0
// A sliding window: at most so many events in so long.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

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
    while (!admitted_.empty() && now - admitted_.front() >= window_) {
      admitted_.pop_front();
    }
    if (admitted_.size() >= max_) return false;
    admitted_.push_back(now);
    return true;
  }

 private:
  std::size_t max_;
  std::chrono::seconds window_;
  std::deque<SteadyTime> admitted_;
};

}  // namespace dps
