// SPDX-License-Identifier: Apache-2.0
#include "core/registration/config_cache.h"

#include "core/base/limits.h"

namespace dps {
namespace {

Result<std::vector<SharedGroup>> SymmetricKeyGroups(Snapshot& snapshot,
                                                    const IdScope& scope) {
  DPS_TRY(const auto entries,
          snapshot.FindIndexed(IndexTerm::SymmetricKeyGroups(), scope,
                               limits::kSymmetricKeyGroupsMax));
  std::vector<SharedGroup> groups;
  for (const IndexEntry& entry : entries) {
    DPS_TRY(const auto id, GroupIdOf(entry));
    DPS_TRY(auto group, snapshot.FindEnrollmentGroup(scope, id));
    if (!group) continue;
    groups.push_back(
        std::make_shared<const EnrollmentGroup>(*std::move(group)));
  }
  return groups;
}

}  // namespace

Result<ScopeConfig*> ConfigCache::At(Snapshot& snapshot, const IdScope& scope) {
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
  DPS_TRY(auto groups, SymmetricKeyGroups(snapshot, scope));
  const auto [entry, inserted] = scopes_.insert_or_assign(
      scope, ScopeConfig{.version = version,
                         .instance = *std::move(instance),
                         .linked_hubs = HubTable(std::move(hubs)),
                         .symmetric_key_groups = std::move(groups),
                         .anchors = AnchorBook(scope, version, anchor_memory_),
                         .verified_chains = &verified_chains_});
  return &entry->second;
}

}  // namespace dps
