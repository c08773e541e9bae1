// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/error.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "tests/support/fake_clock.h"

namespace dps {
namespace {

constexpr std::array<std::pair<Errc, int>, 17> kCodes = {{
    {Errc::kInvalidArgument, 400002},
    {Errc::kMalformedJson, 400003},
    {Errc::kWebhookFailed, 400207},
    {Errc::kNoHub, 400208},
    {Errc::kUnauthenticated, 401000},
    {Errc::kInvalidCertificate, 401002},
    {Errc::kForbidden, 403000},
    {Errc::kNotFound, 404201},
    {Errc::kRouteNotFound, 404202},
    {Errc::kOperationNotFound, 404203},
    {Errc::kMethodNotAllowed, 405000},
    {Errc::kConflict, 409000},
    {Errc::kPreconditionFailed, 412000},
    {Errc::kTooLarge, 413000},
    {Errc::kThrottled, 429001},
    {Errc::kInternal, 500000},
    {Errc::kUnavailable, 503000},
}};

}  // namespace

TEST_CASE("error: every code has its DPS code, and the status is its front") {
  for (const auto& [code, expected] : kCodes) {
    CHECK(ErrorCode(code) == expected);
    CHECK(HttpStatus(code) == expected / 1000);
    CHECK(MakeErrorReply({code, "x"}, kNoon).status == expected / 1000);
  }
}

TEST_CASE("error: the golden error reply") {
  const ErrorReply reply =
      MakeErrorReply({Errc::kOperationNotFound, "no \xc3\xa9\n"}, kNoon);
  CHECK(reply.status == 404);
  CHECK(reply.tracking_id.size() == 36);
  CHECK(reply.body == R"({"errorCode":404203,"trackingId":")" +
                          reply.tracking_id +
                          R"(","message":"no \u00E9\n",)"
                          R"("timestampUtc":"2026-11-21T12:00:00.0000000Z"})");
}

TEST_CASE("error: the detail of internal trouble is not told to a device") {
  for (const Errc code : {Errc::kInternal, Errc::kUnavailable}) {
    const ErrorReply reply =
        MakeErrorReply({code, "/var/lib/secret-path is broken"}, kNoon);
    CHECK(reply.body.find("secret-path") == std::string::npos);
    CHECK(reply.body.find(R"("message":"")") == std::string::npos);
  }
}

TEST_CASE("error: every reply has a tracking id of its own") {
  const Error error{Errc::kThrottled, "later"};
  CHECK(MakeErrorReply(error, kNoon).tracking_id !=
        MakeErrorReply(error, kNoon).tracking_id);
}

}  // namespace dps
