// SPDX-License-Identifier: Apache-2.0
// Chooses a device's hub by every policy that needs nobody else's opinion.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/allocation/geo_latency.h"
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

// What policy geoLatency knows of an instance. Pointers may be null.
struct GeoGuide {
  std::vector<GeoHub> hubs;  // of each entry of the hub table
  const LatencyTable* table = nullptr;
  GeoDatabase* database = nullptr;
  Latency tolerance{0};
};

struct AllocationQuestion {
  const RegistrationId& registration_id;
  const EnrollmentTerms& terms;
  const Instance& instance;
  const HubTable& linked;
  std::string_view current_hub;  // empty = the device has none
  // What the hubs hold; looked at only if the instance has a load bound.
  const AssignedCounts& assigned;
  std::optional<IpAddress> address;  // where the device calls from
  // For policy geoLatency; null = nothing is known of latencies.
  const GeoGuide* geo = nullptr;
};

struct Allocation {
  const HubEntry* hub;
  // Why the policy could not do what it is there for, or empty.
  std::string remark;
};

// What FindNearest() says of these candidates, which are of `linked`.
GeoAnswer NearestOf(const AllocationQuestion& question,
                    const Candidates& candidates);

// hashed: the hub the device has, while it is eligible, for nothing is won by
// moving it; else by weight, among the hubs within the instance's load bound.
// geoLatency: the hub the device has, while no other is nearer by more than the
// tolerance; else by weight among the nearest; as hashed, with a remark, where
// nothing is known of the device's latencies.
// static: the hub the enrollment names.
// Errors: kNoHub, with the reason. On the thread of the geo database.
//
// REQUIRES: the policy is not custom.
[[nodiscard]] Result<Allocation> Allocate(const AllocationQuestion& question);

}  // namespace dps
