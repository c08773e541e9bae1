// SPDX-License-Identifier: Apache-2.0
// Comma-separated values, strictly as RFC 4180 has them, piece by piece.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace dps {

struct CsvRecord {
  std::size_t line = 0;  // it begins on, counted from 1
  std::vector<std::string> fields;

  friend bool operator==(const CsvRecord&, const CsvRecord&) = default;
};

// Lines end with CR LF or LF alone; a quote may stand only around a whole
// field, and twice within it. Forgiven: a byte order mark at the start, and
// empty lines, which are no records. Belongs to one thread.
class CsvParser {
 public:
  static constexpr std::size_t kRecordBytesMax = std::size_t{1024} * 1024;
  static constexpr std::size_t kFieldsMax = 256;

  // More of the text. Errors, after which nothing more can be had:
  // kInvalidArgument naming the line (a quote out of place, a lone CR, a zero
  // byte), kTooLarge.
  [[nodiscard]] Status Push(std::string_view bytes);
  // There is no more. Errors: the same; a quote that was not closed.
  [[nodiscard]] Status End();

  // The next record that is whole; nullopt if there is none yet.
  std::optional<CsvRecord> Take();

 private:
  enum class State { kFieldStart, kPlain, kQuoted, kQuoteInQuoted, kReturn };

  [[nodiscard]] Status PushByte(char c);
  [[nodiscard]] Status Separate(char c);
  [[nodiscard]] Status Append(char c);
  [[nodiscard]] Status EndField();
  void EndRecord();
  tl::unexpected<Error> Bad(const std::string& what) const;

  State state_ = State::kFieldStart;
  std::size_t line_ = 1;
  std::size_t bytes_ = 0;       // of the record under way
  std::size_t mark_bytes_ = 0;  // of a byte order mark, while it may be one
  bool at_start_ = true;
  bool quoted_ = false;  // the field, or one before it in the record
  std::string field_;
  CsvRecord record_{.line = 1, .fields = {}};
  std::deque<CsvRecord> whole_;
};

// A record as a line, CR LF at its end; fields are quoted where they must be.
// Pure. REQUIRES: no field holds a zero byte.
std::string CsvLine(std::span<const std::string> fields);

}  // namespace dps
