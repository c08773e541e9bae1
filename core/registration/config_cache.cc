// SPDX-License-Identifier: Apache-2.0
#include "core/registration/config_cache.h"

#include "core/base/limits.h"

namespace dps {

Result<const ScopeConfig*> ConfigCache::At(Snapshot& snapshot,
                                           const IdScope& scope) {
  DPS_TRY(const std::uint64_t version, snapshot.ConfigVersion(scope));
  const auto cached = scopes_.find(scope);
  if (cached != scopes_.end() && cached->second.version == version) {
    return &cached->second;
  }
  DPS_TRY(auto instance, snapshot.FindInstance(scope));
  if (!instance) {
    return Fail(Errc::kUnauthenticated, "unknown ID scope " + scope.text());
  }
  DPS_TRY(auto hubs, snapshot.ListLinkedHubs(scope));
  const Page all_groups{.limit = limits::kSymmetricKeyGroupsMax};
  DPS_TRY(auto groups, snapshot.ListEnrollmentGroups(scope, all_groups));
  const auto [entry, inserted] = scopes_.insert_or_assign(
      scope, ScopeConfig{.version = version,
                         .instance = *std::move(instance),
                         .linked_hubs = std::move(hubs),
                         .groups = std::move(groups)});
  return &entry->second;
}

}  // namespace dps
