// SPDX-License-Identifier: Apache-2.0
// A client's byte stream to a server: TCP, TLS, or WebSockets over either.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace dps {

struct WebSocketOptions {
  std::string path = "/";
  std::string subprotocol = "mqtt";
  std::string headers{};  // more lines of the request, each with its CRLF
};

// Where a client connects to, and through what.
struct Endpoint {
  std::string host = "127.0.0.1";  // an IPv4 address
  std::uint16_t port = 0;
  std::string ca_file;  // TLS with a server this CA signed; empty = no TLS
  std::string certificate_file{};  // the client's chain, PEM; empty = none
  std::string key_file{};
  int tls_version = 0;  // TLS1_2_VERSION, say; 0 = any
  std::optional<WebSocketOptions> web_socket;
};

// Not thread-safe. A deadline that passes is kUnavailable.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // All of `bytes`. Errors: kUnavailable, also for a closed connection.
  [[nodiscard]] virtual Status Write(std::string_view bytes,
                                     SteadyTime deadline) = 0;
  // What has arrived, at least one byte; empty = the peer has closed or reset
  // the connection.
  [[nodiscard]] virtual Result<std::string> Read(SteadyTime deadline) = 0;
  // Whether Read() may have something without waiting for the socket.
  virtual bool HasBuffered() const = 0;
};

// Connects, with the handshakes of TLS (certificate and host verified) and
// WebSockets. Errors: kUnavailable (refused, closed, deadline),
// kUnauthenticated (TLS), kForbidden (no WebSocket upgrade; the message holds
// the server's first line).
[[nodiscard]] Result<std::unique_ptr<ByteStream>> OpenStream(
    const Endpoint& endpoint, SteadyTime deadline);

}  // namespace dps
