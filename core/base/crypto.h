// SPDX-License-Identifier: Apache-2.0
// The cryptography the core needs, over OpenSSL: secrets that wipe themselves,
// HMAC-SHA256, SHA-256, random bytes, base64. All functions are thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// Bytes that must not leak: wiped on destruction, compared in constant time,
// not streamable. Reveal() is the only way out; keep what it returns on the
// stack and short-lived.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::string_view bytes) : bytes_(bytes) {}
  SecretBytes(const SecretBytes&) = default;
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(const SecretBytes& other);
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  ~SecretBytes();

  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  std::string_view Reveal() const { return bytes_; }

  // Constant time for equal sizes.
  friend bool operator==(const SecretBytes& a, const SecretBytes& b);

 private:
  void Wipe();

  std::string bytes_;
};

// Constant time for equal sizes; different sizes are unequal at once.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

// Each thread keeps the few keys it used last, until others take their place or
// it ends; then they are wiped.
SecretBytes HmacSha256(const SecretBytes& key, std::string_view message);

// The 32 raw bytes of the digest; for what is not secret.
std::string Sha256(std::string_view message);

// `size` bytes of the operating system's generator.
SecretBytes RandomSecret(std::size_t size);

// A random (version 4) GUID in its 36-character lower-case form: etags,
// tracking ids.
std::string NewGuid();

// Standard alphabet with padding (RFC 4648 section 4), no line breaks.
std::string Base64Encode(std::string_view bytes);
// Strict: the standard alphabet, right padding, nothing else.
// Errors: kInvalidArgument.
[[nodiscard]] Result<SecretBytes> Base64Decode(std::string_view text);
// Base64Decode() of text with blanks, tabs and line ends anywhere in it, as
// files and mails fold it; for what is not secret. Errors: kInvalidArgument.
[[nodiscard]] Result<std::string> Base64DecodeFolded(std::string_view text);

}  // namespace dps
