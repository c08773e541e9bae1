// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/certificate_policy.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/attestation/refusal.h"
#include "core/base/crypto_handle.h"

namespace dps {
namespace {

// An RSA verification takes as long as the exponent; 65537 needs 17 bits.
constexpr int kRsaExponentBitsMax = 64;

Status CheckRsa(const Certificate& certificate, const EVP_PKEY* key,
                const CertificatePolicy& policy) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits > policy.rsa_bits_max) {
    return Refuse(certificate, "has an RSA key of " + std::to_string(bits) +
                                   " bits; at most " +
                                   std::to_string(policy.rsa_bits_max) +
                                   " are verified");
  }
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &number);
  const Handle<BIGNUM, BN_free> exponent(number);
  if (exponent == nullptr || BN_num_bits(number) > kRsaExponentBitsMax) {
    return Refuse(certificate, "has an RSA key with an oversized exponent");
  }
  return {};
}

// P-256, P-384 and P-521. Others take up to ten times as long to verify.
constexpr std::array<std::string_view, 3> kCurves = {"prime256v1", "secp384r1",
                                                     "secp521r1"};

Status CheckCurve(const Certificate& certificate, const EVP_PKEY* key) {
  int is_explicit = 1;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                         &is_explicit);
  if (is_explicit != 0) {
    return Refuse(certificate,
                  "has an EC key that spells out its curve; use a named curve");
  }
  std::array<char, 64> name{};
  std::size_t size = 0;
  EVP_PKEY_get_group_name(key, name.data(), name.size(), &size);
  const std::string_view curve(name.data());
  if (std::ranges::count(kCurves, curve) != 0) return {};
  return Refuse(certificate, "has an EC key on the curve " +
                                 std::string(curve) +
                                 "; use P-256, P-384 or P-521");
}

}  // namespace

Status CheckKey(const Certificate& certificate,
                const CertificatePolicy& policy) {
  const ErrorQueueMark mark;
  const int size = i2d_X509(certificate.get(), nullptr);
  if (size <= 0 ||
      static_cast<std::size_t>(size) > limits::kCertificateBytesMax) {
    return Refuse(certificate,
                  "is larger than " +
                      std::to_string(limits::kCertificateBytesMax) + " bytes");
  }
  const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  switch (key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      return CheckRsa(certificate, key, policy);
    case EVP_PKEY_EC:
      return CheckCurve(certificate, key);
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
      return {};
    default:
      return Refuse(certificate,
                    "has a key of an unknown kind; use RSA, EC or Ed25519");
  }
}

Status CheckKeyStrength(const Certificate& certificate,
                        const CertificatePolicy& policy) {
  // SSL_CTX_set_security_level(3) lists them.
  constexpr std::array<int, limits::kSecurityLevelMax> kBits = {80, 112, 128,
                                                                192, 256};
  const int level = policy.security_level;
  const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key != nullptr && EVP_PKEY_get_security_bits(key) >=
                            kBits[static_cast<std::size_t>(level - 1)]) {
    return {};
  }
  return Refuse(certificate, "has a key too weak for security level " +
                                 std::to_string(level) +
                                 (level == 2 ? " (RSA needs 2048 bits)" : ""));
}

}  // namespace dps
