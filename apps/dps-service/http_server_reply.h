// SPDX-License-Identifier: Apache-2.0
// Replies of the HTTPS server, and those it makes itself.
#pragma once

#include <microhttpd.h>

#include <string>

#include "apps/dps-service/http_server.h"
#include "core/base/result.h"

namespace dps {

struct HttpErrorReply {
  HttpReply reply;
  std::string tracking_id;  // to be logged
};

// In DPS's error body, with the headers that belong to it.
HttpErrorReply MakeHttpError(const Error& error);

// Hands a reply over; `last` ends the connection behind it. Errors: kInternal
// (the reply has a header that cannot be sent, or it is the second one).
[[nodiscard]] Status QueueReply(MHD_Connection* connection,
                                const HttpReply& reply, bool last);

}  // namespace dps
