// SPDX-License-Identifier: Apache-2.0
// A linked hub that is left alone for a while when it is dead, or wants to be.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/clock.h"
#include "core/hub/connector.h"

namespace dps {

// Passes calls on, until limits::kHubFailuresMax in a row ended with
// kUnavailable, or one with kThrottled: then calls fail at once with the same
// code for limits::kHubPause, or as long as the hub asked for. CheckHealth() is
// always passed on, and counts. Thread-safe.
class GuardedHub final : public HubConnector {
 public:
  GuardedHub(std::unique_ptr<HubConnector> hub, const Clock& clock)
      : hub_(std::move(hub)), clock_(clock) {}

  [[nodiscard]] Status EnsureDevice(const HubDevice& device) override;
  [[nodiscard]] Result<std::optional<DeviceState>> ReadState(
      const std::string& device_id) override;
  [[nodiscard]] Status WriteState(const std::string& device_id,
                                  const DeviceState& state) override;
  [[nodiscard]] Status RemoveDevice(const std::string& device_id) override;
  [[nodiscard]] Status CheckHealth() override;
  [[nodiscard]] Status Notify(const std::string& device_id) override;

  // For how long calls will fail at once; zero if they will not.
  std::chrono::milliseconds pause() const override;

 private:
  [[nodiscard]] Status Admit() const;
  void Note(const Error* error);
  template <class Call>
  auto Guard(Call call) -> decltype(call());

  const std::unique_ptr<HubConnector> hub_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  int failures_ = 0;           // in a row; under mutex_
  SteadyTime paused_until_{};  // under mutex_
  Error last_failure_;         // under mutex_
};

}  // namespace dps
