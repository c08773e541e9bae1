// SPDX-License-Identifier: Apache-2.0
// How many milliseconds lie between networks and hubs, as an operator measured
// it: the first source of geoLatency.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ip_address.h"
#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

// Of a round trip.
using Latency = std::chrono::duration<std::int64_t, std::micro>;

// Milliseconds without needless zeros: `12`, `0.5`.
std::string FormatLatency(Latency latency);

// Rows of prefix, hub and latency, immutable, so any thread may read it. To a
// hub counts the row of the longest prefix that covers the address and names
// that hub: a wide prefix can name every hub, a narrow one correct one of them.
class LatencyTable {
 public:
  // Stands for a hub inside one table: resolved once, compared as a number.
  using HubNumber = std::uint32_t;
  // Where an address stands in one table.
  using Place = std::uint32_t;

  struct Row {
    const IpPrefix& prefix;
    const HubName& hub;
    Latency latency;
  };

  // Lines `cidr,hub,milliseconds`: from 0 to 60000 with at most three digits
  // behind the point. Blank lines, lines that begin with `#`, and a header of
  // these three words are skipped; blanks round a value, and CRLF, do not
  // count. Whether the hubs are linked is not asked.
  // Errors name the line: kInvalidArgument (malformed, the same prefix and hub
  // twice, no row at all), kTooLarge (limits.h).
  [[nodiscard]] static Result<LatencyTable> ParseCsv(std::string_view text);
  // With the header, sorted by family, prefix and hub: equal tables give equal
  // texts.
  std::string ToCsv() const;

  std::size_t row_count() const { return entries_.size(); }
  std::size_t prefix_count() const { return nodes_.size(); }
  // In the order of their numbers, which is that of their names.
  const std::vector<HubName>& hubs() const { return hubs_; }
  // nullopt if no row names the hub.
  std::optional<HubNumber> NumberOf(const HubName& hub) const;

  // nullopt if no prefix covers the address. A binary search.
  std::optional<Place> Locate(const IpAddress& address) const;
  // nullopt if no prefix that covers the place names the hub.
  std::optional<Latency> LatencyFrom(Place place, HubNumber hub) const;
  // The row that decides so. Valid while the table lives.
  std::optional<Row> RowFor(Place place, HubNumber hub) const;

 private:
  struct Line;  // a row on its way into the table
  class Reader;

  struct Entry {
    HubNumber hub;
    std::int32_t microseconds;
  };
  static constexpr Place kNowhere = static_cast<Place>(-1);
  // A prefix; it has the entries from `first_entry` to that of the next.
  struct Node {
    IpPrefix prefix;
    Place parent;  // the longest other prefix that covers this one
    std::uint32_t first_entry;
  };
  struct Found {
    Place place;
    const Entry* entry;
  };

  LatencyTable() = default;
  void Add(const Line& line);
  Found Find(Place place, HubNumber hub) const;
  std::size_t EntriesEnd(Place place) const;

  std::vector<HubName> hubs_;
  std::vector<Node> nodes_;        // in the order of their prefixes
  std::vector<IpAddress> starts_;  // their addresses, packed for the search
  std::size_t v4_count_ = 0;       // IPv4 comes first
  std::vector<Entry> entries_;     // of each node in the order of hubs
};

}  // namespace dps
