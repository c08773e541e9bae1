// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/http_server_reply.h"

#include <utility>

#include "core/base/clock.h"
#include "core/base/handle.h"
#include "core/base/text.h"
#include "core/protocol/error.h"

namespace dps {
namespace {

using ResponseHandle = Handle<MHD_Response, MHD_destroy_response>;

constexpr const char* kThrottledRetryAfter = "5";  // seconds

Status AddHeader(MHD_Response* response, const std::string& name,
                 const std::string& value) {
  if (MHD_add_response_header(response, name.c_str(), value.c_str()) ==
      MHD_YES) {
    return {};
  }
  return Fail(Errc::kInternal,
              "a reply cannot have the header " + Printable(name));
}

}  // namespace

HttpErrorReply MakeHttpError(const Error& error) {
  ErrorReply made = MakeErrorReply(error, SystemClock().Now());
  HttpReply reply{
      .status = made.status,
      .headers = {{"Content-Type", "application/json; charset=utf-8"},
                  {"x-ms-error-code", std::to_string(ErrorCode(error.code))},
                  {"x-ms-request-id", made.tracking_id}},
      .body = std::move(made.body)};
  if (error.code == Errc::kThrottled) {
    reply.headers["Retry-After"] = kThrottledRetryAfter;
  }
  return {.reply = std::move(reply), .tracking_id = made.tracking_id};
}

Status QueueReply(MHD_Connection* connection, const HttpReply& reply,
                  bool last) {
  const bool has_body = reply.status != MHD_HTTP_NO_CONTENT &&
                        reply.status != MHD_HTTP_NOT_MODIFIED;
  // The library copies the body, and writes nothing to it before that.
  const ResponseHandle response(MHD_create_response_from_buffer(
      has_body ? reply.body.size() : 0, const_cast<char*>(reply.body.data()),
      MHD_RESPMEM_MUST_COPY));
  if (response == nullptr) {
    return Fail(Errc::kInternal, "no memory for a reply");
  }
  for (const auto& [name, value] : reply.headers) {
    DPS_CHECK(AddHeader(response.get(), name, value));
  }
  if (last && !reply.headers.contains("Connection")) {
    DPS_CHECK(AddHeader(response.get(), "Connection", "close"));
  }
  if (MHD_queue_response(connection, static_cast<unsigned>(reply.status),
                         response.get()) == MHD_YES) {
    return {};
  }
  return Fail(Errc::kInternal, "a reply was refused");
}

}  // namespace dps
