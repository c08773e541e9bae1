// SPDX-License-Identifier: Apache-2.0
// Jobs at hubs that wait for a thread: whose turn is next.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/base/clock.h"
#include "core/model/hub_task.h"
#include "core/model/ids.h"

namespace dps {

struct HubJob {
  IdScope scope;
  HubName hub;
  std::optional<HubTask> task;  // none: a look at the hub's health
  SteadyTime not_before{};
  SteadyTime give_up{};      // kProvision: when trying ends
  int attempts = 0;          // kProvision: up to now
  int old_hub_failures = 0;  // of them, for the hub the device leaves

  // Of the task, or of the look at the hub.
  std::string key() const { return task ? task->key() : "h/" + hub.text(); }
};

// A hub takes so many jobs at once, a device one, in the order they came.
// Provisionings go before all else. Not thread-safe.
class HubJobs {
 public:
  explicit HubJobs(std::size_t per_hub) : per_hub_(per_hub) {}

  void Add(HubJob job);
  // The next job to be done; End() has to follow.
  std::optional<HubJob> Take(SteadyTime now);
  void End(const HubJob& job);

  // When Take() may have one, if nothing else happens before; nullopt if that
  // does not depend on time.
  std::optional<SteadyTime> NextDue(SteadyTime now) const;
  // Whether that job is here, waiting or taken.
  bool Holds(const HubJob& job) const;
  std::size_t waiting() const { return urgent_.size() + other_.size(); }
  std::size_t held() const { return held_.size(); }
  // Devices that wait for the hub to know them, or are at it.
  std::size_t DevicesOf(const IdScope& scope, const HubName& hub) const;

 private:
  using Names = std::pair<IdScope, std::string>;

  bool MayStart(const HubJob& job, SteadyTime now) const;
  std::optional<HubJob> TakeFrom(std::list<HubJob>& jobs, SteadyTime now);

  const std::size_t per_hub_;
  std::list<HubJob> urgent_;
  std::list<HubJob> other_;
  std::map<Names, std::size_t> busy_hubs_;
  std::set<Names> busy_devices_;
  std::multiset<Names> held_;  // by HubJob::key()
  std::map<Names, std::size_t> devices_;
};

}  // namespace dps
