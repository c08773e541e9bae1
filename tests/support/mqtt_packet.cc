// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mqtt_packet.h"

#include <utility>

namespace dps {
namespace {

constexpr int kLengthBytesMax = 4;
constexpr char kSessionExpiryProperty = 0x11;

std::uint8_t FirstByte(PacketType type, unsigned flags = 0) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags);
}

std::string EncodeLength(std::size_t length) {
  std::string text;
  do {
    const std::size_t rest = length / 128;
    text.push_back(static_cast<char>(length % 128 | (rest > 0 ? 128U : 0U)));
    length = rest;
  } while (length > 0);
  return text;
}

std::string EncodeProperties(std::string_view properties, int version) {
  if (version < kMqtt5) return {};
  return EncodeLength(properties.size()) + std::string(properties);
}

std::string ConnectProperties(const ConnectOptions& options) {
  if (!options.session_expiry_s) return {};
  const std::uint32_t seconds = *options.session_expiry_s;
  return kSessionExpiryProperty + EncodeUint16(seconds >> 16) +
         EncodeUint16(seconds & 0xffff);
}

unsigned ConnectFlags(const ConnectOptions& options) {
  unsigned flags = options.clean ? 0x02 : 0;
  if (options.will) {
    flags |= 0x04U | static_cast<unsigned>(options.will->qos) << 3 |
             (options.will->retain ? 0x20U : 0);
  }
  if (options.password) flags |= 0x40;
  if (options.username) flags |= 0x80;
  return flags;
}

// Reads a body from its front; running out of bytes is remembered, not thrown.
class BodyReader {
 public:
  explicit BodyReader(std::string_view body) : rest_(body) {}

  std::uint8_t Byte() {
    const std::string_view bytes = Bytes(1);
    return bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes[0]);
  }
  std::uint16_t Uint16() {
    const unsigned high = Byte();
    return static_cast<std::uint16_t>(high << 8 | Byte());
  }
  std::string_view Text() { return Bytes(Uint16()); }
  std::string_view Properties(int version) {
    if (version < kMqtt5 || rest_.empty()) return {};
    std::size_t length = 0;
    unsigned byte = 0x80;
    for (int shift = 0; shift < 28 && (byte & 0x80) != 0; shift += 7) {
      byte = Byte();
      length |= static_cast<std::size_t>(byte & 0x7f) << shift;
    }
    return Bytes(length);
  }
  std::string_view Rest() { return Bytes(rest_.size()); }
  bool empty() const { return rest_.empty(); }
  bool overrun() const { return overrun_; }

 private:
  std::string_view Bytes(std::size_t count) {
    if (count > rest_.size()) {
      overrun_ = true;
      return std::exchange(rest_, {}).substr(0, 0);
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::string_view rest_;
  bool overrun_ = false;
};

void DecodePublish(BodyReader& body, int version, MqttPacket& packet) {
  MqttMessage& message = packet.message;
  message.qos = packet.flags >> 1 & 3;
  message.retain = (packet.flags & 1) != 0;
  message.dup = (packet.flags & 8) != 0;
  message.topic = body.Text();
  if (message.qos > 0) message.packet_id = packet.packet_id = body.Uint16();
  message.properties = body.Properties(version);
  message.payload = body.Rest();
}

void DecodeGrants(BodyReader& body, int version, MqttPacket& packet) {
  packet.packet_id = body.Uint16();
  body.Properties(version);
  while (!body.empty()) packet.codes.push_back(body.Byte());
}

Status DecodeBody(int version, MqttPacket& packet) {
  BodyReader body(packet.body);
  switch (packet.type) {
    case PacketType::kConnack:
      packet.session_present = (body.Byte() & 1) != 0;
      packet.code = body.Byte();
      break;
    case PacketType::kPublish:
      DecodePublish(body, version, packet);
      break;
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      packet.packet_id = body.Uint16();
      if (!body.empty()) packet.code = body.Byte();
      break;
    case PacketType::kSuback:
    case PacketType::kUnsuback:
      DecodeGrants(body, version, packet);
      break;
    case PacketType::kPingresp:
      break;
    case PacketType::kDisconnect:
      if (!body.empty()) packet.code = body.Byte();
      break;
    default:
      return Fail(Errc::kInvalidArgument, "not a packet a broker sends");
  }
  if (!body.overrun()) return {};
  return Fail(Errc::kInvalidArgument, "a packet shorter than its content");
}

}  // namespace

std::string EncodeUint16(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string EncodeText(std::string_view text) {
  return EncodeUint16(text.size()) + std::string(text);
}

std::string EncodePacket(std::uint8_t first_byte, std::string_view body) {
  return static_cast<char>(first_byte) + EncodeLength(body.size()) +
         std::string(body);
}

std::string EncodeConnect(const ConnectOptions& options) {
  std::string body = EncodeText("MQTT");
  body.push_back(static_cast<char>(options.version));
  body.push_back(static_cast<char>(ConnectFlags(options)));
  body += EncodeUint16(options.keepalive_s);
  body += EncodeProperties(ConnectProperties(options), options.version);
  body += EncodeText(options.client_id);
  if (options.will) {
    body += EncodeProperties(options.will->properties, options.version);
    body += EncodeText(options.will->topic);
    body += EncodeText(options.will->payload);
  }
  if (options.username) body += EncodeText(*options.username);
  if (options.password) body += EncodeText(*options.password);
  return EncodePacket(FirstByte(PacketType::kConnect), body);
}

std::string EncodePublish(const MqttMessage& message, int version) {
  const unsigned flags = (message.dup ? 8U : 0) |
                         static_cast<unsigned>(message.qos) << 1 |
                         (message.retain ? 1U : 0);
  std::string body = EncodeText(message.topic);
  if (message.qos > 0) body += EncodeUint16(message.packet_id);
  body += EncodeProperties(message.properties, version);
  body += message.payload;
  return EncodePacket(FirstByte(PacketType::kPublish, flags), body);
}

std::string EncodeSubscribe(std::uint16_t packet_id, std::string_view filter,
                            int qos, int version) {
  const std::string body = EncodeUint16(packet_id) +
                           EncodeProperties("", version) + EncodeText(filter) +
                           static_cast<char>(qos);
  return EncodePacket(FirstByte(PacketType::kSubscribe, 2), body);
}

std::string EncodeUnsubscribe(std::uint16_t packet_id, std::string_view filter,
                              int version) {
  const std::string body = EncodeUint16(packet_id) +
                           EncodeProperties("", version) + EncodeText(filter);
  return EncodePacket(FirstByte(PacketType::kUnsubscribe, 2), body);
}

std::string EncodeAck(PacketType type, std::uint16_t packet_id) {
  const unsigned flags = type == PacketType::kPubrel ? 2 : 0;
  return EncodePacket(FirstByte(type, flags), EncodeUint16(packet_id));
}

std::string EncodePingreq() {
  return EncodePacket(FirstByte(PacketType::kPingreq), "");
}

std::string EncodeDisconnect() {
  return EncodePacket(FirstByte(PacketType::kDisconnect), "");
}

Result<std::optional<MqttPacket>> TakePacket(std::string& buffer, int version) {
  std::size_t length = 0;
  std::size_t start = 1;
  for (unsigned byte = 0x80; (byte & 0x80) != 0; ++start) {
    if (start > kLengthBytesMax) {
      return Fail(Errc::kInvalidArgument, "a length of more than four bytes");
    }
    if (buffer.size() <= start) return std::nullopt;
    byte = static_cast<unsigned char>(buffer[start]);
    length |= static_cast<std::size_t>(byte & 0x7f) << (7 * (start - 1));
  }
  if (buffer.size() < start + length) return std::nullopt;
  const auto first = static_cast<unsigned char>(buffer[0]);
  MqttPacket packet{.type = static_cast<PacketType>(first >> 4),
                    .flags = static_cast<std::uint8_t>(first & 0x0f),
                    .body = buffer.substr(start, length)};
  buffer.erase(0, start + length);
  DPS_CHECK(DecodeBody(version, packet));
  return packet;
}

}  // namespace dps
