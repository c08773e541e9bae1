// SPDX-License-Identifier: Apache-2.0
// How every change is made: read, decide, commit, and again if another writer
// was faster.
#pragma once

#include <functional>

#include "core/base/result.h"
#include "core/service_api/message.h"
#include "core/store/store.h"

namespace dps {

// A change that fits the snapshot it was decided on, and the answer to give
// once it is durable.
struct Decision {
  Batch batch;
  Response response;
};

using Decide = std::function<Result<Decision>(Snapshot&)>;

// Asks `decide` and commits its batch. The batch must expect what was read
// (etags, config version), so that a commit that lost a race changes nothing;
// then everything is decided anew on what the winner left, and a refusal comes
// from `decide`, precisely. Blocks on the disk.
// Errors: those of `decide` and the store; kUnavailable after many lost races.
[[nodiscard]] Result<Response> DecideAndCommit(Store& store,
                                               const Decide& decide);

}  // namespace dps
