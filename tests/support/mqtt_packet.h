// SPDX-License-Identifier: Apache-2.0
// MQTT packets as bytes (3.1.1 and 5), from a client's point of view. Encoders
// check nothing, so that a test can send what no client would.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace dps {

enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack,
  kPublish,
  kPuback,
  kPubrec,
  kPubrel,
  kPubcomp,
  kSubscribe,
  kSuback,
  kUnsubscribe,
  kUnsuback,
  kPingreq,
  kPingresp,
  kDisconnect,
  kAuth,
};

inline constexpr int kMqtt311 = 4;
inline constexpr int kMqtt5 = 5;
inline constexpr int kMqttVersions[] = {kMqtt311, kMqtt5};

struct MqttMessage {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
  bool dup = false;
  std::uint16_t packet_id = 0;  // 0 = the client picks one if QoS needs it
  std::string properties;       // MQTT 5: encoded, without their length
};

struct ConnectOptions {
  std::string client_id;
  std::optional<std::string> username;
  std::optional<std::string> password;  // "" = present with zero length
  bool clean = true;
  std::uint16_t keepalive_s = 0;
  int version = kMqtt311;
  std::optional<MqttMessage> will;
  std::optional<std::uint32_t> session_expiry_s;  // MQTT 5
};

// A packet from the broker, with the members its type has.
struct MqttPacket {
  PacketType type{};
  std::uint8_t flags = 0;
  std::string body;  // everything after the fixed header
  std::uint16_t packet_id = 0;
  // CONNACK return code; MQTT 5: reason code of any answer.
  std::uint8_t code = 0;
  bool session_present = false;
  std::vector<std::uint8_t> codes;  // SUBACK, UNSUBACK
  MqttMessage message;              // PUBLISH
};

// `first_byte` is type and flags; the remaining length is put between.
std::string EncodePacket(std::uint8_t first_byte, std::string_view body);
std::string EncodeConnect(const ConnectOptions& options);
std::string EncodePublish(const MqttMessage& message, int version);
std::string EncodeSubscribe(std::uint16_t packet_id, std::string_view filter,
                            int qos, int version);
std::string EncodeUnsubscribe(std::uint16_t packet_id, std::string_view filter,
                              int version);
// PUBACK, PUBREC, PUBREL, PUBCOMP.
std::string EncodeAck(PacketType type, std::uint16_t packet_id);
std::string EncodePingreq();
std::string EncodeDisconnect();

// Big-endian 16 bits, and text with such a length before it.
std::string EncodeUint16(std::size_t value);
std::string EncodeText(std::string_view text);

// Takes one whole packet off the front of `buffer`; nullopt if it is not there
// yet. Errors: kInvalidArgument (no MQTT packet of a broker).
[[nodiscard]] Result<std::optional<MqttPacket>> TakePacket(std::string& buffer,
                                                           int version);

}  // namespace dps
