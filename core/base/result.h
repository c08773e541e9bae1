// SPDX-License-Identifier: Apache-2.0
// Errors as values: Result<T>, Status, and the codes they carry.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace dps {

// One code per reaction of the caller, plus one wherever DPS itself tells two
// causes apart. core/protocol/error.cc maps each to a DPS errorCode.
enum class Errc {
  kInvalidArgument,         // the input is wrong; repeating it will not help
  kMalformedJson,           // the body is not the JSON object it must be
  kIncompleteCustomPolicy,  // policy custom without a webhook
  kTooLarge,                // the input is over a limit of base/limits.h
  kUnauthenticated,         // the proof of identity was not accepted
  kInvalidCertificate,  // the X.509 certificate or its chain was not accepted
  kForbidden,           // known, but not allowed to do this
  kNotFound,            // no such enrollment, registration, hub or instance
  kRouteNotFound,       // no such operation
  kMethodNotAllowed,    // the resource exists, the verb does not
  kOperationNotFound,   // no such operation id for this device
  kConflict,            // it exists already
  kPreconditionFailed,  // the etag is stale: read again, decide again
  kThrottled,           // too many requests: come back later
  kNoHub,               // no linked hub is eligible for the device
  kWebhookFailed,       // the webhook gave no usable answer
  kHubUnreachable,      // a linked hub does not answer, or cannot now
  kHubRefused,          // a linked hub would not do what it was asked
  kUnavailable,         // a resource is out of reach for the moment
  kInternal,            // a defect or a broken store
};

// `message` is for operators: it names the offending thing and never holds key
// material.
struct Error {
  Errc code = Errc::kInternal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> Fail(Errc code,
                                                std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// Passes the error of a failed Result on to the caller's caller.
template <class T>
[[nodiscard]] tl::unexpected<Error> Forward(Result<T>&& failed) {
  return tl::unexpected<Error>(std::move(failed).error());
}

}  // namespace dps

#define DPS_CONCAT_INNER(a, b) a##b
#define DPS_CONCAT(a, b) DPS_CONCAT_INNER(a, b)

// DPS_TRY(auto x, F()); binds the value of F() to x or returns its error.
// A declaration cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define DPS_TRY(declaration, expression)                              \
  auto DPS_CONCAT(dps_try_, __LINE__) = (expression);                 \
  if (!DPS_CONCAT(dps_try_, __LINE__))                                \
    return ::dps::Forward(std::move(DPS_CONCAT(dps_try_, __LINE__))); \
  declaration = *std::move(DPS_CONCAT(dps_try_, __LINE__))
// NOLINTEND(bugprone-macro-parentheses)

// DPS_CHECK(F()); returns the error of F() if it failed.
#define DPS_CHECK(expression)                                    \
  do {                                                           \
    auto dps_check = (expression);                               \
    if (!dps_check) return ::dps::Forward(std::move(dps_check)); \
  } while (false)
