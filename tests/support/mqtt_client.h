// SPDX-License-Identifier: Apache-2.0
// A raw MQTT client for tests: every packet can be sent, every arrival seen in
// its order, every wait has a deadline. Not thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "tests/support/byte_stream.h"
#include "tests/support/mqtt_packet.h"
#include "tests/support/patience.h"

namespace dps {

// Errors of all calls that wait: kUnavailable when patience ends or the
// connection is closed (then closed() is true), kInvalidArgument for bytes
// that are not MQTT.
class MqttClient {
 public:
  // Opens the transport only; see OpenStream() for the errors.
  [[nodiscard]] static Result<MqttClient> Open(const Endpoint& endpoint);

  // Sends CONNECT and returns the CONNACK, whatever its code.
  [[nodiscard]] Result<MqttPacket> Connect(const ConnectOptions& options);

  // The granted QoS or the failure code (0x80...).
  [[nodiscard]] Result<std::uint8_t> Subscribe(std::string_view filter,
                                               int qos);
  // MQTT 5: the reason code; MQTT 3.1.1: 0.
  [[nodiscard]] Result<std::uint8_t> Unsubscribe(std::string_view filter);

  // Sends and waits for PUBACK (QoS 1) or the exchange up to PUBCOMP (QoS 2).
  // The reason code; 0 at QoS 0 and in MQTT 3.1.1.
  [[nodiscard]] Result<std::uint8_t> Publish(MqttMessage message);
  // Sends and waits for nothing. Returns the packet id.
  [[nodiscard]] Result<std::uint16_t> SendPublish(MqttMessage message);

  // The next message, oldest first; QoS 1 and 2 are acknowledged.
  [[nodiscard]] Result<MqttMessage> NextMessage(
      std::chrono::milliseconds patience = kPatience);
  // Messages that have come and were not taken by NextMessage(), after
  // everything sent so far was processed by the broker: two pings go round,
  // since what a plugin publishes leaves in the broker's next turn.
  [[nodiscard]] Result<std::vector<MqttMessage>> MessagesSoFar();

  [[nodiscard]] Status Ping();
  [[nodiscard]] Status SendRaw(std::string_view bytes);
  // The next packet that no other call has taken.
  [[nodiscard]] Result<MqttPacket> NextPacket(
      std::chrono::milliseconds patience = kPatience);
  // The first such packet of that type; the others keep their place.
  [[nodiscard]] Result<MqttPacket> WaitFor(
      PacketType type, std::chrono::milliseconds patience = kPatience);

  // Sends DISCONNECT and closes.
  void Disconnect();
  // Closes without DISCONNECT, so that a will is published.
  void Abort() { stream_.reset(); }
  // Waits until the broker closes; false if patience ends first.
  [[nodiscard]] bool WaitClosed(std::chrono::milliseconds patience = kPatience);
  bool closed() const { return stream_ == nullptr; }

  // Every packet of the connection in the order of its arrival.
  const std::vector<MqttPacket>& arrivals() const { return arrivals_; }

 private:
  explicit MqttClient(std::unique_ptr<ByteStream> stream)
      : stream_(std::move(stream)) {}
  Status Receive(SteadyTime deadline);
  Status Acknowledge(const MqttPacket& packet);
  std::optional<MqttPacket> TakePending(PacketType type);
  std::uint16_t NextPacketId();

  std::unique_ptr<ByteStream> stream_;
  int version_ = kMqtt311;
  std::uint16_t last_packet_id_ = 0;
  std::string buffer_;
  std::deque<MqttPacket> pending_;
  std::vector<MqttPacket> arrivals_;
};

}  // namespace dps
