// SPDX-License-Identifier: Apache-2.0
#include "core/base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>
#include <vector>

#include "core/base/crypto_handle.h"
#include "core/base/handle.h"
#include "core/base/text.h"

namespace dps {
namespace {

using HmacContext = Handle<EVP_MAC_CTX, EVP_MAC_CTX_free>;

HmacContext NewHmacContext() {
  const Handle<EVP_MAC, EVP_MAC_free> hmac(
      EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  HmacContext context(EVP_MAC_CTX_new(hmac.get()));
  auto sha256 = std::to_array("SHA256");
  const std::array parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256.data(), 0),
      OSSL_PARAM_construct_end()};
  if (context == nullptr ||
      EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1) {
    throw std::runtime_error("OpenSSL offers no HMAC-SHA256");
  }
  return context;
}

// A context for each of a few keys, those used last: making a context costs
// more than an HMAC, and giving it another key as much again.
class KeyedContexts {
 public:
  // Ready for a message. Valid until the next call.
  EVP_MAC_CTX* Of(const SecretBytes& key) {
    const auto known = std::ranges::find(contexts_, key, &Keyed::key);
    const bool rekey = known == contexts_.end();
    Keyed keyed;
    if (!rekey) {
      keyed = std::move(*known);
      contexts_.erase(known);
    } else if (contexts_.size() == kContextsMax) {
      keyed.context = std::move(contexts_.back().context);
      contexts_.pop_back();
    } else {
      keyed.context = NewHmacContext();
    }
    EVP_MAC_CTX* context = keyed.context.get();
    const std::string_view bytes = key.Reveal();
    // Without a key it begins anew with the one it has.
    const int ready =
        rekey ? EVP_MAC_init(context, Unsigned(bytes), bytes.size(), nullptr)
              : EVP_MAC_init(context, nullptr, 0, nullptr);
    if (ready != 1) throw std::bad_alloc();  // the only way it fails
    if (rekey) keyed.key = key;
    contexts_.insert(contexts_.begin(), std::move(keyed));
    return context;
  }

 private:
  struct Keyed {
    SecretBytes key;
    HmacContext context;
  };

  static constexpr std::size_t kContextsMax = 4;

  std::vector<Keyed> contexts_;  // the one used last comes first
};

std::string RandomString(std::size_t size) {
  std::string bytes(size, '\0');
  // Without random numbers nothing here can be safe.
  if (RAND_bytes(Unsigned(bytes), static_cast<int>(size)) != 1) {
    throw std::runtime_error("the random number generator failed");
  }
  return bytes;
}

// Not for secrets, which must not lie about once they are used.
std::string RandomGuidBytes() {
  constexpr std::size_t kSize = 16;
  // A draw costs the same for one GUID and for many.
  thread_local std::string drawn;
  if (drawn.empty()) drawn = RandomString(kSize * 32);
  std::string bytes = drawn.substr(drawn.size() - kSize);
  drawn.resize(drawn.size() - kSize);
  return bytes;
}

bool IsBase64Char(char c) { return IsAsciiAlnum(c) || c == '+' || c == '/'; }

}  // namespace

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : bytes_(std::move(other.bytes_)) {
  other.Wipe();  // a short string is copied, not moved
}

SecretBytes& SecretBytes::operator=(const SecretBytes& other) {
  if (this == &other) return *this;
  Wipe();
  bytes_ = other.bytes_;
  return *this;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this == &other) return *this;
  Wipe();
  bytes_ = std::move(other.bytes_);
  other.Wipe();
  return *this;
}

SecretBytes::~SecretBytes() { Wipe(); }

void SecretBytes::Wipe() {
  bytes_.resize(bytes_.capacity());
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

bool operator==(const SecretBytes& a, const SecretBytes& b) {
  return ConstantTimeEqual(a.bytes_, b.bytes_);
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretBytes HmacSha256(const SecretBytes& key, std::string_view message) {
  thread_local KeyedContexts contexts;
  EVP_MAC_CTX* context = contexts.Of(key);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  std::size_t size = 0;
  const bool done =
      EVP_MAC_update(context, Unsigned(message), message.size()) == 1 &&
      EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1;
  if (!done) throw std::bad_alloc();  // the only way HMAC-SHA256 fails
  SecretBytes result(
      std::string_view(reinterpret_cast<const char*>(digest.data()), size));
  OPENSSL_cleanse(digest.data(), digest.size());
  return result;
}

std::string Sha256(std::string_view message) {
  // One of each a thread: finding the algorithm costs more than its work.
  thread_local const Handle<EVP_MD, EVP_MD_free> sha256(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(
      EVP_MD_CTX_new());
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  const bool done =
      EVP_DigestInit_ex(context.get(), sha256.get(), nullptr) == 1 &&
      EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
      EVP_DigestFinal_ex(context.get(), Unsigned(digest), nullptr) == 1;
  if (!done) throw std::bad_alloc();  // the only way SHA-256 fails
  return digest;
}

SecretBytes RandomSecret(std::size_t size) {
  std::string bytes = RandomString(size);
  SecretBytes secret(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return secret;
}

std::string NewGuid() {
  std::string bytes = RandomGuidBytes();
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);  // RFC 4122 variant
  std::string guid = HexEncode(bytes);
  guid.reserve(36);
  for (const std::size_t dash : {8, 13, 18, 23}) guid.insert(dash, 1, '-');
  return guid;
}

std::string Base64Encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(Unsigned(text), Unsigned(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Result<SecretBytes> Base64Decode(std::string_view text) {
  // EVP_DecodeBlock skips white space and forgives padding; DPS keys and
  // signatures are exact, so the form is checked first.
  const std::size_t body = std::min(text.find('='), text.size());
  const std::size_t padding = text.size() - body;
  const bool exact =
      text.size() % 4 == 0 && padding <= 2 &&
      std::ranges::all_of(text.substr(0, body), IsBase64Char) &&
      std::ranges::all_of(text.substr(body), [](char c) { return c == '='; });
  if (!exact) return Fail(Errc::kInvalidArgument, "not valid base64");
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(Unsigned(bytes), Unsigned(text),
                                   static_cast<int>(text.size()));
  if (size < 0) return Fail(Errc::kInvalidArgument, "not valid base64");
  SecretBytes secret(std::string_view(bytes).substr(
      0, static_cast<std::size_t>(size) - padding));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return secret;
}

Result<std::string> Base64DecodeFolded(std::string_view text) {
  std::string packed(text);
  std::erase_if(packed, [](char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  });
  DPS_TRY(const SecretBytes bytes, Base64Decode(packed));
  return std::string(bytes.Reveal());
}

}  // namespace dps
