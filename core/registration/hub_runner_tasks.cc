// SPDX-License-Identifier: Apache-2.0
// The part of the runner that tries tasks, and decides what comes of it.
#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/process_identity.h"
#include "core/registration/hub_device.h"
#include "core/registration/hub_runner.h"
#include "core/registration/hub_steps.h"

namespace dps {
namespace {

// Of the pauses between the tries of a provisioning.
constexpr std::chrono::milliseconds kRetryMax{4000};

// Longer than a removal or a notice takes, its hub being slow. If the process
// dies meanwhile, the next to start tries at once, one that runs after that.
constexpr std::chrono::minutes kClaim{2};

std::string JobText(const HubJob& job) {
  return "scope=" + job.scope.text() + " hub=" + job.hub.text() +
         " registration=" + job.task->registration_id.text() +
         " device=" + job.task->device_id;
}

// An answer without sense may be that of something in between.
bool MayPass(const Error& error) {
  return error.code == Errc::kUnavailable || error.code == Errc::kThrottled ||
         error.code == Errc::kInternal;
}

template <class Duration>
Duration Doubled(Duration first, int times, Duration most) {
  constexpr int kTimesMax = 16;
  return std::min(most, first * (1 << std::min(times, kTimesMax)));
}

// That is nothing a hub said.
Error NotAboutHub(Error error) {
  if (error.code == Errc::kForbidden) error.code = Errc::kPreconditionFailed;
  return error;
}

}  // namespace

Result<std::shared_ptr<HubConnector>> HubRunner::ConnectorOf(
    const HubJob& job, const ScopeConfig& config,
    const std::optional<HubName>& hub) {
  if (!hub) return nullptr;
  const HubEntry* entry = config.linked_hubs.Find(hub->text());
  if (entry != nullptr && HasConnector(entry->hub)) {
    return hubs_->Find(job.scope, entry->hub);
  }
  return Fail(Errc::kNoHub, "hub " + hub->text() +
                                " is no longer linked, or has no connector");
}

Status HubRunner::Rewrite(HubJob& job, HubTask next) {
  next.etag_text = NewGuid();
  Batch batch;
  batch.changes.emplace_back(
      Put<HubTask>{job.scope, next, Expect::Etag(job.task->etag_text)});
  DPS_CHECK(store_.Commit(batch));
  job.task = std::move(next);
  return {};
}

Result<bool> HubRunner::Claim(HubJob& job) {
  HubTask claimed = *job.task;
  claimed.owner = OwnProcessIdentity();
  claimed.due = clock_.Now() + kClaim;
  const Status written = Rewrite(job, std::move(claimed));
  if (written) return true;
  if (written.error().code == Errc::kPreconditionFailed) return false;
  return tl::unexpected<Error>(written.error());
}

Result<std::optional<Provisioned>> HubRunner::TryTask(HubJob& job,
                                                      ConfigCache& cache) {
  const HubTask& task = *job.task;
  DPS_TRY(auto snapshot, store_.Read());
  DPS_TRY(const auto stored, snapshot->FindHubTask(job.scope, task.key()));
  if (!stored || stored->etag_text != task.etag_text) return std::nullopt;
  DPS_TRY(const ScopeConfig* config, cache.At(*snapshot, job.scope));
  if (task.kind == HubTaskKind::kProvision) {
    return TryProvision(job, *snapshot, *config);
  }
  DPS_TRY(const auto hub, ConnectorOf(job, *config, task.hub));
  auto carry_to = ConnectorOf(job, *config, task.carry_to);
  if (!carry_to && carry_to.error().code != Errc::kNoHub) {
    return Forward(std::move(carry_to));
  }
  DeviceState initial;
  if (task.carry_to && !task.moved) {
    HubTask of_record = task;
    DPS_TRY(of_record.record,
            snapshot->FindRegistration(job.scope, task.registration_id));
    if (of_record.record) {
      initial = InitialStateOf(*snapshot, job.scope, of_record)
                    .value_or(DeviceState());
    }
  }
  snapshot.reset();
  DPS_TRY(const bool claimed, Claim(job));
  if (!claimed) return std::nullopt;
  if (task.kind == HubTaskKind::kNotify) {
    DPS_CHECK(hub->Notify(task.device_id));
  } else {
    DPS_CHECK(Withdraw({.hub = *hub,
                        .carry_to = carry_to ? carry_to->get() : nullptr,
                        .device_id = task.device_id,
                        .moved = task.moved,
                        .initial = initial}));
  }
  return Provisioned();
}

Result<std::optional<Provisioned>> HubRunner::TryProvision(
    HubJob& job, Snapshot& snapshot, const ScopeConfig& config) {
  if (clock_.SteadyNow() >= job.give_up) {
    return Fail(Errc::kUnavailable,
                "the hub had too many other devices to take");
  }
  DPS_TRY(const auto hub, ConnectorOf(job, config, job.task->hub));
  DPS_TRY(const HubDevice device,
          DeviceOf(snapshot, job.scope, *job.task).map_error(NotAboutHub));
  DPS_TRY(
      const DeviceState initial,
      InitialStateOf(snapshot, job.scope, *job.task).map_error(NotAboutHub));
  DPS_TRY(const auto current,
          snapshot.FindRegistration(job.scope, job.task->registration_id));
  const auto from = ConnectorOf(job, config, job.task->from_hub);
  if (job.task->owner != OwnProcessIdentity()) {
    HubTask taken = *job.task;
    taken.owner = OwnProcessIdentity();
    taken.due = clock_.Now() + limits::kHubTakeOver;
    DPS_CHECK(Rewrite(job, std::move(taken)));
  }
  const std::function<Status()> mark_begun = [&]() -> Status {
    if (job.task->begun) return {};
    HubTask begun = *job.task;
    begun.begun = true;
    return Rewrite(job, std::move(begun));
  };
  const auto old = [&]() -> Result<HubConnector*> {
    if (from) return from->get();
    if (from.error().code == Errc::kNoHub) return nullptr;
    return tl::unexpected<Error>(from.error());
  };
  DPS_TRY(auto done,
          dps::Provision(
              {.to = *hub,
               .from = old(),
               .data = job.task->data,
               .stays = current && current->assigned_hub == job.hub.text(),
               .device = device,
               .initial = initial,
               .old_hub_failures = job.old_hub_failures,
               .before_creation = mark_begun}));
  if (!from && from.error().code == Errc::kNoHub) {
    done.left_behind = from.error().message;
  }
  done.same_place = from && *from && !hub->address().empty() &&
                    (*from)->address() == hub->address();
  return done;
}

// What an operator changed about the hub, its secret say, counts at once.
void HubRunner::NoteFailure(const HubJob& job, const Error& error) {
  if (error.code == Errc::kForbidden) hubs_->Forget(job.scope, job.hub);
  LookAt(job.scope, job.hub);
}

void HubRunner::EndProvisioning(HubJob& job, Result<Provisioned> outcome) {
  if (!outcome) NoteFailure(job, outcome.error());
  const SteadyTime now = clock_.SteadyNow();
  const auto again = now + Doubled<std::chrono::milliseconds>(
                               limits::kHubRetry, job.attempts++, kRetryMax);
  if (!outcome && MayPass(outcome.error()) && again < job.give_up) {
    job.not_before = again;
    const std::lock_guard lock(mutex_);
    jobs_.Add(job);
    return;
  }
  if (outcome && !outcome->left_behind.empty()) {
    log_.Write(LogLevel::kWarning,
               "a device moved without its state: " + JobText(job) +
                   " reason=" + outcome->left_behind);
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  done_({.scope = job.scope, .task = *job.task, .outcome = std::move(outcome)});
}

void HubRunner::EndOther(const HubJob& job, const Status& outcome) {
  const HubTask& task = *job.task;
  const bool is_notice = task.kind == HubTaskKind::kNotify;
  constexpr int kNoticesMax = 5;
  const bool repeats = !outcome && outcome.error().code != Errc::kNoHub &&
                       outcome.error().code != Errc::kMethodNotAllowed &&
                       (!is_notice || task.attempts < kNoticesMax);
  if (!outcome) NoteFailure(job, outcome.error());
  if (!outcome && (task.attempts == 0 || !repeats)) {
    log_.Write(LogLevel::kWarning,
               std::string(is_notice ? "a device was not told to register: "
                                     : "a hub still has a device: ") +
                   JobText(job) + " reason=" + outcome.error().message +
                   (repeats ? " (it is tried again)" : ""));
  }
  Batch batch;
  const Expect expect = Expect::Etag(task.etag_text);
  if (repeats) {
    HubTask next = task;
    next.owner.clear();
    next.last_error = outcome.error().message;
    next.due = clock_.Now() + Doubled<std::chrono::seconds>(
                                  limits::kHubTaskRetry, next.attempts++,
                                  limits::kHubTaskRetryMax);
    next.etag_text = NewGuid();
    batch.changes = {Put<HubTask>{job.scope, std::move(next), expect}};
  } else {
    batch.changes = {Remove<HubTask>{job.scope, task.key(), expect}};
  }
  // Somebody else may have ended it; else it comes up again.
  const auto committed = store_.Commit(batch);
  if (!committed && committed.error().code != Errc::kPreconditionFailed) {
    log_.Write(LogLevel::kError,
               "a hub task cannot be written: " + committed.error().message);
  }
}

}  // namespace dps
