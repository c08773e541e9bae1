// SPDX-License-Identifier: Apache-2.0
// The bodies of DPS requests and of their successful replies.
// All functions are pure and thread-safe. Source: device-protocol sections 3
// and 4. Bodies out are ASCII-only JSON objects without null members.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/registration.h"
#include "core/protocol/connect.h"

namespace dps {

struct RegisterBody {
  std::string payload_json;  // compact ASCII JSON of any type, empty = none
};

// Reads the body of a register request: empty, white space, or a JSON object
// of which `payload` (null = none), `registrationId` and `csr` count.
// Errors: kTooLarge (over limits::kMessageMax, or a payload that outgrows
// limits::kDocumentMax when written out in ASCII), kMalformedJson (anything
// but those forms), kInvalidArgument (a registrationId other than the
// connection's, ignoring case; a `csr` under an api-version before
// 2025-07-01-preview, which later ones ignore: no certificates are issued).
[[nodiscard]] Result<RegisterBody> ParseRegisterBody(
    std::string_view body, const ConnectRequest& connect);

// The answer to a register request that was taken in:
// `{"operationId":"..","status":"assigning"}`.
std::string AcceptedBody(std::string_view operation_id);

// The answer to a poll while the operation runs; adds `registrationState` with
// `registrationId` and `status`.
std::string AssigningBody(std::string_view operation_id,
                          const RegistrationId& id);

// The answer once the operation has ended: `operationId`, `status` and the
// whole `registrationState`. Older api-versions, for which SDKs do not know
// `reprovisionedToInitialAssignment`, read `initialAssignment` in its place.
std::string FinishedBody(RegistrationRecord record,
                         std::string_view operation_id,
                         std::string_view api_version);

// What FinishedBody() has in `registrationState`: the answer to a look at the
// record, which may be under way.
std::string StateBody(RegistrationRecord record, std::string_view api_version);

}  // namespace dps
