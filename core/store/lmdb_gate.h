// SPDX-License-Identifier: Apache-2.0
// Keeps readers out of the map for the moment in which it is replaced.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace dps {

// Thread-safe. A shared mutex would make new readers queue behind a writer
// that waits for a slow one; here a reader is let in or turned away at once.
class LmdbGate {
 public:
  // False while the gate is shut. Never waits.
  [[nodiscard]] bool Enter();
  void Leave();

  // Shuts the gate as soon as nobody is inside. Waits for a natural gap first
  // and only then, for moments, turns newcomers away. False, and open, if
  // those inside have not left within `patience`.
  [[nodiscard]] bool ShutWhenEmpty(std::chrono::milliseconds patience);
  // As above, but decides at once.
  [[nodiscard]] bool ShutIfEmpty();
  void Open();

 private:
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::size_t inside_ = 0;
  bool shut_ = false;
};

}  // namespace dps
