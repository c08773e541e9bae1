// SPDX-License-Identifier: Apache-2.0
#include "core/base/csv.h"

#include <utility>

namespace dps {
namespace {

// A byte order mark, as spreadsheets write it.
constexpr std::string_view kUtf8Signature = "\xef\xbb\xbf";

}  // namespace

tl::unexpected<Error> CsvParser::Bad(const std::string& what) const {
  return Fail(Errc::kInvalidArgument,
              "line " + std::to_string(line_) + ": " + what);
}

Status CsvParser::Push(std::string_view bytes) {
  for (; at_start_ && !bytes.empty(); bytes.remove_prefix(1)) {
    if (bytes.front() != kUtf8Signature[mark_bytes_]) {
      at_start_ = false;
      for (const char c : kUtf8Signature.substr(0, mark_bytes_)) {
        DPS_CHECK(PushByte(c));
      }
      break;
    }
    at_start_ = ++mark_bytes_ < kUtf8Signature.size();
  }
  for (const char c : bytes) DPS_CHECK(PushByte(c));
  return {};
}

Status CsvParser::PushByte(char c) {
  if (c == '\0') return Bad("there is a zero byte");
  if (state_ == State::kReturn && c != '\n') {
    return Bad("a carriage return without a line feed");
  }
  const bool separates = c == ',' || c == '\r' || c == '\n';
  switch (state_) {
    case State::kQuoted:
      if (c == '\n') ++line_;
      if (c != '"') return Append(c);
      state_ = State::kQuoteInQuoted;
      return {};
    case State::kQuoteInQuoted:
      if (separates) return Separate(c);
      if (c != '"') return Bad("text behind a quoted field");
      state_ = State::kQuoted;
      return Append(c);
    case State::kFieldStart:
      if (c == '"') {
        quoted_ = true;
        state_ = State::kQuoted;
        return {};
      }
      break;
    case State::kPlain:
    case State::kReturn:
      break;
  }
  if (separates) return Separate(c);
  if (c == '"') return Bad("a quote within a field that has none around it");
  state_ = State::kPlain;
  return Append(c);
}

Status CsvParser::Separate(char c) {
  if (c == '\r') {
    state_ = State::kReturn;
    return {};
  }
  DPS_CHECK(EndField());
  state_ = State::kFieldStart;
  if (c == ',') return {};
  EndRecord();
  record_.line = ++line_;
  return {};
}

Status CsvParser::Append(char c) {
  if (++bytes_ > kRecordBytesMax) {
    return Fail(Errc::kTooLarge,
                "the record of line " + std::to_string(record_.line) +
                    " is larger than " + std::to_string(kRecordBytesMax) +
                    " bytes");
  }
  field_ += c;
  return {};
}

Status CsvParser::EndField() {
  if (record_.fields.size() == kFieldsMax) {
    return Fail(Errc::kTooLarge, "line " + std::to_string(line_) +
                                     " has more than " +
                                     std::to_string(kFieldsMax) + " fields");
  }
  record_.fields.push_back(std::exchange(field_, ""));
  return {};
}

void CsvParser::EndRecord() {
  const bool is_empty =
      !quoted_ && record_.fields.size() == 1 && record_.fields[0].empty();
  if (!is_empty) whole_.push_back(std::exchange(record_, {}));
  record_ = {};
  bytes_ = 0;
  quoted_ = false;
}

Status CsvParser::End() {
  if (at_start_) {
    at_start_ = false;
    for (const char c : kUtf8Signature.substr(0, mark_bytes_)) {
      DPS_CHECK(PushByte(c));
    }
  }
  if (state_ == State::kQuoted) {
    return Fail(Errc::kInvalidArgument, "line " + std::to_string(record_.line) +
                                            ": a quoted field is not closed");
  }
  if (state_ == State::kReturn) {
    return Bad("a carriage return without a line feed");
  }
  if (state_ == State::kFieldStart && record_.fields.empty()) return {};
  return Separate('\n');
}

std::optional<CsvRecord> CsvParser::Take() {
  if (whole_.empty()) return std::nullopt;
  CsvRecord record = std::move(whole_.front());
  whole_.pop_front();
  return record;
}

std::string CsvLine(std::span<const std::string> fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != fields.data()) line += ',';
    // An empty line would be no record.
    const bool is_quoted = field.find_first_of(",\"\r\n") != field.npos ||
                           (fields.size() == 1 && field.empty());
    if (!is_quoted) {
      line += field;
      continue;
    }
    line += '"';
    for (const char c : field) line += c == '"' ? "\"\"" : std::string(1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace dps
