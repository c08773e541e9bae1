// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/signatures.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

struct Pair {
  Forged root = Forge(CaSpec("root"));
  Forged other = Forge(CaSpec("root"));
  Forged leaf = Forge(LeafSpec("dev-01", &root));
};

}  // namespace

TEST_CASE("signatures: who signed is told, and who did not") {
  const Pair pair;
  Signatures signatures;
  CHECK(*signatures.Signed(pair.root.certificate, pair.leaf.certificate));
  CHECK_FALSE(
      *signatures.Signed(pair.other.certificate, pair.leaf.certificate));
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("signatures: each pair is computed once") {
  const Pair pair;
  Signatures signatures;
  for (int i = 0; i < 3; ++i) {
    CHECK(*signatures.Signed(pair.root.certificate, pair.leaf.certificate));
    CHECK_FALSE(
        *signatures.Signed(pair.other.certificate, pair.leaf.certificate));
  }
  CHECK(signatures.spent() == 2);
}

TEST_CASE("signatures: only what was computed is refuted") {
  const Pair pair;
  Signatures signatures;
  const auto refuted = [&](const Forged& issuer) {
    return signatures.IsRefuted(issuer.certificate, pair.leaf.certificate);
  };
  CHECK_FALSE(refuted(pair.other));
  CHECK(signatures.Signed(pair.root.certificate, pair.leaf.certificate));
  CHECK_FALSE(refuted(pair.other));
  CHECK(signatures.Signed(pair.other.certificate, pair.leaf.certificate));
  CHECK(refuted(pair.other));
  CHECK_FALSE(refuted(pair.root));
}

TEST_CASE("signatures: beyond the limit nothing is computed any more") {
  const Pair pair;
  Signatures signatures(3);
  CHECK(signatures.Signed(pair.root.certificate, pair.leaf.certificate));
  CHECK(signatures.Spend(2));
  CHECK_FALSE(signatures.is_exceeded());
  const auto refused =
      signatures.Signed(pair.other.certificate, pair.leaf.certificate);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kInvalidCertificate);
  CHECK(refused.error().message.starts_with("more than 3 signatures"));
  CHECK(signatures.is_exceeded());
  CHECK_FALSE(signatures.Spend(0));
  // What is known costs nothing.
  CHECK(*signatures.Signed(pair.root.certificate, pair.leaf.certificate));
}

}  // namespace dps
