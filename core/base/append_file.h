// SPDX-License-Identifier: Apache-2.0
// A file that lines are added to, by several processes and under rotation.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// Opened for each line: whoever moves the file away (logrotate) finds the next
// line in a new one, and needs to tell nobody. Thread-safe; waits for the disk,
// so never on the broker's thread. Errors of all calls: kUnavailable, naming
// the file.
class AppendFile {
 public:
  explicit AppendFile(std::string path) : path_(std::move(path)) {}

  // Makes the file if it is missing, readable for its owner only, and reserves
  // room for a line or more where the file system can.
  [[nodiscard]] Status CheckWritable() const;
  // `line` has no line end. Lines of several processes do not mix.
  [[nodiscard]] Status Append(std::string_view line) const;

 private:
  const std::string path_;
};

}  // namespace dps
