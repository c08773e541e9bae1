// SPDX-License-Identifier: Apache-2.0
// Keeps what was logged.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "core/base/log.h"

namespace dps {

class FakeLog final : public Log {
 public:
  void Write(LogLevel, std::string_view line) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }

  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  bool Holds(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    for (const std::string& line : lines_) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace dps
