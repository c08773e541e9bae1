// SPDX-License-Identifier: Apache-2.0
// The table's text form.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "core/allocation/latency_table.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kBlanks = " \t";

// Cuts the text up to `separator` off `rest`.
std::string_view CutOff(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return piece;
}

using Fields = std::array<std::string_view, 3>;

std::optional<Fields> Split(std::string_view line) {
  if (std::ranges::count(line, ',') != 2) return std::nullopt;
  Fields fields;
  for (std::string_view& field : fields)
    field = Trim(CutOff(line, ','), kBlanks);
  return fields;
}

bool IsHeader(const Fields& fields) {
  return EqualsIgnoreCase(fields[0], "cidr") &&
         EqualsIgnoreCase(fields[1], "hub") &&
         EqualsIgnoreCase(fields[2], "milliseconds");
}

std::optional<std::int32_t> ParseMicroseconds(std::string_view text) {
  constexpr std::size_t kFractionDigits = 3;
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  std::string fraction;
  if (point != text.npos) {
    fraction = text.substr(point + 1);
    if (fraction.empty()) return std::nullopt;
  }
  if (digits.empty() || fraction.size() > kFractionDigits) return std::nullopt;
  fraction.resize(kFractionDigits, '0');
  const auto value = ParseDecimal(digits + fraction);
  if (!value || *value > limits::kLatencyMicrosecondsMax) return std::nullopt;
  return static_cast<std::int32_t>(*value);
}

std::string At(std::size_t line) {
  return "line " + std::to_string(line) + ": ";
}

}  // namespace

struct LatencyTable::Line {
  IpPrefix prefix;
  HubNumber hub;
  std::int32_t microseconds;
  std::uint32_t number;  // from 1

  auto order() const { return std::tie(prefix, hub, number); }
  bool SameCell(const Line& other) const {
    return hub == other.hub && prefix == other.prefix;
  }
};

// Collects the lines of one text.
class LatencyTable::Reader {
 public:
  [[nodiscard]] Status Read(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text.starts_with(kByteOrderMark)) {
      text.remove_prefix(kByteOrderMark.size());
    }
    for (std::uint32_t number = 1; !text.empty(); ++number) {
      std::string_view line = CutOff(text, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      line = Trim(line, kBlanks);
      if (line.empty() || line.starts_with('#')) continue;
      if (auto read = ReadLine(line, number); !read) {
        return Fail(read.error().code, At(number) + read.error().message);
      }
    }
    return {};
  }

  // Errors: kInvalidArgument (no row; two rows for one prefix and hub).
  [[nodiscard]] Result<LatencyTable> Build() {
    if (lines_.empty()) {
      return Fail(Errc::kInvalidArgument, "the latency table has no row");
    }
    LatencyTable table;
    SortHubs(table);
    std::ranges::sort(lines_, {}, &Line::order);
    const auto twice = std::ranges::adjacent_find(
        lines_, [](const Line& a, const Line& b) { return a.SameCell(b); });
    if (twice != lines_.end()) {
      return Fail(
          Errc::kInvalidArgument,
          At(twice[1].number) + "line " + std::to_string(twice[0].number) +
              " already tells the latency from " + twice->prefix.text() +
              " to " + table.hubs_[twice->hub].text());
    }
    for (const Line& line : lines_) table.Add(line);
    return table;
  }

 private:
  [[nodiscard]] Status ReadLine(std::string_view line, std::uint32_t number) {
    const auto fields = Split(line);
    if (!fields) {
      return Fail(Errc::kInvalidArgument,
                  "'" + Printable(line) + "' is not cidr,hub,milliseconds");
    }
    if (lines_.empty() && IsHeader(*fields)) return {};
    if (lines_.size() == limits::kLatencyRowsMax) {
      return Fail(
          Errc::kTooLarge,
          "more than " + std::to_string(limits::kLatencyRowsMax) + " rows");
    }
    DPS_TRY(const IpPrefix prefix, IpPrefix::Parse((*fields)[0]));
    DPS_TRY(const HubNumber hub, NumberFor((*fields)[1]));
    const auto microseconds = ParseMicroseconds((*fields)[2]);
    if (!microseconds) {
      return Fail(Errc::kInvalidArgument,
                  "'" + Printable((*fields)[2]) +
                      "' is not a number of milliseconds from 0 to 60000 with "
                      "at most three digits behind the point");
    }
    lines_.push_back({prefix, hub, *microseconds, number});
    return {};
  }

  // Numbers go by the order of first mention until SortHubs.
  [[nodiscard]] Result<HubNumber> NumberFor(std::string_view text) {
    const auto known = spellings_.find(text);
    if (known != spellings_.end()) return known->second;
    DPS_TRY(const HubName hub, HubName::Parse(text));
    const auto next = static_cast<HubNumber>(hubs_.size());
    const HubNumber number = hubs_.try_emplace(hub, next).first->second;
    spellings_.emplace(text, number);
    return number;
  }

  void SortHubs(LatencyTable& table) {
    std::vector<HubNumber> sorted(hubs_.size());
    for (const auto& [hub, number] : hubs_) {
      sorted[number] = static_cast<HubNumber>(table.hubs_.size());
      table.hubs_.push_back(hub);
    }
    for (Line& line : lines_) line.hub = sorted[line.hub];
  }

  std::vector<Line> lines_;
  std::map<HubName, HubNumber> hubs_;
  std::map<std::string_view, HubNumber> spellings_;  // into the text
};

// Lines come in order, so a prefix comes behind all that cover it, and those
// are the last prefix and its parents.
void LatencyTable::Add(const Line& line) {
  if (nodes_.empty() || nodes_.back().prefix != line.prefix) {
    Place parent =
        nodes_.empty() ? kNowhere : static_cast<Place>(nodes_.size() - 1);
    while (parent != kNowhere &&
           !nodes_[parent].prefix.Covers(line.prefix.address())) {
      parent = nodes_[parent].parent;
    }
    nodes_.push_back(
        {line.prefix, parent, static_cast<std::uint32_t>(entries_.size())});
    starts_.push_back(line.prefix.address());
    if (line.prefix.is_v4()) v4_count_ = nodes_.size();
  }
  entries_.push_back({line.hub, line.microseconds});
}

Result<LatencyTable> LatencyTable::ParseCsv(std::string_view text) {
  if (text.size() > limits::kLatencyTableBytesMax) {
    return Fail(Errc::kTooLarge,
                "the latency table is larger than " +
                    std::to_string(limits::kLatencyTableBytesMax) + " bytes");
  }
  Reader reader;
  DPS_CHECK(reader.Read(text));
  return reader.Build();
}

}  // namespace dps
