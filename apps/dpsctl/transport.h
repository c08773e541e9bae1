// SPDX-License-Identifier: Apache-2.0
// The port for the way from a command to the service API.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/service_api/message.h"

namespace dps {

// Statuses of answers that transports look at, and where two kinds begin.
inline constexpr int kRefusedStatus = 300;
inline constexpr int kUnauthorizedStatus = 401;
inline constexpr int kThrottledStatus = 429;
inline constexpr int kFailedStatus = 500;
// How often a service that has too much to do is asked.
inline constexpr int kAttemptsMax = 5;
// Of what another machine says, in a message.
inline constexpr std::size_t kMessageMax = 1000;

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
