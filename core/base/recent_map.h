// SPDX-License-Identifier: Apache-2.0
// A map of bounded size that keeps what was used last.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace dps {

// Keeps the last `max` different values used, and up to as many of those used
// before. All calls take the time of a look-up, but one in `max` forgets up to
// `max` values at once. Not thread-safe.
template <class Value>
class RecentMap {
 public:
  // REQUIRES: max > 0.
  explicit RecentMap(std::size_t max) : max_(max) {}

  // Null if there is none, or none any more. Valid until the next call.
  const Value* Find(const std::string& key) {
    const auto found = recent_.find(key);
    if (found != recent_.end()) return &found->second;
    auto node = older_.extract(key);
    if (node.empty()) return nullptr;
    MakeRoom();
    return &recent_.insert(std::move(node)).position->second;
  }

  // In place of the one there may be. Valid until the next call.
  const Value& Insert(const std::string& key, Value value) {
    if (!recent_.contains(key)) MakeRoom();
    older_.erase(key);
    return recent_.insert_or_assign(key, std::move(value)).first->second;
  }

  void Clear() {
    recent_.clear();
    older_.clear();
  }

  std::size_t size() const { return recent_.size() + older_.size(); }

 private:
  void MakeRoom() {
    if (recent_.size() >= max_) older_ = std::exchange(recent_, {});
  }

  std::size_t max_;
  std::unordered_map<std::string, Value> recent_;
  // What was in `recent_` when it was full, and has not been used since.
  std::unordered_map<std::string, Value> older_;
};

}  // namespace dps
