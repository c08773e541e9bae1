// SPDX-License-Identifier: Apache-2.0
// The log as the core sees it. One line per event; never a key, a token or
// private data; what a stranger sent goes through Printable() first.
#pragma once

#include <string_view>

namespace dps {

enum class LogLevel { kInfo, kNotice, kWarning, kError };

// Write() may be called from any thread.
class Log {
 public:
  virtual ~Log() = default;
  virtual void Write(LogLevel level, std::string_view line) = 0;
};

}  // namespace dps
