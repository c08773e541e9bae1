// SPDX-License-Identifier: Apache-2.0
// The linked hubs of an instance, ready to be allocated from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/model/linked_hub.h"

namespace dps {

// What a name draws from in hashed allocation: the first 16 bytes of its
// SHA-256, big-endian. Of a hub it is worth keeping.
struct DrawSeed {
  std::uint64_t first = 0;
  std::uint64_t second = 0;

  static DrawSeed Of(std::string_view name);
};

struct HubEntry {
  LinkedHub hub;
  DrawSeed seed;

  const HubName& name() const { return hub.name; }
};

// Hubs a device may be sent to, in name order; they live in their table.
using Candidates = std::vector<const HubEntry*>;

// In name order. Immutable; entries keep their place as long as it lives, also
// while it is moved.
class HubTable {
 public:
  HubTable() = default;
  explicit HubTable(std::vector<LinkedHub> hubs);

  std::span<const HubEntry> entries() const { return entries_; }
  // Whether at one of them there is anything to do for a device.
  bool has_connectors() const { return has_connectors_; }
  // Null if there is none of that name. Host names are kept in lower case.
  const HubEntry* Find(std::string_view name) const;

 private:
  std::vector<HubEntry> entries_;
  bool has_connectors_ = false;
};

}  // namespace dps
