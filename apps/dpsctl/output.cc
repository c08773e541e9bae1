// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/output.h"

#include <algorithm>
#include <cstdio>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

// A stored document, its registration state and the array around them.
constexpr int kDepthMax = limits::kJsonDepthMax + 3;
constexpr std::size_t kCellMax = 80;

char Closing(char opening) {
  if (opening == '{') return '}';
  return opening == '[' ? ']' : '\0';
}

std::string Text(JsonView row, const Column& column) {
  if (column.cell != nullptr) return column.cell(row);
  const auto value = row.Find(column.name);
  if (!value) return "";
  if (auto text = value->AsString()) return *std::move(text);
  const auto items = row.OptionalStrings(column.name);
  if (!items) return value->Text();
  std::string text;
  for (const std::string& item : *items)
    text += (text.empty() ? "" : " ") + item;
  return text;
}

std::vector<std::string> Cells(JsonView row,
                               const std::vector<Column>& columns) {
  std::vector<std::string> cells;
  for (const Column& column : columns) {
    const std::string text = Text(row, column);
    const bool is_last = cells.size() + 1 == columns.size();
    cells.push_back(Printable(text, is_last ? text.size() : kCellMax));
  }
  return cells;
}

std::vector<std::size_t> Widths(
    const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines[0].size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  return widths;
}

std::string Join(const std::vector<std::string>& cells,
                 const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i] + std::string(widths[i] - cells[i].size() + 2, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

Status Write(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      std::fflush(stdout) != 0) {
    return Fail(Errc::kUnavailable, "the answer could not be written");
  }
  return {};
}

}  // namespace

Result<Rows> Rows::Parse(std::string_view json) {
  const bool one = json.starts_with('{');
  const std::string text = one ? "{\"rows\":[" + std::string(json) + "]}"
                               : "{\"rows\":" + std::string(json) + "}";
  DPS_TRY(JsonDocument document, JsonDocument::ParseObject(text, kDepthMax));
  DPS_TRY(auto items, document.root().OptionalArray("rows"));
  if (!std::ranges::all_of(items, &JsonView::IsObject)) {
    return Fail(Errc::kInvalidArgument, "a row is not a JSON object");
  }
  return Rows(std::move(document), std::move(items));
}

std::string Indent(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] { out += "\n" + std::string(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string || c == '"') {
      out += c;
      if (in_string && c == '\\') out += json[++i];
      if (c == '"') in_string = !in_string;
    } else if ((c == '{' || c == '[') && json[i + 1] != Closing(c)) {
      out += c;
      ++depth;
      new_line();
    } else if ((c == '}' || c == ']') && c != Closing(json[i - 1])) {
      --depth;
      new_line();
      out += c;
    } else if (c == ',') {
      out += c;
      new_line();
    } else {
      out += c;
      if (c == ':') out += ' ';
    }
  }
  return out;
}

Result<std::string> Table(std::string_view json,
                          const std::vector<Column>& columns) {
  DPS_TRY(const Rows rows, Rows::Parse(json));
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns) lines[0].push_back(column.name);
  for (const JsonView row : rows.items()) lines.push_back(Cells(row, columns));
  const auto widths = Widths(lines);
  std::vector<std::string> rule;
  rule.reserve(widths.size());
  for (const std::size_t width : widths) rule.emplace_back(width, '-');
  lines.insert(lines.begin() + 1, rule);
  std::string table;
  for (const auto& line : lines) table += Join(line, widths);
  return table;
}

Status Print(const Arguments& arguments, std::string_view json,
             const std::vector<Column>& columns) {
  if (arguments.output == "json") return Write(Indent(json) + "\n");
  DPS_TRY(const std::string table, Table(json, columns));
  return Write(table);
}

Status PrintText(const Arguments& arguments, const std::string& text) {
  JsonWriter json;
  return Write((arguments.output == "json" ? json.String(text).Take() : text) +
               "\n");
}

Status PrintRaw(const std::string& text) { return Write(text); }

void PrintNote(const std::string& text) {
  static_cast<void>(std::fprintf(stderr, "dpsctl: %s\n", text.c_str()));
}

}  // namespace dps
