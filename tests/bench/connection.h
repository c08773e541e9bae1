// SPDX-License-Identifier: Apache-2.0
// A client's connection that never waits: TCP, or TLS over it.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/certificate_forge.h"

namespace dps::bench {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct SessionFree {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

// What a client says of itself in TLS.
struct TlsIdentity {
  Forged device;  // its certificate and key
  Certificate issuer;
  // The last session the server offered, for the next connection to resume.
  std::unique_ptr<SSL_SESSION, SessionFree> session;
};

// Makes clients of this context keep their sessions in their TlsIdentity.
void KeepSessions(SSL_CTX* tls);

// Register fd() edge-triggered for input and output, and call Advance() on
// every event. Not thread-safe.
class Connection {
 public:
  // Starts to connect to 127.0.0.1. `tls` null = plain TCP; it must outlive
  // the connection, and is used without verifying the server: the benchmark
  // measures the broker. `identity` may be null; it must outlive the
  // connection. A failure shows as closed() after Advance().
  Connection(std::uint16_t port, SSL_CTX* tls, TlsIdentity* identity);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int fd() const { return fd_; }
  // Queues bytes and sends what can be sent.
  void Send(std::string_view bytes);
  // Connects, shakes hands, writes and reads as far as it goes.
  void Advance();
  // Bytes that have come; the caller takes them off.
  std::string& received() { return received_; }
  bool closed() const { return closed_; }

 private:
  bool Handshake();
  void Write();
  void Read();
  // What a TLS call that returned `done` means for the connection.
  void CheckTls(int done);

  int fd_;
  std::unique_ptr<SSL, SslFree> ssl_;
  bool ready_ = false;  // connected and hands shaken
  bool closed_ = false;
  std::string unsent_;
  std::string received_;
};

}  // namespace dps::bench
