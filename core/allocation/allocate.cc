// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/allocate.h"

#include <algorithm>
#include <utility>

#include "core/allocation/candidates.h"
#include "core/allocation/hashed.h"
#include "core/allocation/load_bound.h"

namespace dps {
namespace {

const HubEntry* FindCurrent(const Candidates& candidates,
                            std::string_view current) {
  const auto held = std::ranges::find_if(
      candidates,
      [&](const HubEntry* entry) { return entry->name().text() == current; });
  return held == candidates.end() ? nullptr : *held;
}

}  // namespace

AllocationPolicy PolicyFor(const EnrollmentTerms& terms,
                           const Instance& instance) {
  return terms.allocation_policy.value_or(instance.allocation_policy);
}

GeoAnswer NearestOf(const AllocationQuestion& question,
                    const Candidates& candidates) {
  const GeoGuide nothing;
  const GeoGuide& guide = question.geo == nullptr ? nothing : *question.geo;
  const HubEntry* first = question.linked.entries().data();
  std::vector<GeoHub> hubs;
  hubs.reserve(candidates.size());
  for (const HubEntry* entry : candidates) {
    const auto at = static_cast<std::size_t>(entry - first);
    hubs.push_back(at < guide.hubs.size() ? guide.hubs[at] : GeoHub());
  }
  return FindNearest({.address = question.address,
                      .table = guide.table,
                      .database = guide.database,
                      .tolerance = guide.tolerance},
                     hubs);
}

Result<Allocation> Allocate(const AllocationQuestion& question) {
  const Instance& instance = question.instance;
  const AllocationPolicy policy = PolicyFor(question.terms, instance);
  if (policy == AllocationPolicy::kStatic) {
    DPS_TRY(const HubEntry* entry, StaticHub(question.terms, question.linked));
    return Allocation{.hub = entry, .remark = {}};
  }
  DPS_TRY(Candidates candidates, EligibleHubs(question.terms, question.linked));
  std::string remark;
  if (policy == AllocationPolicy::kGeoLatency) {
    GeoAnswer answer = NearestOf(question, candidates);
    Candidates nearest;
    for (const auto at : answer.nearest) nearest.push_back(candidates[at]);
    candidates = std::move(nearest);
    remark = std::move(answer.reason);
  }
  const HubEntry* current = FindCurrent(candidates, question.current_hub);
  if (current != nullptr) return Allocation{current, std::move(remark)};
  const bool by_weight = policy == AllocationPolicy::kHashed || !remark.empty();
  if (by_weight && instance.load_bound) {
    candidates =
        WithinLoadBound(candidates, question.assigned, *instance.load_bound);
  }
  return Allocation{&AllocateHashed(question.registration_id, candidates),
                    std::move(remark)};
}

}  // namespace dps
