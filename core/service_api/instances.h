// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on instances. Azure has them in its control plane;
// these routes are ours, with the etag rules of the data plane.
#pragma once

#include "core/service_api/call.h"

namespace dps {

// PUT /instances/{name}: creates an instance or changes its default allocation
// policy. Body `{"name"?,"idScope"?,"allocationPolicy"?}`; the ID scope is
// made up if it is not given and never changes.
// Errors: kInvalidArgument, kMalformedJson, kConflict (the ID scope is taken),
// kForbidden (limits::kInstancesMax) and those of Precondition::ForPut.
[[nodiscard]] Result<Response> PutInstance(const Call& call);

// GET /instances/{name}. Errors: kNotFound.
[[nodiscard]] Result<Response> GetInstance(const Call& call);

// GET /instances: all, as one array in the order of their ID scopes.
[[nodiscard]] Result<Response> ListInstances(const Call& call);

}  // namespace dps
