// SPDX-License-Identifier: Apache-2.0
// The chains that must be accepted; x509_chain_hostile_test.cc has the others.
#include "core/attestation/x509_chain.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

using Certificates = std::vector<Certificate>;

// The common names of the verified path, or the error.
std::string NamesOfPath(const Forged& leaf, const Certificates& others,
                        const Certificates& anchors,
                        const CertificatePolicy& policy = {}) {
  const auto path = VerifyChain({.leaf = leaf.certificate, .others = others},
                                anchors, policy, kNoon);
  if (!path) return path.error().message;
  std::string names;
  for (const Certificate& certificate : *path) {
    names += (names.empty() ? "" : " < ") + certificate.Subject().substr(3);
  }
  return names;
}

// A root, two intermediates, and a device below.
struct DeepTree {
  Forged root = Forge(CaSpec("root"));
  Forged upper = Forge(CaSpec("upper", &root));
  Forged lower = Forge(CaSpec("lower", &upper));
  Forged leaf = Forge(LeafSpec("dev-01", &lower));
};

}  // namespace

TEST_CASE("x509_chain: a leaf under an enrolled root is accepted") {
  const Forged root = Forge(CaSpec("root"));
  const Forged leaf = Forge(LeafSpec("dev-01", &root));
  CHECK(NamesOfPath(leaf, {}, {root.certificate}) == "dev-01 < root");
  CHECK(NamesOfPath(leaf, {root.certificate}, {root.certificate}) ==
        "dev-01 < root");
}

TEST_CASE("x509_chain: intermediates come in any order, with strangers") {
  const DeepTree tree;
  const Forged stranger = Forge(CaSpec("stranger"));
  Certificates others = {tree.lower.certificate, tree.upper.certificate,
                         stranger.certificate, tree.leaf.certificate};
  const auto by_thumbprint = [](const Certificate& a, const Certificate& b) {
    return a.thumbprint() < b.thumbprint();
  };
  std::ranges::sort(others, by_thumbprint);
  do {
    CHECK(NamesOfPath(tree.leaf, others, {tree.root.certificate}) ==
          "dev-01 < lower < upper < root");
  } while (std::ranges::next_permutation(others, by_thumbprint).found);
}

TEST_CASE("x509_chain: a leaf alone will do when its issuer is enrolled") {
  const DeepTree tree;
  CHECK(NamesOfPath(tree.leaf, {}, {tree.lower.certificate}) ==
        "dev-01 < lower");
}

TEST_CASE("x509_chain: an intermediate is an anchor without its root") {
  const DeepTree tree;
  CHECK(NamesOfPath(tree.leaf, {tree.lower.certificate},
                    {tree.upper.certificate}) == "dev-01 < lower < upper");
}

TEST_CASE("x509_chain: the nearest anchor wins over those above it") {
  const DeepTree tree;
  const Certificates others = {tree.root.certificate, tree.upper.certificate,
                               tree.lower.certificate};
  CHECK(NamesOfPath(tree.leaf, others,
                    {tree.root.certificate, tree.upper.certificate}) ==
        "dev-01 < lower < upper");
  CHECK(NamesOfPath(tree.leaf, others,
                    {tree.root.certificate, tree.upper.certificate,
                     tree.lower.certificate}) == "dev-01 < lower");
}

TEST_CASE("x509_chain: a chain as long as the limit is accepted") {
  std::vector<Forged> cas = {Forge(CaSpec("root"))};
  Certificates others;
  for (int i = 1; i <= 9; ++i) {
    cas.push_back(Forge(CaSpec("ca-" + std::to_string(i), &cas.back())));
    others.push_back(cas.back().certificate);
  }
  const Forged leaf = Forge(LeafSpec("dev-01", &cas.back()));
  CHECK(NamesOfPath(leaf, others, {cas.front().certificate})
            .ends_with("ca-2 < ca-1 < root"));
}

TEST_CASE("x509_chain: of two CAs with one name the signature tells which") {
  for (const bool key_ids : {false, true}) {
    CertificateSpec ca = CaSpec("root");
    ca.key_ids = key_ids;
    const Forged before = Forge(ca);
    const Forged after = Forge(ca);
    CertificateSpec spec = LeafSpec("dev-01", &after);
    spec.key_ids = key_ids;
    const Forged leaf = Forge(spec);
    const auto path = VerifyChain(
        {.leaf = leaf.certificate},
        std::vector{before.certificate, after.certificate}, {}, kNoon);
    REQUIRE(path.has_value());
    CHECK(path->back() == after.certificate);
  }
}

TEST_CASE("x509_chain: a CA's new key, signed by its old one, is a step") {
  // Key ids tell a self-issued certificate from a self-signed one.
  CertificateSpec spec = CaSpec("root");
  spec.key_ids = true;
  const Forged old_ca = Forge(spec);
  spec.issuer = &old_ca;
  const Forged new_ca = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &new_ca));
  CHECK(NamesOfPath(leaf, {new_ca.certificate}, {old_ca.certificate}) ==
        "dev-01 < root < root");
  CHECK(NamesOfPath(leaf, {new_ca.certificate},
                    {old_ca.certificate, new_ca.certificate}) ==
        "dev-01 < root");
}

TEST_CASE("x509_chain: of anchors with one key the usable comes first") {
  CertificateSpec spec = CaSpec("root");
  const Forged first = Forge(spec);
  spec.key = first.key;
  spec.serial = 2;
  const Forged second = Forge(spec);
  spec.serial = 3;
  spec.not_after = kNoon - std::chrono::seconds(1);
  const Forged expired = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &first));
  const auto anchor_of = [&](const Certificates& others,
                             const Certificates& anchors) {
    return VerifyChain({.leaf = leaf.certificate, .others = others}, anchors,
                       {}, kNoon)
        .value()
        .back();
  };
  const Certificates both = {first.certificate, second.certificate};
  CHECK(anchor_of({}, both) == first.certificate);
  CHECK(anchor_of({second.certificate}, both) == second.certificate);
  CHECK(anchor_of({expired.certificate},
                  {expired.certificate, second.certificate}) ==
        second.certificate);
}

TEST_CASE("x509_chain: a cross-signed intermediate leads to either root") {
  const Forged root_a = Forge(CaSpec("root-a"));
  const Forged root_b = Forge(CaSpec("root-b"));
  const Forged by_a = Forge(CaSpec("lower", &root_a));
  CertificateSpec spec = CaSpec("lower", &root_b);
  spec.key = by_a.key;
  const Forged by_b = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &by_a));
  for (const Certificates& others :
       {Certificates{by_a.certificate, by_b.certificate},
        Certificates{by_b.certificate, by_a.certificate}}) {
    CHECK(NamesOfPath(leaf, others, {root_a.certificate}) ==
          "dev-01 < lower < root-a");
    CHECK(NamesOfPath(leaf, others, {root_b.certificate}) ==
          "dev-01 < lower < root-b");
  }
}

TEST_CASE("x509_chain: a root's namesake hides no other way up") {
  const Forged old_root_a = Forge(CaSpec("root-a"));
  const Forged new_root_a = Forge(CaSpec("root-a"));
  const Forged root_b = Forge(CaSpec("root-b"));
  const Forged by_a = Forge(CaSpec("lower", &old_root_a));
  CertificateSpec spec = CaSpec("lower", &root_b);
  spec.key = by_a.key;
  const Forged by_b = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &by_a));
  const Certificates anchors = {new_root_a.certificate, root_b.certificate};
  CHECK(NamesOfPath(leaf, {by_a.certificate, by_b.certificate}, anchors) ==
        "dev-01 < lower < root-b");
  CHECK(NamesOfPath(leaf, {by_b.certificate, by_a.certificate}, anchors) ==
        "dev-01 < lower < root-b");
  // One level further up.
  CHECK(NamesOfPath(
            leaf, {by_a.certificate, by_b.certificate, new_root_a.certificate},
            {root_b.certificate}) == "dev-01 < lower < root-b");
}

TEST_CASE("x509_chain: a false step between does not end the search") {
  // X by "m" of a key that is gone, and X by n; both m and n lead to anchors.
  const Forged root = Forge(CaSpec("root"));
  const Forged m = Forge(CaSpec("m", &root));
  const Forged gone_m = Forge(CaSpec("m"));
  const Forged top = Forge(CaSpec("top", &root));
  const Forged n = Forge(CaSpec("n", &top));
  const Forged by_m = Forge(CaSpec("x", &gone_m));
  CertificateSpec spec = CaSpec("x", &n);
  spec.key = by_m.key;
  const Forged by_n = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &by_m));
  CHECK(NamesOfPath(leaf,
                    {by_m.certificate, by_n.certificate, m.certificate,
                     n.certificate, top.certificate},
                    {root.certificate}) == "dev-01 < x < n < top < root");
}

TEST_CASE("x509_chain: an ordinary chain costs one signature a certificate") {
  const DeepTree tree;
  for (const Certificates& others :
       {Certificates{tree.lower.certificate, tree.upper.certificate},
        Certificates{tree.lower.certificate, tree.upper.certificate,
                     tree.root.certificate}}) {
    const PresentedChain presented{.leaf = tree.leaf.certificate,
                                   .others = others};
    ChainVerifier verifier(presented, {}, kNoon);
    CHECK(verifier.Verify(std::array{tree.root.certificate}));
    CHECK(verifier.signatures().spent() == 3);
  }
}

TEST_CASE("x509_chain: of cross-signed intermediates the valid one leads") {
  const Forged root_a = Forge(CaSpec("root-a"));
  const Forged root_b = Forge(CaSpec("root-b"));
  CertificateSpec spec = CaSpec("lower", &root_a);
  spec.not_after = kNoon - std::chrono::seconds(1);
  const Forged expired = Forge(spec);
  spec = CaSpec("lower", &root_b);
  spec.key = expired.key;
  const Forged valid = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &expired));
  CHECK(NamesOfPath(leaf, {expired.certificate, valid.certificate},
                    {root_a.certificate, root_b.certificate}) ==
        "dev-01 < lower < root-b");
}

TEST_CASE("x509_chain: RSA, EC and Ed25519 keys mix") {
  CertificateSpec spec = CaSpec("root");
  spec.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 2048});
  const Forged root = Forge(spec);
  spec = CaSpec("lower", &root);
  spec.key = ForgeKey({.kind = KeyKind::kEd25519});
  const Forged lower = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &lower));
  CHECK(NamesOfPath(leaf, {lower.certificate}, {root.certificate}) ==
        "dev-01 < lower < root");
  CHECK(NamesOfPath(leaf, {lower.certificate}, {root.certificate},
                    {.security_level = 3}) ==
        "the enrolled CN=root has a key too weak for the security level");
}

TEST_CASE("x509_chain: weak digests pass at no level") {
  const Forged root = Forge(CaSpec("root"));
  CertificateSpec spec = LeafSpec("dev-01", &root);
  spec.digest = "SHA1";
  CHECK(NamesOfPath(Forge(spec), {}, {root.certificate}, kLaxestPolicy) ==
        "CN=dev-01 is signed with a digest too weak for the security level");
}

TEST_CASE("x509_chain: a certificate without any key usage will do") {
  CertificateSpec spec = CaSpec("root");
  spec.key_usage.clear();
  const Forged root = Forge(spec);
  CHECK(NamesOfPath(Forge({.issuer = &root}), {}, {root.certificate}) ==
        "dev-01 < root");
}

TEST_CASE("x509_chain: a look-alike beside the issuer does no harm") {
  const DeepTree tree;
  const Forged false_lower = Forge(CaSpec("lower"));
  // The issuer's key too, but without the right to be a CA.
  CertificateSpec spec = LeafSpec("lower", &tree.upper);
  spec.key = tree.lower.key;
  const Forged no_ca = Forge(spec);
  CHECK(NamesOfPath(tree.leaf,
                    {false_lower.certificate, no_ca.certificate,
                     tree.lower.certificate, tree.upper.certificate},
                    {tree.root.certificate}) ==
        "dev-01 < lower < upper < root");
}

TEST_CASE("x509_chain: threads verify the same certificates at once") {
  const DeepTree tree;
  const Certificates others = {tree.upper.certificate, tree.lower.certificate};
  std::atomic<int> accepted = 0;
  {
    const auto verify = [&] {
      for (int round = 0; round < 20; ++round) {
        if (NamesOfPath(tree.leaf, others, {tree.root.certificate}) ==
            "dev-01 < lower < upper < root") {
          ++accepted;
        }
      }
    };
    const std::array threads = {std::jthread(verify), std::jthread(verify),
                                std::jthread(verify), std::jthread(verify)};
  }
  CHECK(accepted == 80);
}

}  // namespace dps
