// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/row_source.h"

#include <algorithm>
#include <utility>

#include "core/base/csv.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

// A byte order mark, as some editors put it first.
constexpr std::string_view kMark = "\xef\xbb\xbf";

// A line of JSON each.
class NdjsonRows final : public RowSource {
 public:
  explicit NdjsonRows(InputStream file) : file_(std::move(file)) {}

  [[nodiscard]] Result<std::optional<SourceRow>> Next() override {
    for (;;) {
      DPS_TRY(const bool any, ReadLine());
      if (!any) return std::nullopt;
      if (line_ == 1 && text_.starts_with(kMark)) text_.erase(0, kMark.size());
      if (is_too_long_) {
        return SourceRow{
            line_, Fail(Errc::kTooLarge,
                        "the row is larger than " +
                            std::to_string(limits::kDocumentMax) + " bytes")};
      }
      if (text_.find_first_not_of(" \t\r") != text_.npos) {
        return SourceRow{line_, std::move(text_)};
      }
    }
  }

 private:
  // The next line into text_; false at the end.
  [[nodiscard]] Result<bool> ReadLine() {
    text_.clear();
    is_too_long_ = false;
    bool any = false;
    for (;;) {
      if (rest_.empty()) {
        DPS_TRY(rest_, file_.Read());
        if (rest_.empty()) break;
      }
      any = true;
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      Append(rest_.substr(0, end));
      const bool is_whole = end < rest_.size();
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      if (is_whole) break;
    }
    if (any) ++line_;
    return any;
  }

  void Append(std::string_view bytes) {
    is_too_long_ =
        is_too_long_ || text_.size() + bytes.size() > limits::kDocumentMax;
    if (!is_too_long_) text_ += bytes;
  }

  InputStream file_;
  std::string_view rest_;  // of the piece read last
  std::string text_;
  bool is_too_long_ = false;
  std::size_t line_ = 0;
};

class CsvRows final : public RowSource {
 public:
  CsvRows(EnrollmentTable table, InputStream file)
      : table_(table), file_(std::move(file)) {}

  [[nodiscard]] Result<std::optional<SourceRow>> Next() override {
    if (!columns_) {
      DPS_TRY(const auto header, ReadRecord());
      if (!header) {
        return Fail(Errc::kInvalidArgument,
                    "the file is empty; its first line must name the columns");
      }
      DPS_TRY(columns_, EnrollmentColumns::OfHeader(table_, header->fields));
    }
    DPS_TRY(const auto record, ReadRecord());
    if (!record) return std::nullopt;
    auto document = columns_->ToDocument(record->fields);
    if (document && document->size() > limits::kDocumentMax) {
      document = Fail(Errc::kTooLarge, "the row is too long");
    }
    return SourceRow{record->line, std::move(document)};
  }

 private:
  [[nodiscard]] Result<std::optional<CsvRecord>> ReadRecord() {
    for (;;) {
      if (auto record = parser_.Take()) return record;
      if (is_end_) return std::nullopt;
      DPS_TRY(const std::string_view piece, file_.Read());
      is_end_ = piece.empty();
      DPS_CHECK(is_end_ ? parser_.End() : parser_.Push(piece));
    }
  }

  const EnrollmentTable table_;
  InputStream file_;
  CsvParser parser_;
  std::optional<EnrollmentColumns> columns_;
  bool is_end_ = false;
};

}  // namespace

RowFormat RowFormatOf(const std::optional<std::string>& format,
                      const std::string& path) {
  const bool is_csv =
      format ? *format == "csv" : AsciiLower(path).ends_with(".csv");
  return is_csv ? RowFormat::kCsv : RowFormat::kNdjson;
}

std::unique_ptr<RowSource> MakeRowSource(RowFormat format,
                                         EnrollmentTable table,
                                         InputStream file) {
  if (format == RowFormat::kCsv) {
    return std::make_unique<CsvRows>(table, std::move(file));
  }
  return std::make_unique<NdjsonRows>(std::move(file));
}

}  // namespace dps
