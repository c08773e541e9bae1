// SPDX-License-Identifier: Apache-2.0
// Linked hubs as operators see them: with what the store knows about each.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/base/result.h"
#include "core/model/hub_health.h"
#include "core/model/linked_hub.h"
#include "core/store/store.h"

namespace dps {

// Beside what is stored, `assignedDevices`: the registration records that hold
// an assignment to the hub; `assignedShare`: their part of all the instance's,
// 0 to 1. For a hub with a connector also `health` ({"status": "healthy",
// "unhealthy" or "unknown", "error", "sinceDateTimeUtc"}). `hubTasks`, if the
// hub has a connector or any: the tasks in hand that name it, of the first
// kTasksCounted; `unreadableHubTasks`, on every hub, if there are any: those of
// them that cannot be read, of whatever hub.
class HubView {
 public:
  static constexpr std::size_t kTasksCounted = 10'000;

  // Of the hubs of a scope. Errors: those of Snapshot.
  [[nodiscard]] static Result<HubView> Of(Snapshot& snapshot,
                                          const IdScope& scope);

  std::string ToJson(const LinkedHub& hub) const;

  // The same for hubs whose health is not known yet.
  HubView WithoutHealth() const;

 private:
  HubView() = default;

  void Count(const Result<HubTask>& task);

  AssignedCounts assigned_;
  std::map<std::string, HubHealth> health_;
  std::map<std::string, std::size_t> tasks_;
  std::size_t unreadable_tasks_ = 0;
};

}  // namespace dps
