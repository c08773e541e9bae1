// SPDX-License-Identifier: Apache-2.0
// The broker's end of MQTT over a unix socket, in this process: it answers
// CONNECT and keeps what it is sent.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_dir.h"

namespace dps {

// A socket that listens at `path`; nobody accepts yet. Throws
// std::runtime_error when it cannot.
int ListenOn(const std::string& path);

class FakeUnixBroker {
 public:
  struct Packet {
    int connection;      // counted from 1
    unsigned char type;  // first byte; 0 = the client closed
    std::string body;    // after the fixed header

    // The `index`th text with a length before it, from `offset` on.
    std::string Text(std::size_t offset, int index = 0) const;
    std::string ClientId() const { return Text(10); }
    std::string Username() const { return Text(10, 1); }
    std::string Password() const { return Text(10, 2); }
    std::string Topic() const { return Text(0); }
  };

  // Listens at once. Throws std::runtime_error when it cannot.
  FakeUnixBroker();
  ~FakeUnixBroker();

  FakeUnixBroker(const FakeUnixBroker&) = delete;
  FakeUnixBroker& operator=(const FakeUnixBroker&) = delete;

  std::string path() const { return directory_.File("broker.sock"); }

  // What every later CONNECT is answered with.
  void set_connack_code(char code) { connack_code_ = code; }
  // CONNECTs wait for their answer until Release().
  void Hold();
  void Release();
  void CloseConnections();

  // Everything received so far, once it is `count` packets or patience ends.
  std::vector<Packet> Await(std::size_t count);

 private:
  void Accept();
  void Serve(int connection, int fd);
  void Keep(Packet packet);

  const TempDir directory_;
  const int listener_;
  std::atomic<char> connack_code_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::vector<Packet> packets_;
  std::vector<int> connections_;
  std::vector<std::jthread> servers_;
  std::jthread acceptor_;
};

}  // namespace dps
