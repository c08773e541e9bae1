// SPDX-License-Identifier: Apache-2.0
// The part of the runner that looks for work: what is due, what dead processes
// left, and how the hubs are.
#include <algorithm>
#include <exception>
#include <utility>

#include "core/base/process_identity.h"
#include "core/registration/hub_runner.h"

namespace dps {

bool HubRunner::Wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  ending_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void HubRunner::RunClerk() {
  SteadyTime next_round = clock_.SteadyNow();
  bool first_round = true;
  do {
    try {
      Status looked = TakeDue();
      if (clock_.SteadyNow() >= next_round) {
        // Of the many removals that may wait for a dead hub only once.
        if (looked) looked = TakeUnfinished(std::exchange(first_round, false));
        LookAtAllHubs();
        next_round = clock_.SteadyNow() + options_.health_check;
      }
      Report(looked);
    } catch (const std::exception& exception) {
      log_.Write(
          LogLevel::kError,
          std::string("hub tasks were not looked for: ") + exception.what());
    }
  } while (Wait(options_.check));
}

// Once for each failure, not every second.
void HubRunner::Report(const Status& looked) {
  const std::string error = looked ? "" : looked.error().message;
  if (error != std::exchange(last_error_, error) && !looked) {
    log_.Write(LogLevel::kError, "hub tasks cannot be read: " + error);
  }
}

Status HubRunner::TakeDue() {
  std::size_t held = 0;
  {
    const std::lock_guard lock(mutex_);
    held = jobs_.held();
  }
  DPS_TRY(const auto snapshot, store_.Read());
  // What is held is passed over, and must not hide the others.
  DPS_TRY(auto due, snapshot->ListDueHubTasks(clock_.Now(),
                                              held + limits::kHubTasksTaken));
  Take(std::move(due));
  return {};
}

void HubRunner::Take(std::vector<DueHubTask> due) {
  const SteadyTime give_up = clock_.SteadyNow() + options_.provisioning;
  {
    const std::lock_guard lock(mutex_);
    for (DueHubTask& one : due) {
      if (jobs_.waiting() >= limits::kPendingRegistrationsMax) break;
      const HubName hub = one.task.hub;
      HubJob job{.scope = std::move(one.scope),
                 .hub = hub,
                 .task = std::move(one.task),
                 .give_up = give_up};
      if (!jobs_.Holds(job)) jobs_.Add(std::move(job));
    }
  }
  changed_.notify_all();
}

Status HubRunner::TakeUnfinished(bool of_all_kinds) {
  const auto is_meant = [&](const std::string& key) {
    return of_all_kinds || key.starts_with(kProvisionTaskPrefix);
  };
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(const auto instances, snapshot->ListInstances());
  for (const Instance& instance : instances) {
    Page page{.after = of_all_kinds ? "" : std::string(kProvisionTaskPrefix),
              .limit = limits::kHubTasksTaken};
    bool more = true;
    while (more) {
      DPS_TRY(auto tasks, snapshot->ListHubTasks(instance.id_scope, page));
      more = tasks.size() == page.limit && is_meant(tasks.back().key);
      std::vector<DueHubTask> unfinished;
      for (auto& [key, task] : tasks) {
        page.after = key;
        if (!is_meant(key)) break;
        if (!task || !HasEnded(task->owner)) continue;
        unfinished.push_back({instance.id_scope, *std::move(task)});
      }
      Take(std::move(unfinished));
    }
  }
  return {};
}

void HubRunner::LookAt(const IdScope& scope, const HubName& hub) {
  {
    const std::lock_guard lock(mutex_);
    HubJob job{.scope = scope, .hub = hub};
    if (jobs_.Holds(job)) return;
    jobs_.Add(std::move(job));
  }
  changed_.notify_one();
}

void HubRunner::LookAtAllHubs() {
  const auto snapshot = store_.Read();
  if (!snapshot) return;
  const auto instances = (*snapshot)->ListInstances();
  if (!instances) return;
  for (const Instance& instance : *instances) {
    const auto hubs = (*snapshot)->ListLinkedHubs(instance.id_scope);
    if (!hubs) continue;
    hubs_->Keep(instance.id_scope, *hubs);
    for (const LinkedHub& hub : *hubs) {
      if (HasConnector(hub)) LookAt(instance.id_scope, hub.name);
    }
  }
}

void HubRunner::RunHealthCheck(const HubJob& job, ConfigCache& cache) {
  auto snapshot = store_.Read();
  if (!snapshot) return;
  const auto config = cache.At(**snapshot, job.scope);
  const HubEntry* entry =
      config ? (*config)->linked_hubs.Find(job.hub.text()) : nullptr;
  if (entry == nullptr || !HasConnector(entry->hub)) return;
  const auto hub = hubs_->Find(job.scope, entry->hub);
  snapshot->reset();
  const Status health =
      hub ? (*hub)->CheckHealth() : Status(tl::unexpected(hub.error()));
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
  if (!health && health.error().code == Errc::kForbidden) {
    hubs_->Forget(job.scope, job.hub);
  }
  const Status written =
      WriteHealth(job.scope, {.hub = job.hub,
                              .healthy = health.has_value(),
                              .error = health ? "" : health.error().message,
                              .since = clock_.Now()});
  if (!written) {
    log_.Write(LogLevel::kError,
               "the health of hub " + job.hub.text() +
                   " cannot be written down: " + written.error().message);
  }
}

// Only what is new.
Status HubRunner::WriteHealth(const IdScope& scope, const HubHealth& health) {
  DPS_TRY(auto snapshot, store_.Read());
  DPS_TRY(const auto known, snapshot->ListHubHealth(scope));
  snapshot.reset();
  const auto last = std::ranges::find(known, health.hub, &HubHealth::hub);
  const bool flips = last == known.end() || last->healthy != health.healthy;
  if (!flips && last->error == health.error) return {};
  Batch batch;
  batch.changes.emplace_back(Put<HubHealth>{scope, health, {}});
  DPS_CHECK(store_.Commit(batch));
  if (flips) {
    log_.Write(health.healthy ? LogLevel::kNotice : LogLevel::kWarning,
               "hub " + health.hub.text() + " of scope " + scope.text() +
                   (health.healthy ? " is healthy"
                                   : " is not healthy: " + health.error));
  }
  return {};
}

}  // namespace dps
