// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/device.h"

#include "core/base/text.h"

namespace dps::bench {
namespace {

constexpr std::uint16_t kSubscribeId = 1;
constexpr std::uint16_t kRegisterId = 2;
constexpr std::uint16_t kFirstPollId = 3;

// The text between `before` and the next `after`; empty if it is not there.
std::string_view Between(std::string_view text, std::string_view before,
                         std::string_view after) {
  const std::size_t found = text.find(before);
  if (found == std::string_view::npos) return {};
  text.remove_prefix(found + before.size());
  return text.substr(0, text.find(after));
}

}  // namespace

Device::Device(const DeviceScript& script, std::uint16_t port, SSL_CTX* tls)
    : script_(script), connection_(port, tls, script.identity.get()) {
  steps_.started = std::chrono::steady_clock::now();
  connection_.Send(EncodeConnect(script.connect));
}

void Device::Advance(SteadyTime now, std::chrono::milliseconds poll_delay) {
  poll_delay_ = poll_delay;
  connection_.Advance();
  for (;;) {
    const auto packet = TakePacket(connection_.received(), kMqtt311);
    if (!packet) failure_ = packet.error().message;
    if (!packet || !*packet) break;
    OnPacket(**packet, now);
  }
  if (ended()) steps_.ended = now;
}

void Device::OnPacket(const MqttPacket& packet, SteadyTime now) {
  switch (packet.type) {
    case PacketType::kConnack:
      if (packet.code != 0) failure_ = "CONNACK is not 0";
      steps_.connected = now;
      connection_.Send(
          EncodeSubscribe(kSubscribeId, script_.filter, 1, kMqtt311));
      break;
    case PacketType::kSuback: {
      steps_.register_sent = now;
      MqttMessage request = script_.register_request;
      request.packet_id = kRegisterId;
      connection_.Send(EncodePublish(request, kMqtt311));
      break;
    }
    case PacketType::kPublish:
      connection_.Send(EncodeAck(PacketType::kPuback, packet.packet_id));
      OnAnswer(packet.message, now);
      break;
    default:
      break;
  }
}

void Device::OnAnswer(const MqttMessage& message, SteadyTime now) {
  const std::string_view status =
      Between(message.topic, "$dps/registrations/res/", "/");
  const bool to_poll = steps_.polls > 0;
  (to_poll ? steps_.poll_answered : steps_.register_answered) = now;
  const bool pending =
      script_.echo ? !to_poll : status == "202" || status == "429";
  if (!pending) {
    assigned_ = script_.echo ||
                message.payload.find("assignedHub") != std::string::npos;
    if (!assigned_) {
      failure_ = "answered " + Printable(message.topic + message.payload);
    }
    connection_.Send(EncodeDisconnect());
    return;
  }
  auto delay = poll_delay_;
  if (status == "429") {
    const auto asked =
        ParseDecimal(Between(message.topic, "retry-after=", "&"));
    delay = std::chrono::seconds(asked.value_or(1));
  }
  if (operation_id_.empty()) {
    operation_id_ = Between(message.payload, "\"operationId\":\"", "\"");
  }
  poll_due_ = now + delay;
}

void Device::Poll(SteadyTime now) {
  poll_due_.reset();
  MqttMessage request = script_.poll_request;
  if (!script_.echo) request.topic += operation_id_;
  request.packet_id = static_cast<std::uint16_t>(kFirstPollId + steps_.polls);
  ++steps_.polls;
  steps_.poll_sent = now;
  connection_.Send(EncodePublish(request, kMqtt311));
}

std::string Device::failure() const {
  if (!failure_.empty() || assigned_) return failure_;
  return "the connection was closed early";
}

}  // namespace dps::bench
