// SPDX-License-Identifier: Apache-2.0
// What a handler of the service API is given.
#pragma once

#include <string>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/service_api/message.h"
#include "core/store/store.h"

namespace dps {

// A request that found its route. Lives as long as the handler runs.
struct Call {
  Store& store;
  const Clock& clock;
  const SecretBox& secrets;
  const Request& request;
  std::string id;  // the `{id}` of the path, decoded; empty if it has none

  // REQUIRES: the route is of an instance (RouteScope::kInstance).
  const IdScope& scope() const { return *request.id_scope; }
};

// Errors are answered by the caller, in one way for all handlers.
using Handler = Result<Response> (*)(const Call& call);

}  // namespace dps
