// SPDX-License-Identifier: Apache-2.0
// Chooses a device's hub by every policy that needs nobody else's opinion.
#pragma once

#include <string_view>

#include "core/allocation/hub_table.h"
#include "core/base/result.h"
#include "core/model/assigned_counts.h"
#include "core/model/enrollment.h"
#include "core/model/instance.h"

namespace dps {

// The policy of an enrollment: its own, or the instance's as it is now
// (service-api checklist 46).
AllocationPolicy PolicyFor(const EnrollmentTerms& terms,
                           const Instance& instance);

struct AllocationQuestion {
  const RegistrationId& registration_id;
  const EnrollmentTerms& terms;
  const Instance& instance;
  const HubTable& linked;
  std::string_view current_hub;  // empty = the device has none
  // What the hubs hold; looked at only if the instance has a load bound.
  const AssignedCounts& assigned;
};

// hashed: the hub the device has, while it is eligible, for nothing is won by
// moving it; else by weight, among the hubs within the instance's load bound.
// static: the hub the enrollment names. Pure. Errors: kNoHub, with the reason.
//
// REQUIRES: the policy is not custom.
[[nodiscard]] Result<const HubEntry*> Allocate(
    const AllocationQuestion& question);

}  // namespace dps
