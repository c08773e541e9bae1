// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/allocate.h"

#include <algorithm>

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

Result<const HubEntry*> Allocate(const AllocationQuestion& question) {
  const Instance& instance = question.instance;
  if (PolicyFor(question.terms, instance) == AllocationPolicy::kStatic) {
    return StaticHub(question.terms, question.linked);
  }
  DPS_TRY(const Candidates eligible,
          EligibleHubs(question.terms, question.linked));
  const HubEntry* current = FindCurrent(eligible, question.current_hub);
  if (current != nullptr) return current;
  if (!instance.load_bound) {
    return &AllocateHashed(question.registration_id, eligible);
  }
  return &AllocateHashed(
      question.registration_id,
      WithinLoadBound(eligible, question.assigned, *instance.load_bound));
}

}  // namespace dps
