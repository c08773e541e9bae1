// SPDX-License-Identifier: Apache-2.0
// A hub in memory that does as it is told: fails, waits, counts.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/hub/connector.h"

namespace dps {

// What the hub holds; several connectors may share it, as processes would.
// Thread-safe.
class FakeHub {
 public:
  struct Device {
    HubDevice identity;
    DeviceState state;
    bool suspended = false;
  };

  std::optional<Device> Find(const std::string& device_id) const {
    const std::lock_guard lock(mutex_);
    const auto found = devices_.find(device_id);
    if (found == devices_.end()) return std::nullopt;
    return found->second;
  }
  void SetState(const std::string& device_id, DeviceState state) {
    const std::lock_guard lock(mutex_);
    devices_[device_id].state = std::move(state);
  }
  void Forget(const std::string& device_id) {
    const std::lock_guard lock(mutex_);
    devices_.erase(device_id);
  }

  // Called before each verb, "ensure", "read", "write", "suspend", "remove",
  // "health" or "notify"; what it returns is the verb's end, if it is an error.
  using Before = std::function<Status(std::string_view verb)>;
  void SetBefore(Before before) {
    const std::lock_guard lock(mutex_);
    before_ = std::move(before);
  }
  void FailWith(Errc code) {
    SetBefore([code](std::string_view) { return Fail(code, "it is so"); });
  }
  void Recover() { SetBefore({}); }

  // For how long it wants to be left alone.
  void SetPause(std::chrono::milliseconds pause) { pause_ = pause; }

  // The verbs so far, "ensure dev-1" and the like, without those of health.
  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  std::unique_ptr<HubConnector> Connect();

 private:
  friend class FakeConnector;

  [[nodiscard]] Status Enter(const std::string& verb,
                             const std::string& device_id) {
    Before before;
    {
      const std::lock_guard lock(mutex_);
      if (verb != "health") calls_.push_back(verb + " " + device_id);
      before = before_;
    }
    return before ? before(verb) : Status();
  }

  mutable std::mutex mutex_;
  std::map<std::string, Device> devices_;
  Before before_;
  std::atomic<std::chrono::milliseconds> pause_{};
  std::vector<std::string> calls_;
};

class FakeConnector final : public HubConnector {
 public:
  explicit FakeConnector(FakeHub& hub) : hub_(hub) {}

  Status EnsureDevice(const HubDevice& device) override {
    DPS_CHECK(hub_.Enter("ensure", device.device_id));
    const std::lock_guard lock(hub_.mutex_);
    FakeHub::Device& kept = hub_.devices_[device.device_id];
    kept.identity = device;
    kept.suspended = false;
    return {};
  }
  Result<std::optional<DeviceState>> ReadState(
      const std::string& device_id) override {
    DPS_CHECK(hub_.Enter("read", device_id));
    const auto found = hub_.Find(device_id);
    if (!found) return std::nullopt;
    return found->state;
  }
  Status WriteState(const std::string& device_id,
                    const DeviceState& state) override {
    DPS_CHECK(hub_.Enter("write", device_id));
    hub_.SetState(device_id, state);
    return {};
  }
  Status RemoveDevice(const std::string& device_id) override {
    DPS_CHECK(hub_.Enter("remove", device_id));
    hub_.Forget(device_id);
    return {};
  }
  Status SuspendDevice(const std::string& device_id) override {
    DPS_CHECK(hub_.Enter("suspend", device_id));
    const std::lock_guard lock(hub_.mutex_);
    const auto found = hub_.devices_.find(device_id);
    if (found != hub_.devices_.end()) found->second.suspended = true;
    return {};
  }
  Status CheckHealth() override { return hub_.Enter("health", ""); }
  Status Notify(const std::string& device_id) override {
    return hub_.Enter("notify", device_id);
  }
  std::string address() const override {
    return std::to_string(reinterpret_cast<std::uintptr_t>(&hub_));
  }
  std::chrono::milliseconds pause() const override { return hub_.pause_; }

 private:
  FakeHub& hub_;
};

inline std::unique_ptr<HubConnector> FakeHub::Connect() {
  return std::make_unique<FakeConnector>(*this);
}

}  // namespace dps
