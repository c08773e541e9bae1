// SPDX-License-Identifier: Apache-2.0
// Does the work at hubs, on threads of its own: what the writer begins, what a
// dead process left, what is due again, and a look at each hub's health.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/hub/hub_directory.h"
#include "core/registration/config_cache.h"
#include "core/registration/hub_jobs.h"
#include "core/registration/hub_work.h"
#include "core/store/store.h"

namespace dps {

struct HubRunnerOptions {
  std::size_t threads = limits::kHubThreads;
  std::size_t per_hub = limits::kHubThreadsPerHub;
  // Devices that wait for one hub: of those that may wait at all
  // (OperationsUnderWay) a dead hub leaves half to the others.
  std::size_t devices_per_hub = limits::kWebhookCallsWaitingMax / 2;
  // How long a provisioning is tried.
  std::chrono::milliseconds provisioning = limits::kHubProvisioning;
  std::chrono::milliseconds check = limits::kHubTaskCheck;
  std::chrono::milliseconds health_check = limits::kHubHealthCheck;
};

class HubRunner {
 public:
  // Told, on a thread of the runner's, how each provisioning ended. Nothing of
  // it is in the store then, but the task. Must not wait.
  using Done = std::function<void(HubTaskEnd)>;

  HubRunner(Store& store, const Clock& clock, Log& log,
            std::unique_ptr<HubDirectory> hubs,
            const HubRunnerOptions& options = {});
  // Calls under way end early, and no `done` is called any more: what was not
  // finished is in the store.
  ~HubRunner();
  HubRunner(const HubRunner&) = delete;
  HubRunner& operator=(const HubRunner&) = delete;

  // Starts the threads, and with them what the store has of provisionings whose
  // process has ended. Once. Throws system_error if there can be no threads.
  void Begin(Done done);

  // Any thread; never waits. REQUIRES: the task is in the store, its owner
  // being this process.
  void Provision(const IdScope& scope, HubTask task);

  // Any thread; never waits. Whether one more device may wait for the hub. Who
  // asks for several at once may take more than there is room for.
  bool HasRoom(const IdScope& scope, const HubName& hub) const;

 private:
  void Work();
  std::optional<HubJob> NextJob();
  void Run(HubJob& job, ConfigCache& cache);
  // hub_runner_tasks.cc. nullopt: the task is in the store no more, or as
  // another.
  [[nodiscard]] Result<std::optional<Provisioned>> TryTask(HubJob& job,
                                                           ConfigCache& cache);
  [[nodiscard]] Result<std::optional<Provisioned>> TryProvision(
      HubJob& job, Snapshot& snapshot, const ScopeConfig& config);
  [[nodiscard]] Result<std::shared_ptr<HubConnector>> ConnectorOf(
      const HubJob& job, const ScopeConfig& config,
      const std::optional<HubName>& hub);
  // Puts a due task off for the other processes of the store, which find it
  // due too. False if one of them was first.
  [[nodiscard]] Result<bool> Claim(HubJob& job);
  // Replaces the task in the store, and in the job.
  [[nodiscard]] Status Rewrite(HubJob& job, HubTask next);
  void EndProvisioning(HubJob& job, Result<Provisioned> outcome);
  void EndOther(const HubJob& job, const Status& outcome);
  void NoteFailure(const HubJob& job, const Error& error);

  // hub_runner_clerk.cc.
  void RunClerk();
  void RunHealthCheck(const HubJob& job, ConfigCache& cache);
  [[nodiscard]] Status TakeDue();
  // What processes that ended had in hand: provisionings, or all.
  [[nodiscard]] Status TakeUnfinished(bool of_all_kinds);
  void Report(const Status& looked);
  void Take(std::vector<DueHubTask> due);
  void LookAtAllHubs();
  void LookAt(const IdScope& scope, const HubName& hub);
  [[nodiscard]] Status WriteHealth(const IdScope& scope,
                                   const HubHealth& health);
  // False once the runner ends.
  bool Wait(std::chrono::milliseconds time);

  Store& store_;
  const Clock& clock_;
  Log& log_;
  const HubRunnerOptions options_;
  const std::unique_ptr<HubDirectory> hubs_;
  Done done_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // there may be a job to take
  std::condition_variable ending_;
  HubJobs jobs_;            // under mutex_
  bool stopping_ = false;   // under mutex_
  std::string last_error_;  // the clerk's
  std::vector<std::thread> threads_;
};

}  // namespace dps
