// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mqtt_client.h"

#include <algorithm>
#include <utility>

namespace dps {
namespace {

SteadyTime In(std::chrono::milliseconds patience) {
  return std::chrono::steady_clock::now() + patience;
}

}  // namespace

Result<MqttClient> MqttClient::Open(const Endpoint& endpoint) {
  DPS_TRY(auto stream, OpenStream(endpoint, In(kPatience)));
  return MqttClient(std::move(stream));
}

Result<MqttPacket> MqttClient::Connect(const ConnectOptions& options) {
  version_ = options.version;
  DPS_CHECK(SendRaw(EncodeConnect(options)));
  return WaitFor(PacketType::kConnack);
}

Result<std::uint8_t> MqttClient::Subscribe(std::string_view filter, int qos) {
  DPS_CHECK(SendRaw(EncodeSubscribe(NextPacketId(), filter, qos, version_)));
  DPS_TRY(const MqttPacket answer, WaitFor(PacketType::kSuback));
  if (!answer.codes.empty()) return answer.codes[0];
  return Fail(Errc::kInvalidArgument, "a SUBACK without a code");
}

Result<std::uint8_t> MqttClient::Unsubscribe(std::string_view filter) {
  DPS_CHECK(SendRaw(EncodeUnsubscribe(NextPacketId(), filter, version_)));
  DPS_TRY(const MqttPacket answer, WaitFor(PacketType::kUnsuback));
  return answer.codes.empty() ? std::uint8_t{0} : answer.codes[0];
}

Result<std::uint8_t> MqttClient::Publish(MqttMessage message) {
  const int qos = message.qos;
  DPS_TRY(const std::uint16_t id, SendPublish(std::move(message)));
  if (qos == 0) return std::uint8_t{0};
  const auto answer_type = qos == 1 ? PacketType::kPuback : PacketType::kPubrec;
  DPS_TRY(const MqttPacket answer, WaitFor(answer_type));
  if (answer.packet_id != id) {
    return Fail(Errc::kInvalidArgument, "an answer to another PUBLISH");
  }
  if (qos == 1 || answer.code >= 0x80) return answer.code;
  DPS_CHECK(SendRaw(EncodeAck(PacketType::kPubrel, id)));
  DPS_TRY(const MqttPacket complete, WaitFor(PacketType::kPubcomp));
  return complete.code;
}

Result<std::uint16_t> MqttClient::SendPublish(MqttMessage message) {
  if (message.qos > 0 && message.packet_id == 0) {
    message.packet_id = NextPacketId();
  }
  DPS_CHECK(SendRaw(EncodePublish(message, version_)));
  return message.packet_id;
}

Result<MqttMessage> MqttClient::NextMessage(
    std::chrono::milliseconds patience) {
  DPS_TRY(MqttPacket packet, WaitFor(PacketType::kPublish, patience));
  return std::move(packet.message);
}

Result<std::vector<MqttMessage>> MqttClient::MessagesSoFar() {
  DPS_CHECK(Ping());
  DPS_CHECK(Ping());
  std::vector<MqttMessage> messages;
  while (auto packet = TakePending(PacketType::kPublish)) {
    messages.push_back(std::move(packet->message));
  }
  return messages;
}

Status MqttClient::Ping() {
  DPS_CHECK(SendRaw(EncodePingreq()));
  DPS_CHECK(WaitFor(PacketType::kPingresp));
  return {};
}

Status MqttClient::SendRaw(std::string_view bytes) {
  if (closed()) return Fail(Errc::kUnavailable, "the connection is closed");
  return stream_->Write(bytes, In(kPatience));
}

Result<MqttPacket> MqttClient::NextPacket(std::chrono::milliseconds patience) {
  const SteadyTime deadline = In(patience);
  while (pending_.empty()) DPS_CHECK(Receive(deadline));
  MqttPacket packet = std::move(pending_.front());
  pending_.pop_front();
  return packet;
}

Result<MqttPacket> MqttClient::WaitFor(PacketType type,
                                       std::chrono::milliseconds patience) {
  const SteadyTime deadline = In(patience);
  for (;;) {
    if (auto packet = TakePending(type)) return *std::move(packet);
    DPS_CHECK(Receive(deadline));
  }
}

void MqttClient::Disconnect() {
  static_cast<void>(SendRaw(EncodeDisconnect()));
  Abort();
}

bool MqttClient::WaitClosed(std::chrono::milliseconds patience) {
  const SteadyTime deadline = In(patience);
  while (!closed() && Receive(deadline)) {
  }
  return closed();
}

// Reads what has arrived, at least once, into whole packets.
Status MqttClient::Receive(SteadyTime deadline) {
  if (closed()) return Fail(Errc::kUnavailable, "the connection is closed");
  DPS_TRY(const std::string bytes, stream_->Read(deadline));
  if (bytes.empty()) {
    Abort();
    return Fail(Errc::kUnavailable, "the broker has closed the connection");
  }
  buffer_ += bytes;
  for (;;) {
    DPS_TRY(const auto packet, TakePacket(buffer_, version_));
    if (!packet) return {};
    arrivals_.push_back(*packet);
    pending_.push_back(*packet);
    DPS_CHECK(Acknowledge(*packet));
  }
}

Status MqttClient::Acknowledge(const MqttPacket& packet) {
  std::string answer;
  if (packet.type == PacketType::kPubrel) {
    answer = EncodeAck(PacketType::kPubcomp, packet.packet_id);
  } else if (packet.type == PacketType::kPublish && packet.message.qos > 0) {
    answer = EncodeAck(
        packet.message.qos == 1 ? PacketType::kPuback : PacketType::kPubrec,
        packet.packet_id);
  }
  if (answer.empty()) return {};
  // A broker that has just closed is told by the next read.
  static_cast<void>(SendRaw(answer));
  return {};
}

std::optional<MqttPacket> MqttClient::TakePending(PacketType type) {
  const auto found = std::ranges::find(pending_, type, &MqttPacket::type);
  if (found == pending_.end()) return std::nullopt;
  MqttPacket packet = std::move(*found);
  pending_.erase(found);
  return packet;
}

std::uint16_t MqttClient::NextPacketId() {
  if (++last_packet_id_ == 0) ++last_packet_id_;
  return last_packet_id_;
}

}  // namespace dps
