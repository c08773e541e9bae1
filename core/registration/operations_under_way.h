// SPDX-License-Identifier: Apache-2.0
// The operations that were accepted and have not ended, and the room they take.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>

#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

struct OperationUnderWay {
  std::string operation_id;
  std::size_t payload_bytes = 0;  // of what its device sent
  bool waits_for_others = false;  // may have to wait for a webhook or a hub
};

// One operation of a device at most. Not thread-safe.
class OperationsUnderWay {
 public:
  explicit OperationsUnderWay(std::size_t max) : max_(max) {}

  // Of all scopes: `max` operations, and limits::kPendingBytesMax of payloads
  // of those that wait for nobody else. Of one scope:
  // limits::kWebhookCallsWaitingMax that do, and a quarter as many bytes of
  // theirs; so nobody's slow webhook or hub takes the room of everybody else.
  // Errors: kThrottled.
  [[nodiscard]] Status CheckRoom(const IdScope& scope,
                                 const OperationUnderWay& operation) const;

  void Add(const IdScope& scope, const RegistrationId& id,
           OperationUnderWay operation);
  void Remove(const IdScope& scope, const RegistrationId& id);
  // Null if there is none. Valid until the next change.
  const OperationUnderWay* Find(const IdScope& scope,
                                const RegistrationId& id) const;

 private:
  const std::size_t max_;
  std::unordered_map<std::string, OperationUnderWay> operations_;
  struct Room {
    std::size_t operations = 0;
    std::size_t payload_bytes = 0;
  };

  std::size_t payload_bytes_ = 0;  // of those that wait for nobody
  std::map<IdScope, Room> waiting_;
};

}  // namespace dps
