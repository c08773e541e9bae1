// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_runner.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/thread.h"
#include "core/registration/hub_steps.h"

namespace dps {
namespace {

std::string Describe(const HubJob& job) {
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

}  // namespace

HubRunner::HubRunner(Store& store, const Clock& clock, Log& log,
                     std::unique_ptr<HubDirectory> hubs,
                     const HubRunnerOptions& options)
    : store_(store),
      clock_(clock),
      log_(log),
      options_(options),
      hubs_(std::move(hubs)),
      jobs_(options.per_hub) {}

HubRunner::~HubRunner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  hubs_->Stop();
  changed_.notify_all();
  ending_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void HubRunner::Begin(Done done) {
  done_ = std::move(done);
  threads_.push_back(StartThread([this] { RunClerk(); }));
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.push_back(StartThread([this] { Work(); }));
  }
}

void HubRunner::Provision(const IdScope& scope, HubTask task) {
  const SteadyTime give_up = clock_.SteadyNow() + options_.provisioning;
  const HubName hub = task.hub;
  {
    const std::lock_guard lock(mutex_);
    jobs_.Add({.scope = scope,
               .hub = hub,
               .task = std::move(task),
               .give_up = give_up});
  }
  changed_.notify_one();
}

void HubRunner::Work() {
  ConfigCache cache;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const SteadyTime now = clock_.SteadyNow();
    auto job = jobs_.Take(now);
    if (!job) {
      const auto next = jobs_.NextDue(now);
      next ? void(changed_.wait_for(lock, *next - now)) : changed_.wait(lock);
      continue;
    }
    lock.unlock();
    const HubJob taken = *job;
    try {
      Run(*std::move(job), cache);
    } catch (const std::exception& exception) {
      // Out of memory: the task is in the store.
      log_.Write(LogLevel::kError, std::string("work at a hub was given up: ") +
                                       exception.what());
    }
    lock.lock();
    jobs_.End(taken);
    changed_.notify_all();
  }
}

namespace {

tl::unexpected<Error> Superseded() {
  return Fail(Errc::kPreconditionFailed, "another task took its place");
}

}  // namespace

void HubRunner::Run(HubJob job, ConfigCache& cache) {
  if (!job.task) return RunHealthCheck(job, cache);
  auto tried = TryTask(job, cache);
  const bool superseded = tried && !*tried;
  if (job.task->kind == HubTaskKind::kProvision) {
    // Its device waits for an end.
    if (superseded) tried = Superseded();
    EndProvisioning(std::move(job), tried ? Result<Provisioned>(**tried)
                                          : Forward(std::move(tried)));
  } else if (!superseded) {
    EndOther(job, tried ? Status() : Status(Forward(std::move(tried))));
  }
}

namespace {

tl::unexpected<Error> NotLinked(const HubName& hub) {
  return Fail(Errc::kNoHub, "hub " + hub.text() +
                                " is no longer linked, or has no connector");
}

// That is nothing a hub said.
Error NotAboutHub(Error error) {
  if (error.code == Errc::kForbidden) error.code = Errc::kPreconditionFailed;
  return error;
}

}  // namespace

Result<std::optional<Provisioned>> HubRunner::TryTask(const HubJob& job,
                                                      ConfigCache& cache) {
  const HubTask& task = *job.task;
  DPS_TRY(auto snapshot, store_.Read());
  DPS_TRY(const auto stored, snapshot->FindHubTask(job.scope, task.key()));
  if (!stored || stored->etag_text != task.etag_text) return std::nullopt;
  DPS_TRY(const ScopeConfig* config, cache.At(*snapshot, job.scope));
  const auto connector_of = [&](const std::optional<HubName>& name)
      -> Result<std::shared_ptr<HubConnector>> {
    if (!name) return nullptr;
    const HubEntry* entry = config->linked_hubs.Find(name->text());
    if (entry == nullptr || !HasConnector(entry->hub)) return NotLinked(*name);
    return hubs_->Find(job.scope, entry->hub);
  };
  DPS_TRY(const auto hub, connector_of(task.hub));
  if (task.kind == HubTaskKind::kProvision) {
    DPS_TRY(const HubDevice device,
            DeviceOf(*snapshot, job.scope, task).map_error(NotAboutHub));
    DPS_TRY(const DeviceState initial,
            InitialStateOf(*snapshot, job.scope, task).map_error(NotAboutHub));
    const auto from = connector_of(task.from_hub);
    snapshot.reset();
    DPS_TRY(auto done, dps::Provision({.to = *hub,
                                       .from = from ? from->get() : nullptr,
                                       .data = task.data,
                                       .device = device,
                                       .initial = initial,
                                       .may_leave_behind = job.attempts >= 2}));
    if (!from && task.data == DeviceDataChange::kMigrate) {
      done.left_behind = from.error().message;
    }
    return done;
  }
  const auto carry_to = connector_of(task.carry_to).value_or(nullptr);
  snapshot.reset();
  if (task.kind == HubTaskKind::kNotify) {
    DPS_CHECK(hub->Notify(task.device_id));
  } else {
    DPS_CHECK(Withdraw(*hub, carry_to.get(), task.device_id));
  }
  return Provisioned();
}

void HubRunner::EndProvisioning(HubJob job, Result<Provisioned> outcome) {
  const HubName hub = job.hub;
  NoteHealth(job.scope, hub,
             outcome ? Status() : Status(tl::unexpected(outcome.error())));
  const SteadyTime now = clock_.SteadyNow();
  const auto again =
      now + Doubled<std::chrono::milliseconds>(
                limits::kHubRetry, job.attempts++, options_.provisioning);
  if (!outcome && MayPass(outcome.error()) && again < job.give_up) {
    job.not_before = again;
    const std::lock_guard lock(mutex_);
    jobs_.Add(std::move(job));
    return;
  }
  if (!outcome) {
    log_.Write(LogLevel::kWarning,
               "a hub does not have its device: " + Describe(job) +
                   " reason=" + outcome.error().message);
  } else if (!outcome->left_behind.empty()) {
    log_.Write(LogLevel::kWarning,
               "a device moved without its state: " + Describe(job) +
                   " reason=" + outcome->left_behind);
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  done_({.scope = job.scope,
         .task = *std::move(job.task),
         .outcome = std::move(outcome)});
}

void HubRunner::EndOther(const HubJob& job, const Status& outcome) {
  const HubTask& task = *job.task;
  const bool is_notice = task.kind == HubTaskKind::kNotify;
  constexpr int kNoticesMax = 5;
  const bool repeats = !outcome && outcome.error().code != Errc::kNoHub &&
                       outcome.error().code != Errc::kMethodNotAllowed &&
                       (!is_notice || task.attempts < kNoticesMax);
  NoteHealth(job.scope, job.hub, outcome);
  if (!outcome && (task.attempts == 0 || !repeats)) {
    log_.Write(LogLevel::kWarning,
               std::string(is_notice ? "a device was not told to register: "
                                     : "a hub still has a device: ") +
                   Describe(job) + " reason=" + outcome.error().message +
                   (repeats ? " (it is tried again)" : ""));
  }
  Batch batch;
  const Expect expect = Expect::Etag(task.etag_text);
  if (repeats) {
    HubTask next = task;
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
