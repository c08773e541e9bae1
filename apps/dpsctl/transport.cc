// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/transport.h"

#include "core/base/json.h"

namespace dps {
namespace {

Errc CodeOf(int status) {
  constexpr int kNotFound = 404;
  constexpr int kPreconditionFailed = 412;
  if (status == kPreconditionFailed) return Errc::kPreconditionFailed;
  return status == kNotFound ? Errc::kNotFound : Errc::kInvalidArgument;
}

}  // namespace

Error ErrorOf(const Response& refusal) {
  const auto message = JsonDocument::ParseObject(refusal.body)
                           .and_then([](const JsonDocument& body) {
                             return body.root().String("message");
                           });
  return {CodeOf(refusal.status),
          message.value_or("the service answered " +
                           std::to_string(refusal.status))};
}

}  // namespace dps
