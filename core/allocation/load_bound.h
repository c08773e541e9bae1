// SPDX-License-Identifier: Apache-2.0
// Keeps hashed allocation from sending a hub more than it should hold.
#pragma once

#include "core/allocation/hub_table.h"
#include "core/model/assigned_counts.h"

namespace dps {

// The candidates that may take one more device: those that then hold at most
// `bound` times their weighted share of what all candidates hold then, rounded
// up to whole devices (consistent hashing with bounded loads, Mirrokni et al.
// 2018). Never empty if `candidates` is not. Pure.
//
// The least cost among them is the next in the device's own order, so a full
// hub gives away only what is over the bound.
//
// REQUIRES: bound >= 1, candidates in name order.
Candidates WithinLoadBound(const Candidates& candidates,
                           const AssignedCounts& assigned, double bound);

}  // namespace dps
