// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_gate.h"

#include <cassert>

namespace dps {
namespace {

// One round: how long to hope for a gap, then how long to force one. Readers
// are inside for microseconds, so the second is hardly ever used up.
constexpr std::chrono::milliseconds kHope{80};
constexpr std::chrono::milliseconds kForce{20};

}  // namespace

bool LmdbGate::Enter() {
  const std::lock_guard lock(mutex_);
  if (shut_) return false;
  ++inside_;
  return true;
}

void LmdbGate::Leave() {
  const std::lock_guard lock(mutex_);
  assert(inside_ > 0);
  if (--inside_ == 0) emptied_.notify_all();
}

bool LmdbGate::ShutWhenEmpty(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto empty = [&] { return inside_ == 0; };
  std::unique_lock lock(mutex_);
  assert(!shut_);
  while (true) {
    shut_ = emptied_.wait_for(lock, kHope, empty);
    if (shut_) return true;
    shut_ = true;
    if (emptied_.wait_for(lock, kForce, empty)) return true;
    shut_ = false;
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

bool LmdbGate::ShutIfEmpty() {
  const std::lock_guard lock(mutex_);
  if (shut_ || inside_ > 0) return false;
  shut_ = true;
  return true;
}

void LmdbGate::Open() {
  const std::lock_guard lock(mutex_);
  shut_ = false;
}

}  // namespace dps
