// SPDX-License-Identifier: Apache-2.0
// The rows of a file of enrollments, one after the other: NDJSON or CSV.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "apps/dpsctl/file_streams.h"
#include "core/base/result.h"
#include "core/model/enrollment_csv.h"

namespace dps {

// A document as the service API takes it, without line ends.
struct SourceRow {
  std::size_t line = 0;  // of the file, counted from 1
  Result<std::string> document;
};

enum class RowFormat { kNdjson, kCsv };

// `ndjson` or `csv`, as --format says; if it says nothing, as the file's name
// ends.
RowFormat RowFormatOf(const std::optional<std::string>& format,
                      const std::string& path);

class RowSource {
 public:
  virtual ~RowSource() = default;

  // The next row, with an error of its own if it is none; nullopt at the end.
  // Errors: kInvalidArgument, kTooLarge: the rest of the file cannot be read.
  [[nodiscard]] virtual Result<std::optional<SourceRow>> Next() = 0;
};

std::unique_ptr<RowSource> MakeRowSource(RowFormat format,
                                         EnrollmentTable table,
                                         InputStream file);

}  // namespace dps
