// SPDX-License-Identifier: Apache-2.0
// Files that hold a secret: the key that seals the store's, made where it is
// missing, and those an operator refers to.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/crypto.h"
#include "core/base/result.h"

namespace dps {

// All of a regular file of at most `size_max` bytes. Errors name the file and
// why: kUnavailable.
[[nodiscard]] Result<SecretBytes> ReadSecretFile(const std::string& path,
                                                 std::size_t size_max);

// The key of crypto_seal.h in the file. Errors name the file: kNotFound (there
// is none), kUnavailable (it cannot be read, is of another size, or lies open
// to others than its owner and his group: what it sealed is then no secret).
[[nodiscard]] Result<SecretBytes> ReadKeyFile(const std::string& path);

// ReadKeyFile(), or a new random key where there is no file: readable by its
// owner only, complete and durable once it has its name. Of several processes
// that make it at once one does, and all get that one's.
// Errors: kUnavailable.
[[nodiscard]] Result<SecretBytes> ReadOrMakeKeyFile(const std::string& path);

}  // namespace dps
