// SPDX-License-Identifier: Apache-2.0
// Hashed allocation: weighted rendezvous hashing of devices over hubs.
#pragma once

#include <span>

#include "core/base/result.h"
#include "core/model/ids.h"
#include "core/model/linked_hub.h"

namespace dps {

// The hub a device belongs to. Pure and thread-safe; the same answer on every
// machine, whatever the order of `candidates` and the letter case of `id`.
//
// Every candidate draws a number from the device: x = the first 8 bytes of
// SHA-256("<lower-case id>/<hub name>"), big-endian, with the lowest bit set.
// With u = x / 2^64 its cost is -log2(u) / allocation_weight; the least cost
// wins. Such a cost is exponentially distributed with the weight as its rate,
// so hubs get devices exactly in proportion to their weights, a new hub takes
// only what it is due, and a hub that goes gives away only what it had.
// Integers only: log2 is cut to 48 fraction bits, costs are compared by
// cross-multiplication, equal costs fall to the lesser name.
//
// REQUIRES: weights within limits.h, names distinct.
// Errors: kNoHub (no candidates).
[[nodiscard]] Result<HubName> AllocateHashed(
    const RegistrationId& id, std::span<const LinkedHub> candidates);

}  // namespace dps
