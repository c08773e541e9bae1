// SPDX-License-Identifier: Apache-2.0
// As much of an MQTT 3.1.1 client over a unix socket as Loopback needs.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

struct UnixMqttLogin {
  std::string socket_path;
  std::string client_id;
  std::string username;
  std::string password;
};

// A connection, or none. Movable. Waits at most two seconds for the peer; not
// for the broker's own thread, which is the peer.
class UnixMqtt {
 public:
  UnixMqtt() = default;
  UnixMqtt(UnixMqtt&& other) noexcept;
  UnixMqtt& operator=(UnixMqtt&& other) noexcept;
  ~UnixMqtt();

  // With a clean session. Errors: kUnavailable, kUnauthenticated (CONNACK).
  [[nodiscard]] static Result<UnixMqtt> Connect(const UnixMqttLogin& login);

  bool connected() const { return fd_ >= 0; }
  // QoS 0, empty payload. Errors: kUnavailable; the connection is then closed.
  [[nodiscard]] Status Publish(std::string_view topic);
  // Sends DISCONNECT and closes.
  void Disconnect();

 private:
  explicit UnixMqtt(int fd) : fd_(fd) {}

  int fd_ = -1;
};

}  // namespace dps
