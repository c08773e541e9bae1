// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/certificate_policy.h"

#include <doctest/doctest.h>

#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

Status CheckKeyOn(const char* curve) {
  CertificateSpec spec = LeafSpec("dev-01");
  spec.key = ForgeKey({.kind = KeyKind::kEc, .curve = curve});
  return CheckKey(Forge(spec).certificate, kLaxestPolicy);
}

}  // namespace

TEST_CASE("certificate_policy: keys on the curves of NIST will do") {
  for (const char* curve : {"P-256", "P-384", "P-521"}) {
    CAPTURE(curve);
    CHECK(CheckKeyOn(curve));
  }
}

TEST_CASE("certificate_policy: other curves are refused by name") {
  for (const char* curve :
       {"sect571r1", "brainpoolP512r1", "secp224r1", "secp256k1"}) {
    CAPTURE(curve);
    const Status refused = CheckKeyOn(curve);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::kInvalidCertificate);
    CHECK(refused.error().message == "CN=dev-01 has an EC key on the curve " +
                                         std::string(curve) +
                                         "; use P-256, P-384 or P-521");
  }
}

TEST_CASE("certificate_policy: Ed25519 and Ed448 will do") {
  for (const KeyKind kind : {KeyKind::kEd25519, KeyKind::kEd448}) {
    CertificateSpec spec = LeafSpec("dev-01");
    spec.key = ForgeKey({.kind = kind});
    CHECK(CheckKey(Forge(spec).certificate, {}));
  }
}

}  // namespace dps
