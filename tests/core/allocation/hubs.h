// SPDX-License-Identifier: Apache-2.0
// Linked hubs and candidates, short to write.
#pragma once

#include <string>

#include "core/allocation/hub_table.h"

namespace dps {

inline LinkedHub Hub(const std::string& name, bool apply = true) {
  return {.name = *HubName::Parse(name), .apply_allocation_policy = apply};
}

inline Candidates All(const HubTable& table) {
  Candidates all;
  for (const HubEntry& entry : table.entries()) all.push_back(&entry);
  return all;
}

}  // namespace dps
