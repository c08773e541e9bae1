// SPDX-License-Identifier: Apache-2.0
// Whether the CAs that issued a device's certificates revoked them.
#pragma once

#include <span>
#include <string>

#include "core/base/certificate.h"
#include "core/base/result.h"
#include "core/registration/select.h"
#include "core/store/store.h"

namespace dps {

// What the revocation lists of a path say of themselves.
struct RevocationRemarks {
  UtcTime valid_until = UtcTime::max();  // a list expires then
  std::string remark;                    // on one that has; else empty
};

// Looks the certificates up in the lists of `scope`. `path` is what
// VerifyChain() returned, whose last is not looked up, or a device's own
// certificate alone. A list counts for what the key of its CA certificate
// signed: a CA that bears the same name with another key, as after a rollover,
// gives serial numbers of its own. Thread-safe. Costs a signature only where a
// certificate is listed, or a list has expired.
// Errors: kInvalidCertificate (revoked; or a list expired and moment.rules do
// not bear that), kUnavailable, kInternal.
[[nodiscard]] Result<RevocationRemarks> CheckRevocations(
    Snapshot& snapshot, const IdScope& scope, std::span<const Certificate> path,
    const Moment& moment);

}  // namespace dps
