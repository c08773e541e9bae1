// SPDX-License-Identifier: Apache-2.0
// The port for the way from a command to the service API.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/service_api/message.h"

namespace dps {

class Transport {
 public:
  virtual ~Transport() = default;

  // The service's answer of success (2xx). Errors: kPreconditionFailed (412),
  // kNotFound (404), kInvalidArgument (any other refusal), each with the
  // service's message; kUnavailable (nobody answered).
  [[nodiscard]] virtual Result<Response> Send(const Request& request) = 0;
};

// What a refusal of the service says.
Error ErrorOf(const Response& refusal);

}  // namespace dps
