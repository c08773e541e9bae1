// SPDX-License-Identifier: Apache-2.0
// Policy geoLatency: which of the hubs a device may have are the nearest.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/allocation/geo_database.h"
#include "core/allocation/latency_table.h"
#include "core/base/ip_address.h"
#include "core/model/linked_hub.h"

namespace dps {

// A place as a vector of length 1 from the centre of the earth.
struct EarthPoint {
  double x = 0;
  double y = 0;
  double z = 0;

  static EarthPoint At(const Coordinates& place);
};

// What light needs there and back along the great circle. In fibre it makes
// 200 km a millisecond, so 100 km cost one: the least that can be. Networks
// take longer ways, but mostly in this order.
inline constexpr int kMicrosecondsPerKm = 10;
Latency LatencyBetween(const EarthPoint& a, const EarthPoint& b);

// What geoLatency needs to know of a hub, worth keeping as long as hubs and
// table stay the same.
struct GeoHub {
  std::optional<LatencyTable::HubNumber> number;  // in the latency table
  std::optional<EarthPoint> place;

  // `table` may be null.
  static GeoHub Of(const HubName& name,
                   const std::optional<Coordinates>& coordinates,
                   const LatencyTable* table);
};

// Each pointer may be null.
struct GeoQuestion {
  std::optional<IpAddress> address;  // of the device, if known
  const LatencyTable* table = nullptr;
  GeoDatabase* database = nullptr;
  // Hubs not slower than the nearest by more than this are as near.
  Latency tolerance{0};
};

enum class LatencySource { kTable, kCoordinates, kNothing };
std::string_view LatencySourceText(LatencySource source);

struct GeoAnswer {
  LatencySource source = LatencySource::kNothing;
  // Of each candidate; nullopt if the source does not know it.
  std::vector<std::optional<Latency>> latencies;
  // Positions of the candidates to choose from, by their weights: those as near
  // as the nearest, or all where nothing is known.
  std::vector<std::uint32_t> nearest;
  // Where the geo database says the device is, if it was asked.
  std::optional<Coordinates> device;
  // Why nothing is known; empty if something is.
  std::string reason;
};

// The first source that knows the latency to at least one candidate decides,
// and candidates that it does not know are out: first the table, then the
// distance between where the database says the address is and the hubs'
// coordinates. Two sources are never compared. The table's hub numbers in
// `candidates` must be of this table. On the thread of the database.
GeoAnswer FindNearest(const GeoQuestion& question,
                      std::span<const GeoHub> candidates);

}  // namespace dps
