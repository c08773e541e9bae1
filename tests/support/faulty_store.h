// SPDX-License-Identifier: Apache-2.0
// A store whose commits fail or take their time, as a test asks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "core/store/store.h"
#include "tests/support/patience.h"

namespace dps {

// Wraps a store that must outlive it. Reads pass through untouched, also while
// a commit is held up. Thread-safe.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& store) : store_(store) {}

  [[nodiscard]] Result<std::unique_ptr<Snapshot>> Read() override {
    return store_.Read();
  }

  [[nodiscard]] Status Commit(const Batch& batch) override {
    {
      std::unique_lock lock(mutex_);
      const int number = ++commits_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !held_; });
      if (const auto fault = faults_.find(number); fault != faults_.end()) {
        return tl::unexpected(fault->second);
      }
    }
    if (delay_.count() > 0) std::this_thread::sleep_for(delay_);
    return store_.Commit(batch);
  }

  // The `number`th commit, counted from 1, changes nothing and fails.
  void FailCommit(int number, Error error) {
    const std::lock_guard lock(mutex_);
    faults_.insert_or_assign(number, std::move(error));
  }

  // Every later commit waits until Release().
  void Hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void Release() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }

  // Every commit takes at least this long, as on a slow disk. Set it before
  // the store is used.
  void set_delay(std::chrono::milliseconds delay) { delay_ = delay; }

  // Waits until `number` commits have begun; false after kPatience.
  [[nodiscard]] bool AwaitCommit(int number) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience,
                             [&] { return commits_ >= number; });
  }

  int commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

 private:
  Store& store_;
  std::chrono::milliseconds delay_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Error> faults_;
  bool held_ = false;
  int commits_ = 0;
};

}  // namespace dps
