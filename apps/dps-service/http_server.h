// SPDX-License-Identifier: Apache-2.0
// The HTTPS server: HTTP/1.1 over TLS 1.2 and later, transport only. Whatever
// clients do, it holds bounded threads, connections, bytes and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/service_api/message.h"

namespace dps {

struct HttpCall {
  std::string method;                        // as sent; a token
  std::string path;                          // as sent: percent-encoded
  std::map<std::string, std::string> query;  // decoded
  // Each once; lists such as Accept may be joined from several lines.
  Headers headers;
  std::string body;
  std::string peer_address;  // a number, without the port
  // DER, leaf first; empty = none. The handshake proved that the client has the
  // leaf's key; nothing else about them was checked.
  std::vector<std::string> client_certificates;
};

struct HttpReply {
  int status = 200;
  // Without Content-Length and Date, which the server writes.
  Headers headers;
  std::string body;  // none with 204 and 304
};

// Called by several threads at once, each of which serves a share of the
// connections meanwhile held up. What it throws is logged and answered with
// 500.
using HttpHandler = std::function<HttpReply(const HttpCall&)>;

// Of a request of which all but the body is there: how large that may be.
using BodyMax = std::function<std::size_t(const HttpCall& head)>;

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, a number
  std::uint16_t port = 0;             // 0 = any free one
  std::string certificate_file;       // PEM, the leaf first
  std::string key_file;               // PEM, not encrypted
  unsigned threads = 4;               // at least 2
  // Further clients wait unaccepted until others are gone.
  unsigned connections_max = 1024;
  // Further ones are closed.
  unsigned connections_per_address_max = 512;
  // Without a byte in either direction.
  std::chrono::seconds idle_timeout{30};
  // For a request to arrive whole, headers and body, the TLS handshake
  // included; and for its reply to be taken.
  std::chrono::milliseconds request_deadline{30'000};
  std::chrono::milliseconds reply_deadline{120'000};
  // How long the destructor waits for requests that are being answered.
  std::chrono::milliseconds stop_patience{5'000};
  std::size_t head_bytes_max = std::size_t{16} * 1024;
  // Of one request, and of all at once. More is 413, and 429.
  std::size_t body_bytes_max = limits::kRevocationListRequestMax;
  BodyMax body_max{};  // may lower it; empty: the same for all
  std::size_t bodies_bytes_max = 4 * limits::kRevocationListRequestMax;
};

// Refuses by itself, in DPS's error body: what request_target.h and
// request_head.h refuse (400), bodies and heads over the limits (413, 429).
// Requests that are no HTTP get HTTP's bare status. Refused requests end their
// connection. Not more than a few lines a second are logged of what strangers
// do.
class HttpServer {
 public:
  // Listens when it returns. `log` must outlive the server.
  // Errors: kForbidden (this user may not have the port), kUnavailable (the
  // address and port, or a file, named).
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> Start(
      const HttpServerOptions& options, HttpHandler handler, Log& log);

  // Accepts nobody any more, ends connections that wait for a request, lets
  // handlers finish and, within the patience, their replies be taken.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;

  // Reads both files anew, for connections made from now on. Keeps the old
  // certificate if that fails. Logs which. Any thread.
  void ReloadCertificate();

 private:
  class Engine;
  explicit HttpServer(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace dps
