// SPDX-License-Identifier: Apache-2.0
// The HTTP client for those who can wait: asks and returns the answer.
#pragma once

#include <stop_token>

#include "core/base/result.h"
#include "core/http/client.h"

namespace dps {

// Waits for the answer, or until `stop` is requested: whatever is answered then
// is dropped. Any thread but the client's. The client may go away after `stop`
// was requested, not before. Errors: those of HttpClient; kUnavailable (stop
// was requested).
[[nodiscard]] Result<HttpAnswer> Ask(HttpClient& client, HttpRequest request,
                                     const std::stop_token& stop);

}  // namespace dps
