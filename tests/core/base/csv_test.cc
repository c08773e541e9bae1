// SPDX-License-Identifier: Apache-2.0
#include "core/base/csv.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

using CsvFields = std::vector<std::string>;

// All records, the text pushed in pieces of that size; nullopt if refused.
std::optional<std::vector<CsvRecord>> Records(std::string_view text,
                                              std::size_t piece = 1) {
  CsvParser parser;
  std::vector<CsvRecord> records;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!parser.Push(text.substr(at, piece))) return std::nullopt;
    while (auto record = parser.Take()) records.push_back(*std::move(record));
  }
  if (!parser.End()) return std::nullopt;
  while (auto record = parser.Take()) records.push_back(*std::move(record));
  return records;
}

std::string RefusalOfCsv(std::string_view text) {
  CsvParser parser;
  const Status pushed = parser.Push(text);
  const Status ended = pushed ? parser.End() : pushed;
  REQUIRE_FALSE(ended);
  return ended.error().message;
}

}  // namespace

TEST_CASE("csv: records are read the same in pieces of any size") {
  const std::string text =
      "a,b,c\r\n\"x, \"\"y\"\"\",,\"two\r\nlines\"\nlast,1,";
  const std::vector<CsvRecord> wanted = {{1, {"a", "b", "c"}},
                                         {2, {"x, \"y\"", "", "two\r\nlines"}},
                                         {4, {"last", "1", ""}}};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    CHECK(Records(text, piece) == wanted);
  }
}

TEST_CASE("csv: a byte order mark and empty lines are no part of it") {
  CHECK(Records("\xef\xbb\xbf"
                "a\n\n\r\nb\n\n") ==
        std::vector<CsvRecord>{{1, {"a"}}, {4, {"b"}}});
  CHECK(Records("\xef\xbb"
                "a")
            ->at(0)
            .fields == CsvFields{"\xef\xbb"
                                 "a"});
  CHECK(Records("\xef\xbb")->at(0).fields == CsvFields{"\xef\xbb"});
  CHECK(Records("") == std::vector<CsvRecord>{});
  CHECK(Records("\"\"\n")->size() == 1);
  CHECK(Records(",")->at(0).fields == CsvFields{"", ""});
}

TEST_CASE("csv: what is out of place is refused and its line is named") {
  CHECK(RefusalOfCsv("a\nb\"c\n") ==
        "line 2: a quote within a field that has none around it");
  CHECK(RefusalOfCsv("\"a\"b\n") == "line 1: text behind a quoted field");
  CHECK(RefusalOfCsv("a\n\n\"b\nc") == "line 3: a quoted field is not closed");
  CHECK(RefusalOfCsv("a\rb") ==
        "line 1: a carriage return without a line feed");
  CHECK(RefusalOfCsv("a\r") == "line 1: a carriage return without a line feed");
  CHECK(RefusalOfCsv(std::string_view("a\n\0", 3)) ==
        "line 2: there is a zero byte");
}

TEST_CASE("csv: a record without an end takes no more than so much memory") {
  CHECK(RefusalOfCsv("a\n\"" + std::string(CsvParser::kRecordBytesMax + 1, 'x'))
            .starts_with("the record of line 2 is larger"));
  CHECK(RefusalOfCsv(std::string(CsvParser::kFieldsMax, ',') + "\n") ==
        "line 1 has more than 256 fields");
}

TEST_CASE("csv: a written line is read as it was") {
  for (const CsvFields& fields :
       {CsvFields{"a", "b"}, CsvFields{""}, CsvFields{"", ""},
        CsvFields{"a,b", "\"", "\r", "\n\n", " c "}, CsvFields{"\"\"\""}}) {
    const std::string line = CsvLine(fields);
    const auto records = Records(line);
    REQUIRE(records);
    CHECK(*records == std::vector<CsvRecord>{{1, fields}});
  }
  CHECK(CsvLine(CsvFields{"a b", "c,d"}) == "a b,\"c,d\"\r\n");
}

}  // namespace dps
