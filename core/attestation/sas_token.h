// SPDX-License-Identifier: Apache-2.0
// The SAS token a device with a symmetric key sends as its password, and an
// operator with the key of an access policy with each request.
// All functions are pure and thread-safe. Source: device-protocol section 2.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

struct SasToken {
  std::string resource;  // `sr` exactly as sent: it is what was signed
  SecretBytes signature;
  std::uint64_t expiry_s = 0;  // since the Unix epoch
  std::string expiry_text;     // `se` exactly as sent
  std::string key_name;        // `skn`, decoded; empty = not sent

  friend bool operator==(const SasToken&, const SasToken&) = default;
};

// Reads `SharedAccessSignature sr=..&sig=..&se=..[&skn=..]`, fields in any
// order; unknown fields do not matter, nor does `skn` to devices.
// Errors: kTooLarge (over limits::kSasTokenMax), kInvalidArgument (any other
// form; a field given twice). Messages never quote the token.
[[nodiscard]] Result<SasToken> ParseSasToken(std::string_view token);

// Checks what the token says, not who signed it (verify.h): the decoded
// resource is `{scope}/registrations/{id}`, the id in any letter case, and
// `now` is not past the expiry by more than `skew`.
// Errors: kUnauthenticated; the message says which of the two it was.
[[nodiscard]] Status CheckSasToken(const SasToken& token, const IdScope& scope,
                                   const RegistrationId& id, UtcTime now,
                                   std::chrono::seconds skew);

// The half of CheckSasToken that changes with time: a token past its expiry
// and `skew` is kUnauthenticated.
[[nodiscard]] Status CheckSasExpiry(const SasToken& token, UtcTime now,
                                    std::chrono::seconds skew);

}  // namespace dps
