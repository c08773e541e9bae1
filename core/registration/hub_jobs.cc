// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_jobs.h"

#include <algorithm>

namespace dps {
namespace {

bool IsUrgent(const HubJob& job) {
  return job.task && job.task->kind == HubTaskKind::kProvision;
}

}  // namespace

void HubJobs::Add(HubJob job) {
  held_.emplace(job.scope, job.key());
  if (IsUrgent(job)) ++devices_[{job.scope, job.hub.text()}];
  std::list<HubJob>& jobs = IsUrgent(job) ? urgent_ : other_;
  jobs.push_back(std::move(job));
}

bool HubJobs::MayStart(const HubJob& job, SteadyTime now) const {
  if (job.not_before > now) return false;
  const auto hub = busy_hubs_.find({job.scope, job.hub.text()});
  if (hub != busy_hubs_.end() && hub->second >= per_hub_) return false;
  return !job.task || !busy_devices_.contains({job.scope, job.task->device_id});
}

std::optional<HubJob> HubJobs::TakeFrom(std::list<HubJob>& jobs,
                                        SteadyTime now) {
  const auto next = std::ranges::find_if(
      jobs, [&](const HubJob& job) { return MayStart(job, now); });
  if (next == jobs.end()) return std::nullopt;
  HubJob job = std::move(*next);
  jobs.erase(next);
  ++busy_hubs_[{job.scope, job.hub.text()}];
  if (job.task) busy_devices_.emplace(job.scope, job.task->device_id);
  return job;
}

std::optional<HubJob> HubJobs::Take(SteadyTime now) {
  auto job = TakeFrom(urgent_, now);
  return job ? std::move(job) : TakeFrom(other_, now);
}

void HubJobs::End(const HubJob& job) {
  const auto hub = busy_hubs_.find({job.scope, job.hub.text()});
  if (--hub->second == 0) busy_hubs_.erase(hub);
  held_.erase(held_.find({job.scope, job.key()}));
  if (job.task) busy_devices_.erase({job.scope, job.task->device_id});
  if (!IsUrgent(job)) return;
  const auto devices = devices_.find({job.scope, job.hub.text()});
  if (--devices->second == 0) devices_.erase(devices);
}

std::size_t HubJobs::DevicesOf(const IdScope& scope, const HubName& hub) const {
  const auto devices = devices_.find({scope, hub.text()});
  return devices == devices_.end() ? 0 : devices->second;
}

std::optional<SteadyTime> HubJobs::NextDue(SteadyTime now) const {
  std::optional<SteadyTime> next;
  for (const auto* jobs : {&urgent_, &other_}) {
    for (const HubJob& job : *jobs) {
      if (job.not_before <= now) continue;
      next = next ? std::min(*next, job.not_before) : job.not_before;
    }
  }
  return next;
}

bool HubJobs::Holds(const HubJob& job) const {
  return held_.contains({job.scope, job.key()});
}

}  // namespace dps
