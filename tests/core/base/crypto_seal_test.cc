// SPDX-License-Identifier: Apache-2.0
#include "core/base/crypto_seal.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

const SecretBytes kKey(std::string(kSealKeySize, 'k'));

Errc Refused(const SecretBytes& key, std::string_view sealed,
             std::string_view context) {
  const auto opened = UnsealBytes(key, sealed, context);
  REQUIRE_FALSE(opened);
  return opened.error().code;
}

}  // namespace

TEST_CASE("crypto_seal: what was sealed opens, also if it is empty") {
  for (const std::string& text :
       {std::string(), std::string("secret"), std::string("a\0b", 3),
        std::string(16 * 1024, 'x')}) {
    const std::string sealed = SealBytes(kKey, SecretBytes(text), "hub-1");
    CHECK(sealed.size() == 12 + text.size() + 16);
    CHECK(UnsealBytes(kKey, sealed, "hub-1")->Reveal() == text);
  }
}

TEST_CASE("crypto_seal: AES-256-GCM as others make it opens") {
  // Made by Python's cryptography: AESGCM(b'k'*32).encrypt(b'n'*12, b'secret',
  // b'hub-1').
  const auto sealed =
      Base64Decode("bm5ubm5ubm5ubm5u616EwnTAY/x1d7GJq7ujZ1XzVAUQlQ==");
  REQUIRE(sealed);
  CHECK(UnsealBytes(kKey, sealed->Reveal(), "hub-1")->Reveal() == "secret");
}

TEST_CASE("crypto_seal: the same secret is sealed differently each time") {
  const SecretBytes secret("secret");
  CHECK(SealBytes(kKey, secret, "") != SealBytes(kKey, secret, ""));
}

TEST_CASE("crypto_seal: no single flipped bit and no cut goes unnoticed") {
  const std::string sealed = SealBytes(kKey, SecretBytes("secret"), "hub-1");
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    CAPTURE(i);
    std::string flipped = sealed;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
    CHECK(Refused(kKey, flipped, "hub-1") == Errc::kInvalidArgument);
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    CAPTURE(size);
    CHECK(Refused(kKey, sealed.substr(0, size), "hub-1") ==
          Errc::kInvalidArgument);
  }
  CHECK(Refused(kKey, sealed + '\0', "hub-1") == Errc::kInvalidArgument);
}

TEST_CASE("crypto_seal: another key or context does not open it") {
  const std::string sealed = SealBytes(kKey, SecretBytes("secret"), "hub-1");
  CHECK(Refused(kKey, sealed, "hub-2") == Errc::kInvalidArgument);
  CHECK(Refused(kKey, sealed, "") == Errc::kInvalidArgument);
  CHECK(Refused(SecretBytes(std::string(kSealKeySize, 'j')), sealed, "hub-1") ==
        Errc::kInvalidArgument);
}

}  // namespace dps
