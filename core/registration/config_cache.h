// SPDX-License-Identifier: Apache-2.0
// What a scope's registrations need again and again, parsed once per change:
// its instance, linked hubs and enrollment groups.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/instance.h"
#include "core/model/linked_hub.h"
#include "core/registration/anchors.h"
#include "core/store/store.h"

namespace dps {

struct ScopeConfig {
  std::uint64_t version = 0;  // Snapshot::ConfigVersion
  Instance instance;
  std::vector<LinkedHub> linked_hubs;
  std::vector<EnrollmentGroup> symmetric_key_groups;  // in key order
  AnchorBook anchors;                                 // of the X.509 groups
};

// One per thread; not thread-safe.
class ConfigCache {
 public:
  // The scope as `snapshot` sees it. Valid until the next call for the same
  // scope, or Clear(). Errors: kUnauthenticated (no such ID scope), kInternal.
  [[nodiscard]] Result<ScopeConfig*> At(Snapshot& snapshot,
                                        const IdScope& scope);

  void Clear() { scopes_.clear(); }

 private:
  std::map<IdScope, ScopeConfig> scopes_;
};

}  // namespace dps
