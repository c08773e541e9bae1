// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_runner.h"

#include <exception>
#include <utility>

#include "core/base/thread.h"

namespace dps {

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
  threads_.reserve(options_.threads + 1);
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

bool HubRunner::HasRoom(const IdScope& scope, const HubName& hub) const {
  const std::lock_guard lock(mutex_);
  return jobs_.DevicesOf(scope, hub) < options_.devices_per_hub;
}

std::optional<HubJob> HubRunner::NextJob() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const SteadyTime now = clock_.SteadyNow();
    if (auto job = jobs_.Take(now)) return job;
    const auto next = jobs_.NextDue(now);
    next ? void(changed_.wait_for(lock, *next - now)) : changed_.wait(lock);
  }
  return std::nullopt;
}

void HubRunner::Work() {
  ConfigCache cache;
  while (true) {
    std::optional<HubJob> job;
    try {
      job = NextJob();
      if (!job) return;
      Run(*job, cache);
    } catch (const std::exception& exception) {
      // Out of memory: the task is in the store.
      log_.Write(LogLevel::kError, std::string("work at a hub was given up: ") +
                                       exception.what());
    }
    if (!job) continue;
    {
      const std::lock_guard lock(mutex_);
      jobs_.End(*job);
    }
    // This thread takes what may start in its place; another, what the device
    // or a second hub was free for.
    changed_.notify_one();
  }
}

void HubRunner::Run(HubJob& job, ConfigCache& cache) {
  if (!job.task) return RunHealthCheck(job, cache);
  auto tried = TryTask(job, cache);
  if (tried && !*tried) {
    if (job.task->kind != HubTaskKind::kProvision) return;
    // Its device waits for an end.
    tried = Fail(Errc::kPreconditionFailed, "another task took its place");
  }
  if (job.task->kind == HubTaskKind::kProvision) {
    EndProvisioning(
        job, tried ? Result<Provisioned>(**tried) : Forward(std::move(tried)));
  } else {
    EndOther(job, tried ? Status() : Status(Forward(std::move(tried))));
  }
}

}  // namespace dps
