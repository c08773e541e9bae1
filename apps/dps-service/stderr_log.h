// SPDX-License-Identifier: Apache-2.0
// The log of a program that runs by itself or under systemd.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/log.h"

namespace dps {

// A line of stderr for each event; under systemd with journald's level before
// it.
class StderrLog final : public Log {
 public:
  void Write(LogLevel level, std::string_view line) override {
    const std::string whole = std::string(has_journal_ ? Prefix(level) : "")
                                  .append(line)
                                  .append("\n");
    // In one call, so that lines of several threads do not mix.
    static_cast<void>(!write(STDERR_FILENO, whole.data(), whole.size()));
  }

 private:
  // systemd.exec(5).
  const bool has_journal_ = std::getenv("JOURNAL_STREAM") != nullptr;

  // sd-daemon(3).
  static std::string_view Prefix(LogLevel level) {
    switch (level) {
      case LogLevel::kInfo:
        return "<6>";
      case LogLevel::kNotice:
        return "<5>";
      case LogLevel::kWarning:
        return "<4>";
      case LogLevel::kError:
        return "<3>";
    }
    return "";
  }
};

}  // namespace dps
