// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/verified_chains.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct ShortTree {
  Forged root = Forge(CaSpec("root"));
  Forged lower = Forge(CaSpec("lower", &root));
  Forged leaf = Forge(LeafSpec("dev-01", &lower));
  std::vector<Certificate> anchors{root.certificate};

  PresentedChain Chain() const {
    return {.leaf = leaf.certificate, .others = {lower.certificate}};
  }
};

Result<std::vector<Certificate>> VerifyAgain(
    VerifiedChains& chains, const PresentedChain& presented,
    const std::vector<Certificate>& anchors, UtcTime now = kNoon,
    const CertificatePolicy& policy = {}) {
  ChainVerifier verifier(presented, policy, now);
  return chains.Verify(verifier, anchors);
}

std::string Names(const Result<std::vector<Certificate>>& path) {
  if (!path) return path.error().message;
  std::string names;
  for (const Certificate& certificate : *path) {
    names += certificate.Subject().substr(3) + ' ';
  }
  return names;
}

}  // namespace

TEST_CASE("verified_chains: the answer is VerifyChain's, again and again") {
  const ShortTree tree;
  VerifiedChains chains(10);
  for (int i = 0; i < 3; ++i) {
    CHECK(Names(VerifyAgain(chains, tree.Chain(), tree.anchors)) ==
          "dev-01 lower root ");
  }
  CHECK_FALSE(
      VerifyAgain(chains, {.leaf = tree.leaf.certificate}, tree.anchors));
  CHECK_FALSE(VerifyAgain(chains, tree.Chain(), {}));
  CHECK_FALSE(
      VerifyAgain(chains, tree.Chain(), tree.anchors, kNoon, {.chain_max = 1}));
  CHECK_FALSE(VerifyAgain(chains, tree.Chain(), tree.anchors, kNoon,
                          {.security_level = 5}));
}

TEST_CASE("verified_chains: an anchor that moves among the others is told") {
  const ShortTree tree;
  VerifiedChains chains(10);
  REQUIRE(VerifyAgain(chains, tree.Chain(), tree.anchors));
  PresentedChain with_root = tree.Chain();
  with_root.others.push_back(tree.root.certificate);
  CHECK_FALSE(VerifyAgain(chains, with_root, {}));
}

TEST_CASE("verified_chains: what was remembered ends when a certificate does") {
  ShortTree tree;
  CertificateSpec brief = LeafSpec("dev-01", &tree.lower);
  brief.not_after = kNoon + hours(5);
  tree.leaf = Forge(brief);
  VerifiedChains chains(10);
  const auto at = [&](UtcTime now) {
    return VerifyAgain(chains, tree.Chain(), tree.anchors, now).has_value();
  };
  CHECK(at(kNoon));
  CHECK(at(kNoon + hours(5)));
  CHECK_FALSE(at(kNoon + hours(5) + seconds(1)));
  CHECK_FALSE(at(kNoon - hours(2)));
  CHECK(at(kNoon));
}

TEST_CASE("verified_chains: a CA that becomes valid is not overlooked") {
  ShortTree tree;
  CertificateSpec renewed_spec = CaSpec("root");
  renewed_spec.key = tree.root.key;
  renewed_spec.not_before = kNoon + hours(1);
  renewed_spec.serial = 2;
  const Forged renewed = Forge(renewed_spec);
  tree.anchors = {renewed.certificate, tree.root.certificate};
  VerifiedChains chains(10);
  const auto anchor_at = [&](UtcTime now) {
    return VerifyAgain(chains, tree.Chain(), tree.anchors, now)->back();
  };
  CHECK(anchor_at(kNoon) == tree.root.certificate);
  CHECK(anchor_at(kNoon) == tree.root.certificate);
  CHECK(anchor_at(kNoon + hours(1)) == renewed.certificate);
}

TEST_CASE("verified_chains: the oldest are forgotten, the answers stay") {
  const Forged root = Forge(CaSpec("root"));
  const std::vector<Certificate> anchors{root.certificate};
  VerifiedChains chains(2);
  std::vector<Forged> leaves;
  for (int i = 0; i < 7; ++i) {
    leaves.push_back(Forge(LeafSpec("dev-" + std::to_string(i), &root)));
  }
  for (int round = 0; round < 2; ++round) {
    for (const Forged& leaf : leaves) {
      CHECK(VerifyAgain(chains, {.leaf = leaf.certificate}, anchors)->front() ==
            leaf.certificate);
    }
  }
}

}  // namespace dps
