// SPDX-License-Identifier: Apache-2.0
// A linked hub that is left alone for a while when it is dead, or wants to be.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/base/clock.h"
#include "core/hub/connector.h"

namespace dps {

// Passes calls on, until limits::kHubFailuresMax in a row ended with
// kUnavailable, or the hub asked to be left alone: then calls fail at once with
// the last code, for limits::kHubPause, or as long as the hub asked for.
// CheckHealth() is passed on to a hub that seems dead, and counts.
// Thread-safe.
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
  [[nodiscard]] Status SuspendDevice(const std::string& device_id) override;
  [[nodiscard]] Status CheckHealth() override;
  [[nodiscard]] Status Notify(const std::string& device_id) override;

  std::string address() const override { return hub_->address(); }
  // For how long calls will fail at once; zero if they will not.
  std::chrono::milliseconds pause() const override;

 private:
  [[nodiscard]] Status Admit(bool even_if_dead) const;
  void Note(const Error* error);
  template <class Call>
  auto Guard(Call call) -> decltype(call());

  const std::unique_ptr<HubConnector> hub_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  // All under mutex_.
  int failures_ = 0;           // in a row
  SteadyTime dead_until_{};    // for it failed too often
  SteadyTime paused_until_{};  // for it asked us to
  Error last_failure_;
};

}  // namespace dps
