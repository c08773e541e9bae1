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

// A column for each member name; of an array the items with blanks between.
// Bytes that could move a terminal's cursor are escaped. Pure.
// Errors: those of Rows::Parse.
[[nodiscard]] Result<std::string> Table(
    std::string_view json, const std::vector<std::string>& members);

// Prints an object or array as --output says. Errors: kUnavailable (it could
// not be written), those of Rows::Parse.
[[nodiscard]] Status Print(const Arguments& arguments, std::string_view json,
                           const std::vector<std::string>& members);

// Prints one value: a JSON string, or bare for --output table. Errors:
// kUnavailable (it could not be written).
[[nodiscard]] Status PrintText(const Arguments& arguments,
                               const std::string& text);

// A line for people on stderr.
void PrintNote(const std::string& text);

}  // namespace dps
