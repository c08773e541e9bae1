// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/error.h"

#include "core/base/crypto.h"
#include "core/base/json.h"

namespace dps {
namespace {

std::string_view ShownMessage(const Error& error) {
  if (error.code == Errc::kInternal) return "An internal error occurred.";
  if (error.code == Errc::kUnavailable) {
    return "The service is not available for the moment.";
  }
  return error.message;
}

}  // namespace

int ErrorCode(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument:
      return 400002;
    case Errc::kMalformedJson:
      return 400003;
    case Errc::kIncompleteCustomPolicy:
      return 400004;
    case Errc::kWebhookFailed:
      return 400207;
    case Errc::kNoHub:
      return 400208;
    case Errc::kHubRefused:
      return 400209;
    case Errc::kUnauthenticated:
      return 401000;
    case Errc::kHubUnreachable:
      return 401001;
    case Errc::kInvalidCertificate:
      return 401002;
    case Errc::kForbidden:
      return 403000;
    case Errc::kNotFound:
      return 404201;
    case Errc::kRouteNotFound:
      return 404202;
    case Errc::kOperationNotFound:
      return 404203;
    case Errc::kMethodNotAllowed:
      return 405000;
    case Errc::kConflict:
      return 409000;
    case Errc::kPreconditionFailed:
      return 412000;
    case Errc::kTooLarge:
      return 413000;
    case Errc::kThrottled:
      return 429001;
    case Errc::kInternal:
      return 500000;
    case Errc::kUnavailable:
      return 503000;
  }
  return 500000;  // not reached; GCC cannot know that
}

bool IsOurTrouble(const Error& error) {
  return error.code == Errc::kInternal || error.code == Errc::kUnavailable;
}

int HttpStatus(Errc code) { return ErrorCode(code) / 1000; }

ErrorReply MakeErrorReply(const Error& error, UtcTime now) {
  ErrorReply reply{
      .status = HttpStatus(error.code), .tracking_id = NewGuid(), .body = {}};
  JsonWriter json;
  json.StartObject().Key("errorCode").Int(ErrorCode(error.code));
  json.Member("trackingId", reply.tracking_id);
  json.Member("message", ShownMessage(error));
  json.Member("timestampUtc", FormatUtc(now));
  reply.body = json.EndObject().Take();
  return reply;
}

}  // namespace dps
