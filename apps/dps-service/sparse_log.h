// SPDX-License-Identifier: Apache-2.0
// A log for what strangers cause: they must not fill the disk with it.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

#include "core/base/log.h"
#include "core/base/rate_window.h"

namespace dps {

// Passes so many lines on in each window; the next one that is passed on says
// how many were left out. Thread-safe.
class SparseLog {
 public:
  static constexpr std::size_t kLinesMax = 50;
  static constexpr std::chrono::seconds kWindow{10};

  explicit SparseLog(Log& log) : log_(log) {}

  void Write(LogLevel level, std::string line) {
    const std::lock_guard lock(mutex_);
    if (!window_.Admit(std::chrono::steady_clock::now())) {
      ++left_out_;
      return;
    }
    if (left_out_ > 0) {
      line += " (" + std::to_string(left_out_) + " lines left out before)";
      left_out_ = 0;
    }
    log_.Write(level, line);
  }

 private:
  Log& log_;
  std::mutex mutex_;
  RateWindow window_{kLinesMax, kWindow};  // under mutex_
  std::size_t left_out_ = 0;               // under mutex_
};

}  // namespace dps
