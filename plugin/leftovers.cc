// SPDX-License-Identifier: Apache-2.0
#include "plugin/leftovers.h"

#include "core/base/limits.h"

namespace dps {

bool LeftoverTable::Add(const std::string& client_id, Leftover leftover) {
  ForgetOld(leftover.since);
  Erase(client_id);
  if (by_age_.size() >= limits::kLeftoversMax) return false;
  by_age_.emplace_back(leftover.since, client_id);
  ++count_of_device_[leftover.device_key];
  by_client_id_.emplace(client_id, std::move(leftover));
  return true;
}

const Leftover* LeftoverTable::Find(const std::string& client_id,
                                    SteadyTime now) {
  ForgetOld(now);
  const auto found = by_client_id_.find(client_id);
  return found == by_client_id_.end() ? nullptr : &found->second;
}

bool LeftoverTable::Erase(const std::string& client_id) {
  const auto found = by_client_id_.find(client_id);
  if (found == by_client_id_.end()) return false;
  const auto count = count_of_device_.find(found->second.device_key);
  if (--count->second == 0) count_of_device_.erase(count);
  by_client_id_.erase(found);
  return true;
}

std::size_t LeftoverTable::CountOf(const std::string& device_key,
                                   SteadyTime now) {
  ForgetOld(now);
  const auto count = count_of_device_.find(device_key);
  return count == count_of_device_.end() ? 0 : count->second;
}

void LeftoverTable::ForgetOld(SteadyTime now) {
  // A few at a time: the broker's thread has others to serve.
  constexpr int kStepsMax = 16;
  for (int step = 0; step < kStepsMax && !by_age_.empty(); ++step) {
    const auto& [since, client_id] = by_age_.front();
    const auto leftover = by_client_id_.find(client_id);
    const bool current =
        leftover != by_client_id_.end() && leftover->second.since == since;
    if (current && now - since < limits::kLeftoverAgeMax) return;
    if (current) Erase(std::string(client_id));
    by_age_.pop_front();
  }
}

}  // namespace dps
