// SPDX-License-Identifier: Apache-2.0
// A certificate revocation list (CRL) of an enrolled CA, read and checked.
// All functions are pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/certificate.h"
#include "core/base/clock.h"
#include "core/base/result.h"

namespace dps {

// Numbers as CertificateInfo shows serial numbers: upper-case hex.
struct RevocationList {
  UtcTime this_update;
  std::optional<UtcTime>
      next_update;     // RFC 5280 asks for it, some leave it out
  std::string number;  // empty when the list has none
  // Sorted, without repetition. Entries that only end a hold
  // (removeFromCRL) are not in it; certificates on hold are.
  std::vector<std::string> revoked_serials;

  // `serial_number` as in CertificateInfo.
  bool Revokes(std::string_view serial_number) const;

  friend bool operator==(const RevocationList&,
                         const RevocationList&) = default;
};

// PEM with exactly one CRL, or DER. The list must be complete and of `issuer`
// alone: its name, its signature, and its right to sign lists (keyUsage
// cRLSign, if there is a keyUsage). Delta lists, indirect lists, lists of some
// certificates or reasons only, and critical extensions unknown here are
// refused, because such a list read as a whole one would let revoked
// certificates pass. Dates are not judged: the caller knows whether an expired
// list still counts. Errors: kInvalidArgument saying what is wrong, kTooLarge
// (limits::kRevocationListBytesMax, limits::kRevokedSerialsMax).
[[nodiscard]] Result<RevocationList> ParseRevocationList(
    std::string_view pem_or_der, const Certificate& issuer);

}  // namespace dps
