// SPDX-License-Identifier: Apache-2.0
// Remembers what it was asked to do.
#pragma once

#include <string>
#include <vector>

#include "plugin/broker.h"

namespace dps {

class FakeBroker final : public Broker {
 public:
  struct Sent {
    std::string client_id;
    std::string topic;
    std::string payload;
    int qos;
    std::string correlation{};
  };

  void Publish(const std::string& client_id, const std::string& topic,
               const std::string& payload, int qos) override {
    sent.push_back({client_id, topic, payload, qos});
  }
  void Answer(const std::string& client_id, const std::string& topic,
              const std::string& payload,
              const std::string& correlation) override {
    sent.push_back({client_id, topic, payload, 0, correlation});
  }
  void Disconnect(const std::string& client_id) override {
    disconnected.push_back(client_id);
  }

  std::vector<Sent> sent;
  std::vector<std::string> disconnected;
};

}  // namespace dps
