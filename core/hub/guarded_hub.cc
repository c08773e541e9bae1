// SPDX-License-Identifier: Apache-2.0
#include "core/hub/guarded_hub.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"

namespace dps {

std::chrono::milliseconds GuardedHub::pause() const {
  const std::lock_guard lock(mutex_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      paused_until_ - clock_.SteadyNow());
  return std::max(left, std::chrono::milliseconds::zero());
}

Status GuardedHub::Admit() const {
  const std::lock_guard lock(mutex_);
  if (clock_.SteadyNow() >= paused_until_) return {};
  return Fail(last_failure_.code, "it is not asked for some seconds, lately: " +
                                      last_failure_.message);
}

// What is wrong with one device says nothing of the hub.
void GuardedHub::Note(const Error* error) {
  const auto asked = hub_->pause();
  const std::lock_guard lock(mutex_);
  if (error == nullptr ||
      (error->code != Errc::kUnavailable && error->code != Errc::kThrottled)) {
    failures_ = 0;
    return;
  }
  last_failure_ = *error;
  const SteadyTime now = clock_.SteadyNow();
  if (error->code == Errc::kThrottled) {
    paused_until_ = std::max(paused_until_, now + asked);
  } else if (++failures_ >= limits::kHubFailuresMax) {
    paused_until_ = now + limits::kHubPause;
  }
}

template <class Call>
auto GuardedHub::Guard(Call call) -> decltype(call()) {
  DPS_CHECK(Admit());
  auto result = call();
  Note(result ? nullptr : &result.error());
  return result;
}

Status GuardedHub::EnsureDevice(const HubDevice& device) {
  return Guard([&] { return hub_->EnsureDevice(device); });
}

Result<std::optional<DeviceState>> GuardedHub::ReadState(
    const std::string& device_id) {
  return Guard([&] { return hub_->ReadState(device_id); });
}

Status GuardedHub::WriteState(const std::string& device_id,
                              const DeviceState& state) {
  return Guard([&] { return hub_->WriteState(device_id, state); });
}

Status GuardedHub::RemoveDevice(const std::string& device_id) {
  return Guard([&] { return hub_->RemoveDevice(device_id); });
}

Status GuardedHub::Notify(const std::string& device_id) {
  return Guard([&] { return hub_->Notify(device_id); });
}

Status GuardedHub::CheckHealth() {
  auto health = hub_->CheckHealth();
  Note(health ? nullptr : &health.error());
  if (health) {
    const std::lock_guard lock(mutex_);
    if (last_failure_.code == Errc::kUnavailable) paused_until_ = {};
  }
  return health;
}

}  // namespace dps
