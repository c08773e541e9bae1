// SPDX-License-Identifier: Apache-2.0
// A crowd at dps-service: operators with requests, and clients that are slow,
// silent, or take no answers.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace dps::bench {

struct Crowd {
  std::uint16_t port = 0;
  std::string token;  // of an operator
  int clients = 0;
};

// Of ten clients six ask one thing after the other, two send a byte at a time,
// one says nothing after the handshake, one asks and does not read. Who is cut
// off comes again.
class HttpsClients {
 public:
  // Starts the thread that all of them are.
  explicit HttpsClients(const Crowd& crowd);
  // Closes all connections.
  ~HttpsClients();

  HttpsClients(const HttpsClients&) = delete;
  HttpsClients& operator=(const HttpsClients&) = delete;

  // Any thread.
  std::size_t answered() const { return answered_; }  // 200
  std::size_t refused() const { return refused_; }    // anything else
  std::size_t cut_off() const { return cut_off_; }    // and came again

 private:
  class Client;

  void Run();

  const Crowd crowd_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> answered_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  std::atomic<std::size_t> cut_off_ = 0;
  std::thread thread_;
};

}  // namespace dps::bench
