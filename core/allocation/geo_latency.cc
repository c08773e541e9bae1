// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/geo_latency.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace dps {
namespace {

// Fills in the latencies; false if none is known.
bool AskTable(const GeoQuestion& question, std::span<const GeoHub> candidates,
              GeoAnswer& answer) {
  if (question.table == nullptr || !question.address) return false;
  const auto place = question.table->Locate(*question.address);
  if (!place) return false;
  bool known = false;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].number) continue;
    answer.latencies[i] =
        question.table->LatencyFrom(*place, *candidates[i].number);
    known = known || answer.latencies[i];
  }
  return known;
}

bool AskDatabase(const GeoQuestion& question,
                 std::span<const GeoHub> candidates, GeoAnswer& answer) {
  if (question.database == nullptr || !question.address) return false;
  answer.device = question.database->Find(*question.address);
  if (!answer.device) return false;
  const EarthPoint device = EarthPoint::At(*answer.device);
  bool known = false;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].place) continue;
    answer.latencies[i] = LatencyBetween(device, *candidates[i].place);
    known = true;
  }
  return known;
}

std::string WhyTableIsSilent(const GeoQuestion& question) {
  if (question.table == nullptr) return "there is no latency table";
  if (!question.table->Locate(*question.address)) {
    return "it is in no row of the latency table";
  }
  return "its rows of the latency table name no hub to choose from";
}

std::string WhyDatabaseIsSilent(const GeoQuestion& question,
                                const GeoAnswer& answer) {
  if (question.database == nullptr) return "there is no geo database";
  if (!answer.device) return "the geo database does not know where it is";
  return "no hub to choose from has coordinates";
}

std::string WhyNothing(const GeoQuestion& question, const GeoAnswer& answer) {
  if (question.table == nullptr && question.database == nullptr) {
    return "there is no latency table and no geo database";
  }
  if (!question.address) {
    return "no address of the device is known: a unix socket has none, that of "
           "a WebSocket client counts only if the broker is told to trust it";
  }
  return "the device's address is " + question.address->text() + ": " +
         WhyTableIsSilent(question) + ", and " +
         WhyDatabaseIsSilent(question, answer);
}

void PickNearest(Latency tolerance, GeoAnswer& answer) {
  Latency bound = Latency::max();
  for (const auto& latency : answer.latencies) {
    if (latency) bound = std::min(bound, *latency + tolerance);
  }
  for (std::uint32_t i = 0; i < answer.latencies.size(); ++i) {
    if (answer.latencies[i] && *answer.latencies[i] <= bound) {
      answer.nearest.push_back(i);
    }
  }
}

}  // namespace

EarthPoint EarthPoint::At(const Coordinates& place) {
  constexpr double kRadians = std::numbers::pi / 180;
  const double latitude = place.latitude * kRadians;
  const double longitude = place.longitude * kRadians;
  return {.x = std::cos(latitude) * std::cos(longitude),
          .y = std::cos(latitude) * std::sin(longitude),
          .z = std::sin(latitude)};
}

Latency LatencyBetween(const EarthPoint& a, const EarthPoint& b) {
  constexpr double kEarthRadiusKm = 6371.0088;  // mean, IUGG
  const double chord = std::hypot(a.x - b.x, a.y - b.y, a.z - b.z);
  const double angle = 2 * std::asin(std::min(chord / 2, 1.0));
  return Latency(std::llround(angle * kEarthRadiusKm * kMicrosecondsPerKm));
}

GeoHub GeoHub::Of(const HubName& name,
                  const std::optional<Coordinates>& coordinates,
                  const LatencyTable* table) {
  GeoHub hub;
  if (table != nullptr) hub.number = table->NumberOf(name);
  if (coordinates) hub.place = EarthPoint::At(*coordinates);
  return hub;
}

std::string_view LatencySourceText(LatencySource source) {
  switch (source) {
    case LatencySource::kTable:
      return "latencyTable";
    case LatencySource::kCoordinates:
      return "coordinates";
    case LatencySource::kNothing:
      return "nothing";
  }
  return "";
}

GeoAnswer FindNearest(const GeoQuestion& question,
                      std::span<const GeoHub> candidates) {
  GeoAnswer answer;
  answer.latencies.resize(candidates.size());
  answer.nearest.reserve(candidates.size());
  if (AskTable(question, candidates, answer)) {
    answer.source = LatencySource::kTable;
  } else if (AskDatabase(question, candidates, answer)) {
    answer.source = LatencySource::kCoordinates;
  } else {
    answer.reason = WhyNothing(question, answer);
    answer.nearest.resize(candidates.size());
    std::iota(answer.nearest.begin(), answer.nearest.end(), 0U);
    return answer;
  }
  PickNearest(question.tolerance, answer);
  return answer;
}

}  // namespace dps
