// SPDX-License-Identifier: Apache-2.0
#include "plugin/unix_mqtt.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dps {
namespace {

void AppendString(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size() & 0xff);
  out += text;
}

// Fixed header and body (MQTT 3.1.1 section 2.2).
std::string Packet(unsigned char type, std::string_view body) {
  std::string packet(1, static_cast<char>(type));
  std::size_t left = body.size();
  do {
    const std::size_t low = left & 0x7f;
    left >>= 7;
    packet += static_cast<char>(left > 0 ? low | 0x80 : low);
  } while (left > 0);
  packet += body;
  return packet;
}

std::string ConnectPacket(const UnixMqttLogin& login) {
  constexpr char kUserPasswordClean = static_cast<char>(0xc2);
  std::string body;
  AppendString(body, "MQTT");
  body += '\x04';  // 3.1.1
  body += kUserPasswordClean;
  body.append(2, '\0');  // keepalive 0
  AppendString(body, login.client_id);
  AppendString(body, login.username);
  AppendString(body, login.password);
  return Packet(0x10, body);
}

tl::unexpected<Error> SystemError(std::string_view what) {
  return Fail(Errc::kUnavailable,
              std::string(what) + ": " + std::strerror(errno));
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

UnixMqtt::UnixMqtt(UnixMqtt&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

UnixMqtt& UnixMqtt::operator=(UnixMqtt&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

UnixMqtt::~UnixMqtt() {
  if (fd_ >= 0) close(fd_);
}

Result<UnixMqtt> UnixMqtt::Connect(const UnixMqttLogin& login) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (login.socket_path.size() >= sizeof address.sun_path) {
    return Fail(Errc::kUnavailable, "the socket's path is too long");
  }
  login.socket_path.copy(address.sun_path, login.socket_path.size());

  UnixMqtt connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int fd = connection.fd_;
  if (fd < 0) return SystemError("socket");
  const timeval patience{.tv_sec = 2};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof address) != 0) {
    return SystemError("connect to " + login.socket_path);
  }
  // Whoever else listens there must not learn the password.
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      peer.pid != getpid()) {
    return Fail(Errc::kUnauthenticated,
                "not this broker listens on " + login.socket_path);
  }
  std::array<char, 4> connack{};
  if (!SendAll(fd, ConnectPacket(login)) ||
      recv(fd, connack.data(), connack.size(), MSG_WAITALL) !=
          static_cast<ssize_t>(connack.size())) {
    return Fail(Errc::kUnavailable, "no answer on " + login.socket_path);
  }
  if (connack[0] != 0x20 || connack[3] != 0) {
    return Fail(Errc::kUnauthenticated,
                "refused with CONNACK " + std::to_string(connack[3]));
  }
  return connection;
}

Status UnixMqtt::Publish(std::string_view topic) {
  std::string body;
  AppendString(body, topic);
  if (SendAll(fd_, Packet(0x30, body))) return {};
  close(std::exchange(fd_, -1));
  return SystemError("publish");
}

void UnixMqtt::Disconnect() {
  SendAll(fd_, Packet(0xe0, ""));
  close(std::exchange(fd_, -1));
}

}  // namespace dps
