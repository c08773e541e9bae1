// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_directory.h"

#include <algorithm>

namespace dps {

Result<std::shared_ptr<HubConnector>> HubDirectory::Find(const IdScope& scope,
                                                         const LinkedHub& hub) {
  const std::lock_guard lock(mutex_);
  const std::pair key(scope, hub.name);
  const auto found = hubs_.find(key);
  if (found != hubs_.end() && found->second.settings == hub.connector) {
    return found->second.hub;
  }
  DPS_TRY(auto made, make_(scope, hub, stop_.get_token()));
  Entry entry{.settings = hub.connector,
              .hub = std::make_shared<GuardedHub>(std::move(made), clock_)};
  auto connector = entry.hub;
  hubs_.insert_or_assign(key, std::move(entry));
  return connector;
}

void HubDirectory::Forget(const IdScope& scope, const HubName& hub) {
  const std::lock_guard lock(mutex_);
  hubs_.erase({scope, hub});
}

void HubDirectory::Keep(const IdScope& scope,
                        const std::vector<LinkedHub>& linked) {
  const std::lock_guard lock(mutex_);
  std::erase_if(hubs_, [&](const auto& entry) {
    const auto& [known_scope, name] = entry.first;
    return known_scope == scope &&
           std::ranges::find(linked, name, &LinkedHub::name) == linked.end();
  });
}

}  // namespace dps
