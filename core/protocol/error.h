// SPDX-License-Identifier: Apache-2.0
// Errors on the wire: the one place that turns Errc into DPS error codes.
// All functions are thread-safe. Source: device-protocol section 6.
#pragma once

#include <string>

#include "core/base/clock.h"
#include "core/base/result.h"

namespace dps {

// The DPS errorCode, e.g. 401000.
int ErrorCode(Errc code);

// The status of the reply, always ErrorCode / 1000.
int HttpStatus(Errc code);

// Trouble of the service's own (kInternal, kUnavailable), whatever was asked:
// its detail is for the log alone.
bool IsOurTrouble(const Error& error);

struct ErrorReply {
  int status;
  std::string tracking_id;  // to be logged with the error's own message
  std::string body;
};

// The body holds errorCode, trackingId, message and timestampUtc. kInternal
// and kUnavailable show a fixed text: their detail is for the log alone.
ErrorReply MakeErrorReply(const Error& error, UtcTime now);

}  // namespace dps
