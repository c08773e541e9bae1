// SPDX-License-Identifier: Apache-2.0
// How strong a certificate must be, and how large it may be.
// All functions are pure and thread-safe.
#pragma once

#include <cstddef>

#include "core/base/certificate.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace dps {

struct CertificatePolicy {
  // OpenSSL's levels: 1 = 80 bits (RSA 1024), 2 = 112 (RSA 2048), 3 = 128 (RSA
  // 3072), 4 = 192, 5 = 256. Signatures by SHA-1 or MD5 are too weak for each.
  // REQUIRES: limits::kSecurityLevelMin to limits::kSecurityLevelMax.
  int security_level = 2;
  // Verifying under a large RSA key costs the broker's thread.
  int rsa_bits_max = 4096;
  // Certificates a device may present, the leaf among them.
  std::size_t chain_max = limits::kPresentedChainMax;

  friend bool operator==(const CertificatePolicy&,
                         const CertificatePolicy&) = default;
};

// The most lenient a broker can be set to: what it refuses no device can use,
// so an operator is told at once.
inline constexpr CertificatePolicy kLaxestPolicy{
    .security_level = limits::kSecurityLevelMin,
    .rsa_bits_max = limits::kRsaBitsMax};

// What must hold before a signature is computed under the certificate's key:
// its DER is not larger than limits::kCertificateBytesMax; the key is RSA
// within `rsa_bits_max` and with a public exponent of at most 64 bits, EC on
// the named curves P-256, P-384 and P-521, Ed25519 or Ed448. Errors:
// kInvalidCertificate naming the certificate.
[[nodiscard]] Status CheckKey(const Certificate& certificate,
                              const CertificatePolicy& policy);

// The key has the bits of the security level. Errors: kInvalidCertificate.
[[nodiscard]] Status CheckKeyStrength(const Certificate& certificate,
                                      const CertificatePolicy& policy);

}  // namespace dps
