// SPDX-License-Identifier: Apache-2.0
// The sessions to one Mosquitto hub: one for each call under way, kept a while
// for the next.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/hub/mosquitto_session.h"

namespace dps {

struct MosquittoPoolOptions {
  MosquittoAddress address;
  std::chrono::milliseconds timeout{10'000};  // of one call, all told
  std::stop_token stop;                       // ends calls early
};

// Thread-safe.
class MosquittoSessionPool {
 public:
  using Work = std::function<Status(MosquittoSession&)>;

  explicit MosquittoSessionPool(MosquittoPoolOptions options)
      : options_(std::move(options)) {}

  // Does `work` on a session that hears the answers of dynamic-security. Once
  // more, on a new one, if it was lost on one that had been kept; so `work`
  // must bear repeating. Errors: those of `work`, of Connect(), of Subscribe().
  [[nodiscard]] Status Run(const Work& work);

 private:
  using Clock = std::chrono::steady_clock;
  struct Kept {
    std::unique_ptr<MosquittoSession> session;
    Clock::time_point since;
  };

  CallLimit NewLimit() const;
  std::unique_ptr<MosquittoSession> TakeKept();
  // REQUIRES: nothing failed on it, so nothing is left to come.
  void Keep(std::unique_ptr<MosquittoSession> session);

  const MosquittoPoolOptions options_;
  std::mutex mutex_;
  std::vector<Kept> kept_;  // the latest last
};

}  // namespace dps
