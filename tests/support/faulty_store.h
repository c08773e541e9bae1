// SPDX-License-Identifier: Apache-2.0
// A store whose commits fail, wait or lose a race, as a test asks.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/store/memory_store.h"
#include "core/store/store.h"
#include "tests/support/patience.h"

namespace dps {

// Wraps a store that must outlive it, or a memory store of its own. Reads pass
// through untouched, also while a commit is held up. Thread-safe.
class FaultyStore final : public Store {
 public:
  FaultyStore() : store_(memory_) {}
  explicit FaultyStore(Store& store) : store_(store) {}

  [[nodiscard]] Result<std::unique_ptr<Snapshot>> Read() override {
    return store_.Read();
  }

  [[nodiscard]] Status Commit(const Batch& batch) override {
    std::function<void()> rival;
    {
      std::unique_lock lock(mutex_);
      const int number = ++commits_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !held_; });
      if (const auto fault = faults_.find(number); fault != faults_.end()) {
        return tl::unexpected(fault->second);
      }
      if (fault_) return tl::unexpected(*fault_);
      rival = std::exchange(rival_, nullptr);
    }
    if (rival) rival();
    return store_.Commit(batch);
  }

  // The `number`th commit, counted from 1, changes nothing and fails.
  void FailCommit(int number, Error error) {
    const std::lock_guard lock(mutex_);
    faults_.insert_or_assign(number, std::move(error));
  }

  // Every later commit changes nothing and fails.
  void FailCommits(Error error) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(error);
  }

  // The next commit lets another writer be faster: `rival` runs ahead of it
  // and may commit here.
  void BeforeNextCommit(std::function<void()> rival) {
    const std::lock_guard lock(mutex_);
    rival_ = std::move(rival);
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
  MemoryStore memory_;
  Store& store_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Error> faults_;
  std::optional<Error> fault_;
  std::function<void()> rival_;
  bool held_ = false;
  int commits_ = 0;
};

}  // namespace dps
