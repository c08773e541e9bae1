// SPDX-License-Identifier: Apache-2.0
// A client's connection that never waits: TCP, or TLS over it.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dps::bench {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// Register fd() edge-triggered for input and output, and call Advance() on
// every event. Not thread-safe.
class Connection {
 public:
  // Starts to connect to 127.0.0.1. `tls` null = plain TCP; it must outlive
  // the connection, and is used without verifying the server: the benchmark
  // measures the broker. A failure shows as closed() after Advance().
  Connection(std::uint16_t port, SSL_CTX* tls);
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
