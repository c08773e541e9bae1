// SPDX-License-Identifier: Apache-2.0
#include "core/base/secret_box.h"

#include <algorithm>
#include <cstdlib>

#include "core/base/crypto_seal.h"
#include "core/base/key_file.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::size_t kSecretFileMax = std::size_t{16} * 1024;
constexpr std::string_view kKeyFile = "/secrets.key";
// Behind kSealedSecret.
constexpr std::string_view kVersion = "v1:";

// Takes `prefix` off `text`, if it is there.
bool Take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Result<SecretBytes> FromFile(const std::string& path) {
  if (!path.starts_with('/')) {
    return Fail(Errc::kInvalidArgument,
                "a secret's file must be named by its whole path, not " +
                    Printable(path));
  }
  DPS_TRY(const SecretBytes all, ReadSecretFile(path, kSecretFileMax));
  std::string_view line = all.Reveal();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return Fail(Errc::kUnavailable, path + " is empty");
  if (line.find('\n') == std::string_view::npos) return SecretBytes(line);
  return Fail(Errc::kUnavailable, path + " holds more than one line");
}

Result<SecretBytes> FromEnvironment(const std::string& name) {
  const bool is_name = !name.empty() && !IsAsciiDigit(name.front()) &&
                       std::ranges::all_of(name, [](char c) {
                         return IsAsciiAlnum(c) || c == '_';
                       });
  if (!is_name) {
    return Fail(Errc::kInvalidArgument,
                "an environment variable cannot be called " + Printable(name));
  }
  // Nothing in these processes changes the environment.
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-*)
  if (value != nullptr && *value != '\0') return SecretBytes(value);
  return Fail(Errc::kUnavailable,
              "the environment variable " + name +
                  (value == nullptr ? " is not set" : " is empty"));
}

}  // namespace

SecretBox::SecretBox(const std::string& store_directory)
    : key_path_(store_directory + std::string(kKeyFile)) {}

Result<std::string> SecretBox::Seal(const SecretBytes& secret,
                                    std::string_view context) const {
  DPS_TRY(const SecretBytes key, ReadOrMakeKeyFile(key_path_));
  return std::string(kSealedSecret) + std::string(kVersion) +
         Base64Encode(SealBytes(key, secret, context));
}

Result<SecretBytes> SecretBox::Open(std::string_view stored,
                                    std::string_view context) const {
  if (Take(stored, kSecretInFile)) return FromFile(std::string(stored));
  if (Take(stored, kSecretInEnvironment)) {
    return FromEnvironment(std::string(stored));
  }
  if (Take(stored, kSealedSecret) && Take(stored, kVersion)) {
    return Unseal(stored, context);
  }
  return Fail(Errc::kInvalidArgument,
              "a stored secret must begin with file:, env: or sealed:v1:");
}

Result<SecretBytes> SecretBox::Unseal(std::string_view sealed,
                                      std::string_view context) const {
  auto key = ReadKeyFile(key_path_);
  if (!key && key.error().code == Errc::kNotFound) {
    return Fail(Errc::kUnavailable,
                key.error().message +
                    "; restore it from the backup of the store, or give the "
                    "secret anew");
  }
  if (!key) return key;
  auto secret = Base64Decode(sealed).and_then([&](const SecretBytes& bytes) {
    return UnsealBytes(*key, bytes.Reveal(), context);
  });
  if (secret) return secret;
  return Fail(Errc::kInvalidArgument,
              "a sealed secret does not open with " + key_path_ +
                  ": it was sealed with another key or for another hub, or it "
                  "is damaged; give the secret anew");
}

}  // namespace dps
