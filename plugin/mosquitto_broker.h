// SPDX-License-Identifier: Apache-2.0
// The real broker behind the Broker and Log ports.
#pragma once

#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "core/base/inbox.h"
#include "core/base/log.h"
#include "plugin/broker.h"

namespace dps {

class MosquittoBroker final : public Broker {
 public:
  void Publish(const std::string& client_id, const std::string& topic,
               const std::string& payload, int qos) override;
  void Answer(const std::string& client_id, const std::string& topic,
              const std::string& payload,
              const std::string& correlation) override;
  void Disconnect(const std::string& client_id) override;
};

// Mosquitto's log takes lines on its own thread only; lines of other threads
// wait for Flush(). Lines beyond limits::kQueuedLogLinesMax are dropped.
class MosquittoLog final : public Log {
 public:
  // Made and destroyed on the broker's thread.
  MosquittoLog();
  ~MosquittoLog() override { Flush(); }

  void Write(LogLevel level, std::string_view line) override;
  // Broker thread only. Cheap when nothing waits.
  void Flush();

 private:
  using Line = std::pair<LogLevel, std::string>;

  const std::thread::id broker_thread_;
  Inbox<Line> waiting_;
};

}  // namespace dps
