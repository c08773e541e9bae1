// SPDX-License-Identifier: Apache-2.0
// One simulated device: connect, subscribe, register, poll until assigned,
// disconnect, all at QoS 1.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "tests/bench/connection.h"
#include "tests/support/mqtt_packet.h"

namespace dps::bench {

// What a device says. Against a broker without the plugin it talks to itself:
// it subscribes to the topic it publishes to, and the messages have the size
// of the plugin's answers.
struct DeviceScript {
  ConnectOptions connect;
  std::string filter;
  MqttMessage register_request;
  MqttMessage poll_request;  // to DPS, the operation id is added to the topic
  bool echo = false;
  std::shared_ptr<TlsIdentity> identity;  // null: no certificate
};

// When each step was reached; the poll's are those of the last one.
struct Steps {
  SteadyTime started;
  SteadyTime connected;
  SteadyTime register_sent;
  SteadyTime register_answered;
  SteadyTime poll_sent;
  SteadyTime poll_answered;
  SteadyTime ended;
  int polls = 0;
};

// Not thread-safe.
class Device {
 public:
  // `script` must outlive the device. It starts to connect at once.
  Device(const DeviceScript& script, std::uint16_t port, SSL_CTX* tls);

  int fd() const { return connection_.fd(); }

  // After an event on fd(), at the time `now`.
  void Advance(SteadyTime now, std::chrono::milliseconds poll_delay);
  // When the device wants Poll() called; nullopt while it waits for the
  // broker.
  std::optional<SteadyTime> poll_due() const { return poll_due_; }
  void Poll(SteadyTime now);

  // The broker has closed: after a DISCONNECT, or as a failure.
  bool ended() const { return connection_.closed(); }
  // Why the flow is not complete; empty if it is.
  std::string failure() const;
  const Steps& steps() const { return steps_; }

 private:
  void OnPacket(const MqttPacket& packet, SteadyTime now);
  void OnAnswer(const MqttMessage& message, SteadyTime now);

  const DeviceScript& script_;
  Connection connection_;
  Steps steps_;
  std::string operation_id_;
  std::string failure_;
  bool assigned_ = false;
  std::chrono::milliseconds poll_delay_{};
  std::optional<SteadyTime> poll_due_;
};

}  // namespace dps::bench
