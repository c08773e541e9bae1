// SPDX-License-Identifier: Apache-2.0
// Operators' requests over MQTT: a PUBLISH to `$CONTROL/dps/v1` goes to the
// operator thread, its answer to the client that asked and to nobody else.
// Whom the broker's other security lets publish there is an operator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "plugin/broker.h"
#include "plugin/control_operator.h"
#include "plugin/device_endpoint.h"

namespace dps {

// Bytes of requests that are under way.
inline constexpr std::size_t kControlBytesMax = std::size_t{32} * 1024 * 1024;

struct ControlMessage {
  std::string_view payload;
  std::string_view correlation;  // MQTT 5's Correlation Data; empty = none
};

// Broker thread only.
class ControlEndpoint {
 public:
  // Starts the operator thread. All must outlive this.
  ControlEndpoint(const ControlParts& parts, DeviceEndpoint& devices,
                  Broker& broker);

  // A PUBLISH to kControlTopic that the broker's security let pass. Answers at
  // once if there is no room for it (429, 413); drops what a device sends.
  void OnControl(const Client& client, const ControlMessage& message);
  // Answers that are still to come are dropped: the client id may be another's
  // by then.
  void OnDisconnect(const void* handle);
  // Publishes answers. Cheap when none is awaited.
  void OnTick();

 private:
  struct Awaited {
    const void* handle = nullptr;  // null: has gone
    std::string client_id;
    std::string correlation;
    std::size_t bytes = 0;
  };

  bool IsDevice(const Client& client);
  void Enqueue(const Client& client, const ControlMessage& message);
  void AnswerAtOnce(const Client& client, const ControlMessage& message,
                    const Error& error);

  const Clock& clock_;
  Log& log_;
  DeviceEndpoint& devices_;
  Broker& broker_;
  ControlOperator operator_;
  std::uint64_t last_ticket_ = 0;
  std::map<std::uint64_t, Awaited> awaited_;  // by ticket
  std::size_t bytes_ = 0;                     // of all of them
  bool was_full_ = false;
};

}  // namespace dps
