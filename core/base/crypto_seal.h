// SPDX-License-Identifier: Apache-2.0
// Authenticated encryption of small secrets, over OpenSSL. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/result.h"

namespace dps {

inline constexpr std::size_t kSealKeySize = 32;

// AES-256-GCM: a fresh nonce, the ciphertext and the tag, one after the other.
// `context` is not encrypted and not part of the result, but without the same
// one it does not open. REQUIRES: `key` is of kSealKeySize bytes.
std::string SealBytes(const SecretBytes& key, const SecretBytes& secret,
                      std::string_view context);

// What SealBytes() sealed. REQUIRES: as there. Errors: kInvalidArgument
// (another key, another context, or not what was sealed).
[[nodiscard]] Result<SecretBytes> UnsealBytes(const SecretBytes& key,
                                              std::string_view sealed,
                                              std::string_view context);

}  // namespace dps
