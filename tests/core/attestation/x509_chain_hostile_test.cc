// SPDX-License-Identifier: Apache-2.0
// The chains that must be refused, each with words of its reason.
#include <doctest/doctest.h>
#include <openssl/asn1.h>
#include <openssl/err.h>

#include <array>
#include <string>
#include <vector>

#include "core/attestation/x509_chain.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/mentions.h"

namespace dps {
namespace {

using std::chrono::seconds;
using Certificates = std::vector<Certificate>;

// A root, an intermediate, and a device below. A case spoils one of their
// specs before they are made, or what is made of them.
struct Specs {
  CertificateSpec root = CaSpec("root");
  CertificateSpec lower = CaSpec("lower");
  CertificateSpec leaf = LeafSpec("dev-01");
};

struct HostileSpec {
  const char* name;
  void (*spoil)(Specs&);
  const char* words;
};

constexpr auto kHostileSpecs = std::to_array<HostileSpec>({
    {"an expired leaf", [](Specs& s) { s.leaf.not_after = kNoon - seconds(1); },
     "CN=dev-01 expired at 2026-11-21T11:59:59"},
    {"a leaf of tomorrow",
     [](Specs& s) { s.leaf.not_before = kNoon + seconds(1); },
     "CN=dev-01 is not valid before 2026-11-21T12:00:01"},
    {"an expired intermediate",
     [](Specs& s) { s.lower.not_after = kNoon - seconds(1); },
     "CN=lower expired at 2026-11-21T11:59:59"},
    {"an intermediate of tomorrow",
     [](Specs& s) { s.lower.not_before = kNoon + seconds(1); },
     "CN=lower is not valid before 2026-11-21T12:00:01"},
    {"an expired anchor",
     [](Specs& s) { s.root.not_after = kNoon - seconds(1); },
     "the enrolled CN=root expired at 2026-11-21T11:59:59"},
    {"an anchor of tomorrow",
     [](Specs& s) { s.root.not_before = kNoon + seconds(1); },
     "the enrolled CN=root is not valid before 2026-11-21T12:00:01"},
    {"an intermediate without the CA bit",
     [](Specs& s) { s.lower.basic_constraints = "CA:FALSE"; },
     "CN=lower may not issue certificates: it is no CA"},
    {"an intermediate without basicConstraints",
     [](Specs& s) { s.lower.basic_constraints.clear(); },
     "CN=lower may not issue certificates: it is no CA"},
    {"a leaf signed by a leaf", [](Specs& s) { s.lower = LeafSpec("lower"); },
     "CN=lower may not issue certificates: it is no CA"},
    {"an anchor that is no CA",
     [](Specs& s) { s.root.basic_constraints.clear(); },
     "CN=root may not issue certificates: it is no CA"},
    {"an anchor of version 1",
     [](Specs& s) { s.root = {.common_names = {"root"}, .version = 1}; },
     "CN=root may not issue certificates: it is no CA"},
    {"an exceeded path length",
     [](Specs& s) { s.root.basic_constraints = "critical,CA:TRUE,pathlen:0"; },
     "CN=root allows fewer intermediate certificates"},
    {"an intermediate without keyCertSign",
     [](Specs& s) { s.lower.key_usage = "critical,digitalSignature"; },
     "CN=lower may not issue certificates: it is no CA, or its keyUsage"},
    {"a leaf without digitalSignature",
     [](Specs& s) { s.leaf.key_usage = "critical,keyAgreement"; },
     "CN=dev-01 may not sign: its keyUsage lacks digitalSignature"},
    {"a leaf for servers only",
     [](Specs& s) { s.leaf.extended_key_usage = "serverAuth"; },
     "CN=dev-01 may not authenticate a client"},
    {"an intermediate for servers only",
     [](Specs& s) { s.lower.extended_key_usage = "serverAuth"; },
     "CN=lower may not be used for clients"},
    {"a leaf with a weak key",
     [](Specs& s) {
       s.leaf.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 1024});
     },
     "CN=dev-01 has a key too weak"},
    {"an intermediate with a weak key",
     [](Specs& s) {
       s.lower.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 1024});
     },
     "CN=lower has a key too weak"},
    {"an anchor with a weak key",
     [](Specs& s) {
       s.root.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 1024});
     },
     "the enrolled CN=root has a key too weak"},
    {"a leaf signed with SHA-1", [](Specs& s) { s.leaf.digest = "SHA1"; },
     "CN=dev-01 is signed with a digest too weak"},
    {"an intermediate signed with SHA-1",
     [](Specs& s) { s.lower.digest = "SHA1"; },
     "CN=lower is signed with a digest too weak"},
    {"an intermediate signed with MD5",
     [](Specs& s) {
       s.root.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 2048});
       s.lower.digest = "MD5";
     },
     "CN=lower is signed with a digest too weak"},
    {"a name outside the permitted ones",
     [](Specs& s) {
       s.root.name_constraints = "critical,permitted;DNS:contoso.com";
       s.leaf.alternative_names = 1;
     },
     "name constraints"},
    {"an excluded name",
     [](Specs& s) {
       s.lower.name_constraints = "critical,excluded;DNS:example.com";
       s.leaf.alternative_names = 1;
     },
     "name constraints"},
    {"an unknown critical extension in the leaf",
     [](Specs& s) { s.leaf.unknown_critical_extension = true; },
     "CN=dev-01 has a critical extension that is not known here"},
    {"an unknown critical extension in an intermediate",
     [](Specs& s) { s.lower.unknown_critical_extension = true; },
     "CN=lower has a critical extension that is not known here"},
    {"an unknown critical extension in the anchor",
     [](Specs& s) { s.root.unknown_critical_extension = true; },
     "CN=root has a critical extension that is not known here"},
    {"a leaf with RSA 16384",
     [](Specs& s) {
       s.leaf.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 16'384});
     },
     "CN=dev-01 has an RSA key of 16384 bits; at most 4096"},
    {"a leaf on a curve spelled out",
     [](Specs& s) { s.leaf.key = ForgeKey({.kind = KeyKind::kExplicitP256}); },
     "CN=dev-01 has an EC key that spells out its curve"},
    {"a leaf with a DSA key",
     [](Specs& s) { s.leaf.key = ForgeKey({.kind = KeyKind::kDsa}); },
     "CN=dev-01 has a key of an unknown kind"},
    {"a leaf with 10,000 alternative names",
     [](Specs& s) { s.leaf.alternative_names = 10'000; },
     "CN=dev-01 is larger than 16384 bytes"},
    {"an intermediate with 10,000 alternative names",
     [](Specs& s) { s.lower.alternative_names = 10'000; },
     "CN=lower is larger than 16384 bytes"},
    {"a leaf that names another issuer",
     [](Specs& s) { s.leaf.issuer_name = "nobody"; },
     "the chain ends at CN=dev-01, issued by CN=nobody, which is neither"},
});

std::string WhyNotVerified(const Forged& leaf, const Certificates& others,
                           const Certificates& anchors) {
  const auto path = VerifyChain({.leaf = leaf.certificate, .others = others},
                                anchors, {}, kNoon);
  if (path) return "it was accepted";
  CHECK(path.error().code == Errc::kInvalidCertificate);
  CHECK(ERR_peek_error() == 0);
  return path.error().message;
}

}  // namespace

TEST_CASE(
    "x509_chain_hostile: each hostile certificate is refused with its reason") {
  for (const HostileSpec& row : kHostileSpecs) {
    CAPTURE(row.name);
    Specs specs;
    row.spoil(specs);
    const Forged root = Forge(specs.root);
    specs.lower.issuer = &root;
    const Forged lower = Forge(specs.lower);
    specs.leaf.issuer = &lower;
    const Forged leaf = Forge(specs.leaf);
    CHECK(Says(WhyNotVerified(leaf, {lower.certificate}, {root.certificate}),
               row.words));
  }
}

TEST_CASE(
    "x509_chain_hostile: without an anchor the message tells where it ends") {
  const Forged root = Forge(CaSpec("root"));
  const Forged lower = Forge(CaSpec("lower", &root));
  const Forged leaf = Forge(LeafSpec("dev-01", &lower));
  CHECK(WhyNotVerified(leaf, {}, {}) ==
        "the chain ends at CN=dev-01, issued by CN=lower, which is neither "
        "enrolled nor presented");
  CHECK(WhyNotVerified(leaf, {lower.certificate}, {}) ==
        "the chain ends at CN=lower, issued by CN=root, which is neither "
        "enrolled nor presented");
  CHECK(WhyNotVerified(leaf, {root.certificate, lower.certificate}, {}) ==
        "the chain ends at the self-signed CN=root, which is not enrolled");
}

TEST_CASE("x509_chain_hostile: a namesake of the issuer is not called absent") {
  CertificateSpec rsa = CaSpec("root");
  rsa.key = ForgeKey({.kind = KeyKind::kRsa});
  const Forged namesake = Forge(rsa);
  const Forged root = Forge(CaSpec("root"));
  const Forged leaf = Forge(LeafSpec("dev-01", &root));
  CHECK(WhyNotVerified(leaf, {}, {namesake.certificate}) ==
        "the chain ends at CN=dev-01, which no certificate named CN=root can "
        "have signed: their keys or key identifiers do not fit");
}

TEST_CASE("x509_chain_hostile: a missing intermediate is not made up for") {
  const Forged root = Forge(CaSpec("root"));
  const Forged lower = Forge(CaSpec("lower", &root));
  const Forged leaf = Forge(LeafSpec("dev-01", &lower));
  CHECK(
      Says(WhyNotVerified(leaf, {}, {root.certificate}), "issued by CN=lower"));
}

TEST_CASE(
    "x509_chain_hostile: a look-alike of the issuer does not pass for it") {
  const Forged root = Forge(CaSpec("root"));
  const Forged lower = Forge(CaSpec("lower", &root));
  const Forged false_lower = Forge(CaSpec("lower"));
  const Forged leaf = Forge(LeafSpec("dev-01", &lower));
  const Forged false_leaf = Forge(LeafSpec("dev-01", &false_lower));
  const Certificates anchors = {root.certificate};
  // The enrolled CA's name on the attacker's own.
  CHECK(Says(WhyNotVerified(false_leaf, {false_lower.certificate}, anchors),
             "the chain ends at the self-signed CN=lower"));
  // The true intermediate, which did not sign it.
  CHECK(Says(WhyNotVerified(false_leaf, {lower.certificate}, anchors),
             "CN=dev-01 was not signed by CN=lower"));
  CHECK(Says(
      WhyNotVerified(false_leaf, {lower.certificate, false_lower.certificate},
                     anchors),
      "the chain ends at the self-signed CN=lower"));
  CHECK(Says(WhyNotVerified(leaf, {false_lower.certificate}, anchors),
             "the chain ends at the self-signed CN=lower"));
  // An enrolled one of that name, and several.
  CHECK(Says(WhyNotVerified(false_leaf, {}, {lower.certificate}),
             "CN=dev-01 was not signed by CN=lower"));
  const Forged third_lower = Forge(CaSpec("lower"));
  CHECK(Says(WhyNotVerified(false_leaf, {},
                            {lower.certificate, third_lower.certificate}),
             "CN=dev-01 was not signed by any certificate named CN=lower"));
}

TEST_CASE("x509_chain_hostile: another encoding of a name is another name") {
  CertificateSpec spec = CaSpec("lower");
  spec.common_name_type = V_ASN1_PRINTABLESTRING;
  const Forged lower = Forge(spec);
  spec.common_name_type = V_ASN1_UTF8STRING;
  spec.key = lower.key;
  const Forged other = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &lower));
  CHECK(WhyNotVerified(leaf, {}, {lower.certificate}) == "it was accepted");
  CHECK(Says(WhyNotVerified(leaf, {}, {other.certificate}), "the chain ends"));
}

TEST_CASE(
    "x509_chain_hostile: more certificates than allowed are refused unread") {
  const Forged root = Forge(CaSpec("root"));
  const Forged leaf = Forge(LeafSpec("dev-01", &root));
  const Certificates others(10, root.certificate);
  CHECK(WhyNotVerified(leaf, others, {root.certificate}) ==
        "11 certificates are presented, 10 are allowed");
  CHECK(CheckPresented({.leaf = leaf.certificate,
                        .others = {others.begin(), others.begin() + 9}},
                       {})
            .has_value());
}

TEST_CASE(
    "x509_chain_hostile: an enrolled CA that the policy forbids is named as "
    "such") {
  CertificateSpec spec = CaSpec("root");
  spec.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 2048});
  const Forged signer = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &signer));
  spec.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 16'384});
  spec.issuer = &signer;
  const Forged large = Forge(spec);
  constexpr std::string_view kReason =
      "the enrolled CN=root has an RSA key of 16384 bits; at most 4096";
  CHECK(Says(WhyNotVerified(leaf, {}, {large.certificate}), kReason));
  const Forged other = Forge(CaSpec("root"));
  CHECK(Says(WhyNotVerified(leaf, {other.certificate}, {large.certificate}),
             kReason));
  CHECK(WhyNotVerified(leaf, {}, {large.certificate, signer.certificate}) ==
        "it was accepted");
}

TEST_CASE("x509_chain_hostile: no signature is computed for a stranger") {
  // Ten certificates of one name with one key, which all could be the issuer.
  CertificateSpec spec = CaSpec("lower");
  const Forged lower = Forge(spec);
  spec.key = lower.key;
  PresentedChain presented{
      .leaf = Forge(LeafSpec("dev-01", &lower)).certificate,
      .others = {lower.certificate}};
  for (spec.serial = 2; spec.serial <= 9; ++spec.serial) {
    presented.others.push_back(Forge(spec).certificate);
  }
  ChainVerifier verifier(presented, {}, kNoon);
  const auto path = verifier.Verify({});
  REQUIRE_FALSE(path);
  CHECK(Says(path.error().message, "the self-signed CN=lower"));
  CHECK_FALSE(verifier.Verify(std::array{Forge(CaSpec("root")).certificate}));
  CHECK(verifier.signatures().spent() == 0);
}

TEST_CASE(
    "x509_chain_hostile: the signatures a chain may cost are counted "
    "together") {
  // All bear the enrolled CAs' name, and each of nine signed the leaf.
  CertificateSpec spec = CaSpec("root");
  const Forged signer = Forge(spec);
  spec.key = signer.key;
  PresentedChain presented{
      .leaf = Forge(LeafSpec("dev-01", &signer)).certificate,
      .others = {signer.certificate}};
  for (spec.serial = 2; spec.serial <= 9; ++spec.serial) {
    presented.others.push_back(Forge(spec).certificate);
  }
  const Certificates enrolled = {Forge(CaSpec("root")).certificate,
                                 Forge(CaSpec("root")).certificate,
                                 Forge(CaSpec("root")).certificate};
  CHECK(Says(WhyNotVerified({presented.leaf, {}}, presented.others, enrolled),
             "more than 24 signatures"));
  ChainVerifier verifier(presented, {}, kNoon);
  for (const Certificate& anchor : enrolled) {
    CHECK_FALSE(verifier.Verify(std::array{anchor}));
  }
  CHECK(verifier.signatures().is_exceeded());
  // An acceptance is refused, too, from then on.
  CHECK_FALSE(verifier.Verify(std::array{signer.certificate}));
}

TEST_CASE("x509_chain_hostile: a loop of issuers ends") {
  const Forged first = Forge(CaSpec("a"));
  const Forged b = Forge(CaSpec("b", &first));
  CertificateSpec spec = CaSpec("a", &b);
  spec.key = first.key;
  const Forged a = Forge(spec);
  const Forged leaf = Forge(LeafSpec("dev-01", &a));
  CHECK(Says(WhyNotVerified(leaf, {a.certificate, b.certificate}, {}),
             "the chain ends at CN=b, issued by CN=a"));
}

TEST_CASE("x509_chain_hostile: the leaf cannot vouch for itself") {
  // Self-signed in the issuer's name.
  const Forged root = Forge(CaSpec("root"));
  CertificateSpec spec = LeafSpec("dev-01");
  spec.issuer_name = "root";
  CHECK(Says(WhyNotVerified(Forge(spec), {}, {root.certificate}),
             "CN=dev-01 was not signed by CN=root"));
  // Self-signed in the root's own name.
  CHECK(Says(WhyNotVerified(Forge(LeafSpec("root")), {}, {root.certificate}),
             "the chain ends at the self-signed CN=root"));
  // The anchor itself, and one that was made by it.
  spec = CaSpec("dev-01");
  spec.key_usage = "critical,digitalSignature,keyCertSign";
  const Forged both = Forge(spec);
  CHECK(Says(WhyNotVerified(both, {}, {both.certificate}),
             "CN=dev-01 is enrolled as a CA"));
  CHECK(Says(WhyNotVerified(both, {both.certificate}, {both.certificate}),
             "CN=dev-01 is enrolled as a CA"));
}

}  // namespace dps
