// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/load_bound.h"

#include <cmath>
#include <cstdint>

namespace dps {
namespace {

std::uint64_t CountOf(const AssignedCounts& assigned, const HubEntry& entry) {
  const auto found = assigned.find(entry.name().text());
  return found == assigned.end() ? 0 : found->second;
}

}  // namespace

Candidates WithinLoadBound(const Candidates& candidates,
                           const AssignedCounts& assigned, double bound) {
  double held = 1;  // with the device that comes
  double weights = 0;
  for (const HubEntry* entry : candidates) {
    held += static_cast<double>(CountOf(assigned, *entry));
    weights += entry->hub.allocation_weight;
  }
  // A share that is whole in theory must not be rounded up by an error.
  constexpr double kRoundingError = 1e-9;
  Candidates within;
  within.reserve(candidates.size());
  for (const HubEntry* entry : candidates) {
    const double share = held * entry->hub.allocation_weight / weights;
    const double most = std::ceil(bound * share * (1 - kRoundingError));
    if (static_cast<double>(CountOf(assigned, *entry)) + 1 <= most) {
      within.push_back(entry);
    }
  }
  return within;
}

}  // namespace dps
