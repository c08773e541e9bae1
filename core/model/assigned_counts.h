// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace dps {

// How many registration records of an instance hold an assignment to a hub, by
// the hub's name; also to hubs that are linked no more. Hubs without any may be
// absent.
using AssignedCounts = std::map<std::string, std::uint64_t, std::less<>>;

}  // namespace dps
