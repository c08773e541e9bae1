// SPDX-License-Identifier: Apache-2.0
// A TCP proxy before a broker that stops at a chosen packet of its client, so
// that a test can see to what happens just then.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "core/base/result.h"
#include "tests/support/patience.h"

namespace dps {

// Counts the PUBLISH packets that clients send, over all connections.
class MqttGate {
 public:
  // In front of 127.0.0.1:`port`. Errors: kUnavailable.
  [[nodiscard]] static Result<std::unique_ptr<MqttGate>> Start(
      std::uint16_t port);
  ~MqttGate();
  MqttGate(const MqttGate&) = delete;
  MqttGate& operator=(const MqttGate&) = delete;

  std::uint16_t port() const { return listening_port_; }

  // From now on the `n`th PUBLISH, from 1, and all after it are kept back.
  void StopAt(int n);
  // Waits until one is; false if patience ends before.
  [[nodiscard]] bool WaitStopped(
      std::chrono::milliseconds patience = kPatience) const;
  // Everything passes again; what was kept back, too.
  void Open();

 private:
  MqttGate() = default;
  void Run();

  std::uint16_t listening_port_ = 0;
  std::uint16_t target_port_ = 0;
  int listener_ = -1;
  std::atomic<int> left_ = -1;  // PUBLISH packets that may pass; -1 = all
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace dps
