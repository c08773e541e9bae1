// SPDX-License-Identifier: Apache-2.0
// Hashed allocation: weighted rendezvous hashing of devices over hubs.
#pragma once

#include "core/allocation/hub_table.h"
#include "core/model/ids.h"

namespace dps {

// The hub a device belongs to. Pure and thread-safe; the same answer on every
// machine, whatever the order of `candidates` and the letter case of `id`.
//
// Every candidate draws a number from the device: d and h being the seeds of
// the lower-case id and of the hub's name, and mix the 64-bit finaliser of
// MurmurHash3, x = mix(mix(d.first ^ h.first) + (d.second ^ h.second)) with the
// lowest bit set.
// With u = x / 2^64 its cost is -log2(u) / allocation_weight; the least cost
// wins. Such a cost is exponentially distributed with the weight as its rate,
// so hubs get devices exactly in proportion to their weights, a new hub takes
// only what it is due, and a hub that goes gives away only what it had.
// What decides are integers: log2 is cut to 48 fraction bits, costs are
// compared by cross-multiplication, equal costs fall to the lesser name.
//
// REQUIRES: at least one candidate, weights within limits.h, names distinct.
const HubEntry& AllocateHashed(const RegistrationId& id,
                               const Candidates& candidates);

// The cost of a candidate, for people to read. Pure and thread-safe. As it is
// rounded, two of them may be equal where AllocateHashed() tells them apart.
double HashedCost(const RegistrationId& id, const HubEntry& candidate);

}  // namespace dps
