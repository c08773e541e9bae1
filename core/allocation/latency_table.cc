// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/latency_table.h"

#include <algorithm>

namespace dps {

std::string FormatLatency(Latency latency) {
  constexpr std::int64_t kPerMillisecond = 1000;
  std::string text = std::to_string(latency.count() / kPerMillisecond);
  const std::int64_t rest = latency.count() % kPerMillisecond;
  if (rest == 0) return text;
  const std::string digits = std::to_string(kPerMillisecond + rest).substr(1);
  return text + "." + digits.substr(0, digits.find_last_not_of('0') + 1);
}

std::string LatencyTable::ToCsv() const {
  std::string csv = "cidr,hub,milliseconds\n";
  for (Place place = 0; place < nodes_.size(); ++place) {
    const std::string prefix = nodes_[place].prefix.text();
    for (std::size_t i = nodes_[place].first_entry; i < EntriesEnd(place);
         ++i) {
      const Entry& entry = entries_[i];
      csv += prefix + "," + hubs_[entry.hub].text() + "," +
             FormatLatency(Latency(entry.microseconds)) + "\n";
    }
  }
  return csv;
}

std::optional<LatencyTable::HubNumber> LatencyTable::NumberOf(
    const HubName& hub) const {
  const auto found = std::ranges::lower_bound(hubs_, hub);
  if (found == hubs_.end() || *found != hub) return std::nullopt;
  return static_cast<HubNumber>(found - hubs_.begin());
}

// The last prefix that starts at or before the address either covers it or lies
// within every prefix that does.
std::optional<LatencyTable::Place> LatencyTable::Locate(
    const IpAddress& address) const {
  const auto v6 = starts_.begin() + static_cast<std::ptrdiff_t>(v4_count_);
  const auto begin = address.is_v4() ? starts_.begin() : v6;
  const auto end = address.is_v4() ? v6 : starts_.end();
  const auto behind = std::upper_bound(begin, end, address);
  if (behind == begin) return std::nullopt;
  auto place = static_cast<Place>(behind - starts_.begin() - 1);
  while (place != kNowhere && !nodes_[place].prefix.Covers(address)) {
    place = nodes_[place].parent;
  }
  return place == kNowhere ? std::nullopt : std::optional(place);
}

std::optional<Latency> LatencyTable::LatencyFrom(Place place,
                                                 HubNumber hub) const {
  const Found found = Find(place, hub);
  if (found.entry == nullptr) return std::nullopt;
  return Latency(found.entry->microseconds);
}

std::optional<LatencyTable::Row> LatencyTable::RowFor(Place place,
                                                      HubNumber hub) const {
  const Found found = Find(place, hub);
  if (found.entry == nullptr) return std::nullopt;
  return Row{nodes_[found.place].prefix, hubs_[hub],
             Latency(found.entry->microseconds)};
}

LatencyTable::Found LatencyTable::Find(Place place, HubNumber hub) const {
  for (; place != kNowhere; place = nodes_[place].parent) {
    const Entry* begin = &entries_[nodes_[place].first_entry];
    const Entry* end = entries_.data() + EntriesEnd(place);
    const Entry* entry =
        std::ranges::lower_bound(begin, end, hub, {}, &Entry::hub);
    if (entry != end && entry->hub == hub) return {place, entry};
  }
  return {kNowhere, nullptr};
}

std::size_t LatencyTable::EntriesEnd(Place place) const {
  return place + 1 < nodes_.size() ? nodes_[place + 1].first_entry
                                   : entries_.size();
}

}  // namespace dps
