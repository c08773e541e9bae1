// SPDX-License-Identifier: Apache-2.0
// The part of the runner that looks for work: what is due, what a dead process
// left, and how the hubs are.
#include <algorithm>
#include <utility>

#include "core/registration/hub_runner.h"

namespace dps {

bool HubRunner::Wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  ending_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void HubRunner::RunClerk() {
  SteadyTime next_health = clock_.SteadyNow();
  bool took_unfinished = false;
  do {
    try {
      if (!std::exchange(took_unfinished, true)) TakeUnfinished();
      Report(TakeDue());
      if (clock_.SteadyNow() >= next_health) {
        CheckAllHubs();
        next_health = clock_.SteadyNow() + options_.health_check;
      }
    } catch (const std::exception& exception) {
      log_.Write(
          LogLevel::kError,
          std::string("hub tasks were not looked for: ") + exception.what());
    }
  } while (Wait(options_.check));
}

Status HubRunner::TakeDue() {
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(auto due,
          snapshot->ListDueHubTasks(clock_.Now(), limits::kHubTasksTaken));
  Take(std::move(due));
  return {};
}

// Once for each failure, not every second.
void HubRunner::Report(const Status& looked) {
  const std::string error = looked ? "" : looked.error().message;
  if (error != std::exchange(last_error_, error) && !looked) {
    log_.Write(LogLevel::kError, "hub tasks cannot be read: " + error);
  }
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

// A process that was killed cannot say so: whoever starts takes up everything,
// and if its owner lives after all, the first to commit wins.
void HubRunner::TakeUnfinished() {
  const auto snapshot = store_.Read();
  if (!snapshot) return;
  const auto instances = (*snapshot)->ListInstances();
  if (!instances) return;
  const std::string prefix = "p/";
  for (const Instance& instance : *instances) {
    Page page{.after = prefix, .limit = limits::kHubTasksTaken};
    bool more = true;
    while (more) {
      auto tasks = (*snapshot)->ListHubTasks(instance.id_scope, page);
      if (!tasks) break;
      more = tasks->size() == page.limit;
      std::vector<DueHubTask> unfinished;
      for (HubTask& task : *tasks) {
        page.after = task.key();
        if (task.kind != HubTaskKind::kProvision) continue;
        unfinished.push_back({instance.id_scope, std::move(task)});
      }
      more = more && !unfinished.empty();
      Take(std::move(unfinished));
    }
  }
}

void HubRunner::CheckAllHubs() {
  const auto snapshot = store_.Read();
  if (!snapshot) return;
  const auto instances = (*snapshot)->ListInstances();
  if (!instances) return;
  for (const Instance& instance : *instances) {
    const auto hubs = (*snapshot)->ListLinkedHubs(instance.id_scope);
    if (!hubs) continue;
    hubs_->Keep(instance.id_scope, *hubs);
    const std::lock_guard lock(mutex_);
    for (const LinkedHub& hub : *hubs) {
      if (!HasConnector(hub)) continue;
      HubJob job{.scope = instance.id_scope, .hub = hub.name};
      if (!jobs_.Holds(job)) jobs_.Add(std::move(job));
    }
  }
  changed_.notify_all();
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
  NoteHealth(job.scope, job.hub,
             hub ? (*hub)->CheckHealth() : Status(tl::unexpected(hub.error())));
}

// Only what says something of the hub, and only what is new.
void HubRunner::NoteHealth(const IdScope& scope, const HubName& hub,
                           const Status& status) {
  const bool is_about_hub = status ||
                            status.error().code == Errc::kUnavailable ||
                            status.error().code == Errc::kForbidden ||
                            status.error().code == Errc::kInternal;
  if (!is_about_hub) return;
  const std::string error = status ? "" : status.error().message;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const auto known = health_.find({scope, hub});
    if (known != health_.end() && known->second.empty() == error.empty()) {
      return;
    }
    health_.insert_or_assign({scope, hub}, error);
  }
  Batch batch;
  batch.changes.emplace_back(Put<HubHealth>{scope,
                                            {.hub = hub,
                                             .healthy = status.has_value(),
                                             .error = error,
                                             .since = clock_.Now()},
                                            {}});
  const auto committed = store_.Commit(batch);
  log_.Write(status ? LogLevel::kNotice : LogLevel::kWarning,
             "hub " + hub.text() + " of scope " + scope.text() +
                 (status ? " is healthy" : " is not healthy: " + error) +
                 (committed ? "" : " (cannot be written down)"));
}

}  // namespace dps
