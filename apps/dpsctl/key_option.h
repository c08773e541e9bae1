// SPDX-License-Identifier: Apache-2.0
// --key: a symmetric key as operators write it.
#pragma once

#include <string>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace dps {

// Errors: kInvalidArgument, without a word of the key.
[[nodiscard]] inline Result<SecretBytes> ParseKeyOption(
    const std::string& text) {
  auto key = Base64Decode(text);
  if (key && key->size() >= limits::kSymmetricKeyMin &&
      key->size() <= limits::kSymmetricKeyMax) {
    return key;
  }
  return Fail(Errc::kInvalidArgument, "--key must be base64 of 16 to 64 bytes");
}

}  // namespace dps
