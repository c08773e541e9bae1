// SPDX-License-Identifier: Apache-2.0
// Answers on stdout: indented JSON for programs, tables for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/dpsctl/arguments.h"
#include "core/base/json.h"
#include "core/base/result.h"

namespace dps {

// The objects of a JSON array, or of one object alone.
class Rows {
 public:
  // Errors: kMalformedJson, kInvalidArgument.
  [[nodiscard]] static Result<Rows> Parse(std::string_view json);

  // Valid while this lives.
  const std::vector<JsonView>& items() const { return items_; }

 private:
  Rows(JsonDocument document, std::vector<JsonView> items)
      : document_(std::move(document)), items_(std::move(items)) {}

  JsonDocument document_;
  std::vector<JsonView> items_;
};

// `json`, compact, with line breaks and two spaces a level. Pure.
std::string Indent(std::string_view json);

// What a table shows of each row under `name`: the member of that name, of an
// array the items with blanks between; or what `cell` makes of the row.
struct Column {
  // Lists of columns are written as lists of names.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Column(const char* header, std::string (*text_of)(JsonView row) = nullptr)
      : name(header), cell(text_of) {}

  std::string name;
  std::string (*cell)(JsonView row);
};

// A table with these columns. Bytes that could move a terminal's cursor are
// escaped; a long cell is cut, but in the last column. Pure.
// Errors: those of Rows::Parse.
[[nodiscard]] Result<std::string> Table(std::string_view json,
                                        const std::vector<Column>& columns);

// Prints an object or array as --output says. Errors: kUnavailable (it could
// not be written), those of Rows::Parse.
[[nodiscard]] Status Print(const Arguments& arguments, std::string_view json,
                           const std::vector<Column>& columns);

// Prints one value: a JSON string, or bare for --output table. Errors:
// kUnavailable (it could not be written).
[[nodiscard]] Status PrintText(const Arguments& arguments,
                               const std::string& text);

// Prints the text as it is, whatever --output says. Errors: kUnavailable (it
// could not be written).
[[nodiscard]] Status PrintRaw(const std::string& text);

// A line for people on stderr.
void PrintNote(const std::string& text);

}  // namespace dps
