// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/decision.h"

namespace dps {
namespace {

// Each lost race is another writer's success; so many in a row mean that the
// store is misused rather than busy.
constexpr int kAttemptsMax = 100;

bool LostRace(const Error& error) {
  return error.code == Errc::kPreconditionFailed ||
         error.code == Errc::kConflict;
}

}  // namespace

Result<Response> DecideAndCommit(Store& store, const Decide& decide) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    DPS_TRY(auto snapshot, store.Read());
    DPS_TRY(Decision decision, decide(*snapshot));
    snapshot.reset();
    Status committed = store.Commit(decision.batch);
    if (committed) return std::move(decision.response);
    if (!LostRace(committed.error())) return Forward(std::move(committed));
  }
  return Fail(Errc::kUnavailable, "other writers were faster every time");
}

}  // namespace dps
