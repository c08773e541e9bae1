// SPDX-License-Identifier: Apache-2.0
// Secrets of the store's documents: kept encrypted, or by where they are.
#pragma once

#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/result.h"

namespace dps {

// How a secret begins that is elsewhere, and one that is sealed.
inline constexpr std::string_view kSecretInFile = "file:";
inline constexpr std::string_view kSecretInEnvironment = "env:";
inline constexpr std::string_view kSealedSecret = "sealed:";

// Seals under the key in the file `secrets.key` of the store's directory, which
// whoever seals first makes (key_file.h). Reads the files afresh each time, so
// that what an operator mends or changes counts at once. Thread-safe; waits for
// the disk, so never on the broker's thread.
class SecretBox {
 public:
  // Touches nothing yet.
  explicit SecretBox(const std::string& store_directory);

  // `sealed:v1:` and the base64 of what SealBytes() makes. Errors:
  // kUnavailable (the key file; the message names it and says why).
  [[nodiscard]] Result<std::string> Seal(const SecretBytes& secret,
                                         std::string_view context) const;

  // What `sealed:...` holds, `file:/path` the file (a text of one line; the
  // line's end does not count), `env:NAME` the environment variable. `context`
  // as it was sealed with; of no matter to the others. Messages name the file
  // or variable, never what is in it. Errors: kUnavailable (a file or variable
  // is missing, empty, unreadable or too large), kInvalidArgument (of none of
  // these forms; a path that is not absolute; sealed with another key or for
  // another context, or damaged).
  [[nodiscard]] Result<SecretBytes> Open(std::string_view stored,
                                         std::string_view context) const;

 private:
  [[nodiscard]] Result<SecretBytes> Unseal(std::string_view sealed,
                                           std::string_view context) const;

  const std::string key_path_;
};

}  // namespace dps
