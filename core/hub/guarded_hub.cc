// SPDX-License-Identifier: Apache-2.0
#include "core/hub/guarded_hub.h"

#include <algorithm>
#include <utility>

#include "core/base/limits.h"

namespace dps {

std::chrono::milliseconds GuardedHub::pause() const {
  const std::lock_guard lock(mutex_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      std::max(dead_until_, paused_until_) - clock_.SteadyNow());
  return std::max(left, std::chrono::milliseconds::zero());
}

Status GuardedHub::Admit(bool even_if_dead) const {
  const std::lock_guard lock(mutex_);
  const SteadyTime until =
      even_if_dead ? paused_until_ : std::max(dead_until_, paused_until_);
  if (clock_.SteadyNow() >= until) return {};
  return Fail(last_failure_.code,
              "it failed too often and is left alone for some seconds; the "
              "last time: " +
                  last_failure_.message);
}

// What is wrong with one device says nothing of the hub.
void GuardedHub::Note(const Error* error) {
  const auto asked = hub_->pause();
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.SteadyNow();
  if (error == nullptr ||
      (error->code != Errc::kUnavailable && error->code != Errc::kThrottled)) {
    failures_ = 0;
    dead_until_ = {};
    return;
  }
  last_failure_ = *error;
  paused_until_ = std::max(paused_until_, now + asked);
  if (error->code == Errc::kUnavailable &&
      ++failures_ >= limits::kHubFailuresMax) {
    dead_until_ = now + limits::kHubPause;
  }
}

template <class Call>
auto GuardedHub::Guard(Call call) -> decltype(call()) {
  DPS_CHECK(Admit(false));
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

Status GuardedHub::SuspendDevice(const std::string& device_id) {
  return Guard([&] { return hub_->SuspendDevice(device_id); });
}

Status GuardedHub::Notify(const std::string& device_id) {
  return Guard([&] { return hub_->Notify(device_id); });
}

Status GuardedHub::CheckHealth() {
  DPS_CHECK(Admit(true));
  auto health = hub_->CheckHealth();
  Note(health ? nullptr : &health.error());
  return health;
}

}  // namespace dps
