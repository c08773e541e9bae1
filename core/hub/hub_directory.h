// SPDX-License-Identifier: Apache-2.0
// The connectors of all linked hubs, made when they are first needed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/hub/connector.h"
#include "core/hub/guarded_hub.h"
#include "core/model/ids.h"
#include "core/model/linked_hub.h"

namespace dps {

// Thread-safe.
class HubDirectory {
 public:
  // Makes a hub's connector, whose calls end early once `stop` is requested.
  // Errors: kInvalidArgument (its settings are wrong, its secret is not to be
  // had). REQUIRES: HasConnector(hub).
  using Make = std::function<Result<std::unique_ptr<HubConnector>>(
      const IdScope& scope, const LinkedHub& hub, std::stop_token stop)>;

  HubDirectory(Make make, const Clock& clock)
      : make_(std::move(make)), clock_(clock) {}

  // The hub's connector by its present settings, which the one found the last
  // time may not have: it lives as long as somebody calls it. Errors: as Make.
  [[nodiscard]] Result<std::shared_ptr<HubConnector>> Find(
      const IdScope& scope, const LinkedHub& hub);

  // Forgets the hub, so that its secret is read anew.
  void Forget(const IdScope& scope, const HubName& hub);
  // Forgets the hubs of `scope` but for those that `linked` tells of.
  void Keep(const IdScope& scope, const std::vector<LinkedHub>& linked);

  // All calls, under way or yet to come, end early.
  void Stop() { stop_.request_stop(); }

 private:
  struct Entry {
    ConnectorSettings settings;
    std::shared_ptr<HubConnector> hub;
  };

  const Make make_;
  const Clock& clock_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::map<std::pair<IdScope, HubName>, Entry> hubs_;  // under mutex_
};

}  // namespace dps
