// SPDX-License-Identifier: Apache-2.0
// What a scope's registrations need again and again, parsed once per change:
// its instance, linked hubs and enrollment groups.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/allocation/hub_table.h"
#include "core/attestation/verified_chains.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/instance.h"
#include "core/registration/anchors.h"
#include "core/store/store.h"

namespace dps {

struct ScopeConfig {
  std::uint64_t version = 0;  // Snapshot::ConfigVersion
  Instance instance;
  HubTable linked_hubs;
  std::vector<SharedGroup> symmetric_key_groups;  // in key order, none null
  AnchorBook anchors;                             // of the X.509 groups
  VerifiedChains* verified_chains;                // of all scopes
};

// One per thread; neither thread-safe nor movable.
class ConfigCache {
 public:
  ConfigCache() = default;
  ConfigCache(const ConfigCache&) = delete;
  ConfigCache& operator=(const ConfigCache&) = delete;

  // The scope as `snapshot` sees it. Valid until the next call for the same
  // scope, or Clear(). Errors: kUnauthenticated (no such ID scope), and
  // those of Snapshot.
  [[nodiscard]] Result<ScopeConfig*> At(Snapshot& snapshot,
                                        const IdScope& scope);

  VerifiedChains& verified_chains() { return verified_chains_; }

  void Clear() {
    scopes_.clear();
    verified_chains_.Clear();
    anchor_memory_.Clear();
  }

 private:
  VerifiedChains verified_chains_{limits::kVerifiedChainsMax};
  AnchorMemory anchor_memory_{limits::kAnchorsKeptMax};
  std::map<IdScope, ScopeConfig> scopes_;
};

}  // namespace dps
