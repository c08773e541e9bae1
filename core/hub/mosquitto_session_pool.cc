// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_session_pool.h"

#include <string>

#include "core/hub/dynamic_security.h"

namespace dps {
namespace {

// As many as there are workers.
constexpr std::size_t kKeptMax = 4;
// Well within the keepalive, since nobody pings meanwhile.
constexpr std::chrono::seconds kKeptFor{10};

}  // namespace

Status MosquittoSessionPool::Run(const Work& work) {
  const CallLimit limit = NewLimit();
  if (auto kept = TakeKept()) {
    kept->SetLimit(limit);
    Status done = work(*kept);
    const bool lost = kept->broken() && !kept->timed_out();
    if (done) Keep(std::move(kept));
    if (!lost || limit.stop.stop_requested()) return done;
  }
  DPS_TRY(auto session, MosquittoSession::Connect(options_.address, limit));
  DPS_CHECK(session->Subscribe({std::string(kDynsecAnswerTopic)}));
  Status done = work(*session);
  if (done) Keep(std::move(session));
  return done;
}

CallLimit MosquittoSessionPool::NewLimit() const {
  return {.deadline = Clock::now() + options_.timeout, .stop = options_.stop};
}

std::unique_ptr<MosquittoSession> MosquittoSessionPool::TakeKept() {
  std::vector<Kept> outdated;  // closed outside of the lock
  std::unique_ptr<MosquittoSession> session;
  const std::lock_guard lock(mutex_);
  if (!kept_.empty() && Clock::now() - kept_.back().since < kKeptFor) {
    session = std::move(kept_.back().session);
    kept_.pop_back();
  } else {
    outdated.swap(kept_);
  }
  return session;
}

void MosquittoSessionPool::Keep(std::unique_ptr<MosquittoSession> session) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() < kKeptMax) {
    kept_.push_back({std::move(session), Clock::now()});
  }
}

}  // namespace dps
