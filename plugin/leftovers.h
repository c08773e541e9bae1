// SPDX-License-Identifier: Apache-2.0
// Sessions that devices left behind: the broker keeps them under the client id
// (clean session 0), so the id is guarded until they are gone.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/base/clock.h"

namespace dps {

struct Leftover {
  std::string device_key;    // whose it is (DeviceKey())
  std::string reply_filter;  // what it subscribed to; empty = nothing
  SteadyTime since{};
};

// Broker thread only. Entries older than limits::kLeftoverAgeMax are forgotten.
class LeftoverTable {
 public:
  // False, and nothing kept, when limits::kLeftoversMax are there already.
  [[nodiscard]] bool Add(const std::string& client_id, Leftover leftover);
  // Null if there is none under this client id. Valid until the next call.
  const Leftover* Find(const std::string& client_id, SteadyTime now);
  // False if there was none.
  bool Erase(const std::string& client_id);
  std::size_t CountOf(const std::string& device_key, SteadyTime now);

 private:
  void ForgetOld(SteadyTime now);

  std::unordered_map<std::string, Leftover> by_client_id_;
  std::unordered_map<std::string, std::size_t> count_of_device_;
  // Oldest first; an entry counts while its time is still the leftover's.
  std::deque<std::pair<SteadyTime, std::string>> by_age_;
};

}  // namespace dps
