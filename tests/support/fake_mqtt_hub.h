// SPDX-License-Identifier: Apache-2.0
// A hub that misbehaves: it takes TCP connections on loopback and, unless it
// is silent, plays an MQTT broker whose dynamic-security, or whatever has that
// topic, answers as told.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace dps {

struct FakeMqttHubOptions {
  bool silent = false;  // says nothing at all
  char connack_code = 0;
  bool hangs_up = false;  // closes when it is asked
  std::string answer;     // to any command; empty = none
  std::string answer_topic = "$CONTROL/dynamic-security/v1/response";
};

class FakeMqttHub {
 public:
  // Listens at once. Throws std::runtime_error when it cannot.
  explicit FakeMqttHub(FakeMqttHubOptions options);
  ~FakeMqttHub();

  FakeMqttHub(const FakeMqttHub&) = delete;
  FakeMqttHub& operator=(const FakeMqttHub&) = delete;

  std::string url() const;
  int connections() const { return connections_; }

 private:
  void Accept();
  void Serve(int fd);
  // False: it has closed or is to be closed.
  bool Answer(int fd, unsigned char type, const std::string& body);

  const FakeMqttHubOptions options_;
  const int listener_;
  std::atomic<int> connections_ = 0;
  std::vector<int> open_;
  std::vector<std::jthread> servers_;
  std::jthread acceptor_;
};

}  // namespace dps
