// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/load_bound.h"

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace dps {
namespace {

// What each candidate holds. Both are in name order, so one walk finds all.
std::vector<double> CountsOf(const Candidates& candidates,
                             const AssignedCounts& assigned) {
  std::vector<double> counts;
  counts.reserve(candidates.size());
  auto at = assigned.begin();
  for (const HubEntry* entry : candidates) {
    const std::string& name = entry->name().text();
    while (at != assigned.end() && at->first < name) ++at;
    const bool holds_any = at != assigned.end() && at->first == name;
    counts.push_back(holds_any ? static_cast<double>(at->second) : 0);
  }
  return counts;
}

}  // namespace

Candidates WithinLoadBound(const Candidates& candidates,
                           const AssignedCounts& assigned, double bound) {
  const std::vector<double> counts = CountsOf(candidates, assigned);
  // With the device that comes.
  const double held = std::accumulate(counts.begin(), counts.end(), 1.0);
  double weights = 0;
  for (const HubEntry* entry : candidates) {
    weights += entry->hub.allocation_weight;
  }
  // A share that is whole in theory must not be rounded up by an error.
  constexpr double kRoundingError = 1e-9;
  Candidates within;
  within.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const double share = held * candidates[i]->hub.allocation_weight / weights;
    const double most = std::ceil(bound * share * (1 - kRoundingError));
    if (counts[i] + 1 <= most) within.push_back(candidates[i]);
  }
  return within;
}

}  // namespace dps
