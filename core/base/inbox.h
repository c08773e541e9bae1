// SPDX-License-Identifier: Apache-2.0
// A bounded queue between threads: many may put in, one takes out.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace dps {

// Thread-safe. Never grows past its capacity; a full queue refuses.
template <class T>
class Inbox {
 public:
  explicit Inbox(std::size_t capacity) : capacity_(capacity) {}

  // False, and `item` untouched, if the queue is full or closed. Never waits
  // for room.
  [[nodiscard]] bool TryPut(T&& item) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      was_empty = items_.empty();
      items_.push_back(std::move(item));
    }
    if (was_empty) arrived_.notify_one();  // one taker, asleep only when empty
    return true;
  }

  // Takes up to `max` items at once, oldest first; waits while there are none,
  // and once there is one, up to `linger` for more to keep it company. Empty
  // only once the queue is closed and drained.
  std::vector<T> Take(std::size_t max, std::chrono::milliseconds linger = {}) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (linger.count() > 0 && items_.size() < max) {
      // Nobody notifies of more: only Close() does.
      arrived_.wait_for(lock, linger, [&] { return closed_; });
    }
    return TakeLocked(max);
  }

  // As Take(), but returns empty at once when there are none.
  std::vector<T> TryTake(std::size_t max) {
    const std::lock_guard lock(mutex_);
    return TakeLocked(max);
  }

  // No more items are accepted; those inside can still be taken.
  void Close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_all();
  }

 private:
  std::vector<T> TakeLocked(std::size_t max) {
    std::vector<T> taken;
    taken.reserve(std::min(max, items_.size()));
    while (!items_.empty() && taken.size() < max) {
      taken.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return taken;
  }

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace dps
