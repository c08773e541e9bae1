// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/revocation_list.h"

#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/mentions.h"

namespace dps {
namespace {

using Serials = std::vector<std::string>;

std::string PemOf(const std::string& der, const std::string& label) {
  const std::string base64 = Base64Encode(der);
  std::string text = "-----BEGIN " + label + "-----\n";
  for (std::size_t i = 0; i < base64.size(); i += 64) {
    text += base64.substr(i, 64) + "\n";
  }
  return text + "-----END " + label + "-----\n";
}

Error WhyNotRead(std::string_view crl, const Certificate& issuer) {
  const auto list = ParseRevocationList(crl, issuer);
  CHECK(ERR_peek_error() == 0);
  return list ? Error{.code = Errc::kInternal, .message = "it was accepted"}
              : list.error();
}

constexpr const char* kUnknown = "1.3.6.1.4.1.55555.1";
constexpr const char* kCertificateIssuer = "2.5.29.29";

struct HostileList {
  const char* name;
  void (*spoil)(RevocationListSpec&);
  const char* words;
};

constexpr auto kHostileLists = std::to_array<HostileList>({
    {"a delta", [](RevocationListSpec& s) { s.delta_of = 1; }, "delta CRL"},
    {"an indirect one",
     [](RevocationListSpec& s) {
       s.distribution_point = "critical,indirectCRL:TRUE";
     },
     "indirect"},
    {"of users only",
     [](RevocationListSpec& s) {
       s.distribution_point = "critical,onlyuser:TRUE";
     },
     "leaves out CA certificates"},
    {"of CAs only",
     [](RevocationListSpec& s) {
       s.distribution_point = "critical,onlyCA:TRUE";
     },
     "CA certificates only"},
    {"of attribute certificates",
     [](RevocationListSpec& s) {
       s.distribution_point = "critical,onlyAA:TRUE";
     },
     "attribute certificates only"},
    {"of some reasons",
     [](RevocationListSpec& s) {
       s.distribution_point = "critical,onlysomereasons:keyCompromise";
     },
     "some reasons only"},
    {"of one distribution point",
     [](RevocationListSpec& s) {
       s.distribution_point = "critical,fullname:URI:http://example.com/1.crl";
     },
     "one distribution point"},
    {"an unknown critical extension",
     [](RevocationListSpec& s) { s.unknown_critical_extension = true; },
     "a critical extension that is not known here"},
    {"an unknown critical extension of an entry",
     [](RevocationListSpec& s) {
       s.revoked = {{.serial = 1, .critical_extension = kUnknown}};
     },
     "an entry with a critical extension"},
    {"an entry of another issuer",
     [](RevocationListSpec& s) {
       s.revoked = {{.serial = 1, .critical_extension = kCertificateIssuer}};
     },
     "an entry names another issuer"},
    {"another issuer's name",
     [](RevocationListSpec& s) { s.issuer_name = "other"; },
     "is of CN=other, not of CN=root"},
});

}  // namespace

TEST_CASE("revocation_list: PEM and DER say what was revoked and when") {
  const Forged root = Forge(CaSpec("root"));
  const std::string der = ForgeRevocationList(
      {.issuer = &root,
       .number = 0x1ff,
       .revoked = {{.serial = 0xabc},
                   {.serial = 2, .reason = CRL_REASON_KEY_COMPROMISE},
                   {.serial = 2}}});
  const RevocationList expected{.this_update = kNoon,
                                .next_update = kNoon + std::chrono::hours(24),
                                .number = "01FF",
                                .revoked_serials = {"02", "0ABC"}};
  CHECK(ParseRevocationList(der, root.certificate).value() == expected);
  // The digit 0 is DER's first byte, too.
  for (const char* text : {"a CRL:\n", "0 of 3:\n", "0\n"}) {
    const std::string before = text;
    CAPTURE(before);
    const auto list =
        ParseRevocationList(before + PemOf(der, "X509 CRL"), root.certificate);
    CHECK(list == expected);
  }
  CHECK(expected.Revokes("0ABC"));
  CHECK(!expected.Revokes("0ABD"));
}

TEST_CASE("revocation_list: serials are written as a certificate's own") {
  const Forged root = Forge(CaSpec("root"));
  CertificateSpec spec = LeafSpec("dev-01", &root);
  spec.serial = 0x80ff;
  const CertificateInfo info = Forge(spec).certificate.Info();
  const auto list = ParseRevocationList(
      ForgeRevocationList({.issuer = &root, .revoked = {{.serial = 0x80ff}}}),
      root.certificate);
  REQUIRE(list.has_value());
  CHECK(list->Revokes(info.serial_number));
}

TEST_CASE("revocation_list: a serial longer than any issuer may give fails") {
  const Forged root = Forge(CaSpec("root"));
  const auto list_of = [&](std::size_t bytes) {
    RevocationListSpec spec{.issuer = &root, .revoked = {{.serial = 1}, {}}};
    spec.revoked.back().serial_hex = std::string(2 * bytes, 'F');
    return ForgeRevocationList(spec);
  };
  const std::size_t most = limits::kSerialHexMax / 2;
  const auto list = ParseRevocationList(list_of(most), root.certificate);
  REQUIRE(list.has_value());
  CHECK(list->Revokes(std::string(limits::kSerialHexMax, 'F')));
  const Error error = WhyNotRead(list_of(most + 1), root.certificate);
  CHECK(error.code == Errc::kInvalidArgument);
  CHECK(error.message ==
        "the CRL revokes a serial number of more than 32 bytes");
}

TEST_CASE("revocation_list: it may be empty, unnumbered and without end") {
  const Forged root = Forge(CaSpec("root"));
  const auto list = ParseRevocationList(
      ForgeRevocationList(
          {.issuer = &root, .has_next_update = false, .number = -1}),
      root.certificate);
  REQUIRE(list.has_value());
  CHECK(*list == RevocationList{.this_update = kNoon});
}

TEST_CASE("revocation_list: a hold revokes, the end of a hold does not") {
  const Forged root = Forge(CaSpec("root"));
  const auto list = ParseRevocationList(
      ForgeRevocationList(
          {.issuer = &root,
           .revoked = {{.serial = 1, .reason = CRL_REASON_CERTIFICATE_HOLD},
                       {.serial = 2, .reason = CRL_REASON_REMOVE_FROM_CRL}}}),
      root.certificate);
  REQUIRE(list.has_value());
  CHECK(list->revoked_serials == Serials{"01"});
}

TEST_CASE("revocation_list: a list that is not the whole one is refused") {
  const Forged root = Forge(CaSpec("root"));
  for (const HostileList& row : kHostileLists) {
    CAPTURE(row.name);
    RevocationListSpec spec{.issuer = &root};
    row.spoil(spec);
    const Error error = WhyNotRead(ForgeRevocationList(spec), root.certificate);
    CHECK(error.code == Errc::kInvalidArgument);
    CHECK(Says(error.message, row.words));
  }
}

TEST_CASE("revocation_list: only the issuer's own signature counts") {
  const Forged root = Forge(CaSpec("root"));
  const Forged look_alike = Forge(CaSpec("root"));
  std::string crl = ForgeRevocationList({.issuer = &root});
  CHECK(Says(WhyNotRead(crl, look_alike.certificate).message,
             "was not signed by CN=root"));
  crl.back() = static_cast<char>(crl.back() ^ 1);
  CHECK(Says(WhyNotRead(crl, root.certificate).message, "was not signed by"));
}

TEST_CASE("revocation_list: an issuer without cRLSign is refused") {
  CertificateSpec spec = CaSpec("root");
  spec.key_usage = "critical,keyCertSign";
  const Forged root = Forge(spec);
  CHECK(
      Says(WhyNotRead(ForgeRevocationList({.issuer = &root}), root.certificate)
               .message,
           "lacks cRLSign"));
}

TEST_CASE("revocation_list: what is no single CRL is refused") {
  const Forged root = Forge(CaSpec("root"));
  const std::string der = ForgeRevocationList({.issuer = &root});
  const std::string pem = PemOf(der, "X509 CRL");
  const auto why = [&](const std::string& text) {
    return WhyNotRead(text, root.certificate).message;
  };
  CHECK(Says(why(""), "neither PEM nor DER"));
  CHECK(Says(why("hello"), "neither PEM nor DER"));
  CHECK(Says(why(der + "x"), "followed by other bytes"));
  CHECK(Says(why(der.substr(0, der.size() - 1)), "neither PEM nor DER"));
  CHECK(Says(why(pem + pem), "more than 1 block"));
  CHECK(Says(why(Pem(root.certificate)), "must be a PEM block X509 CRL"));
  CHECK(Says(why(pem.substr(0, pem.size() - 10)), "damaged"));
}

TEST_CASE("revocation_list: size and number of entries have bounds") {
  const Forged root = Forge(CaSpec("root"));
  const std::string large(limits::kRevocationListBytesMax + 1, '0');
  CHECK(WhyNotRead(large, root.certificate).code == Errc::kTooLarge);
  RevocationListSpec spec{.issuer = &root};
  for (std::size_t i = 0; i < limits::kRevokedSerialsMax; ++i) {
    spec.revoked.push_back({.serial = static_cast<long>(i)});
  }
  CHECK(ParseRevocationList(ForgeRevocationList(spec), root.certificate)
            .value()
            .revoked_serials.size() == limits::kRevokedSerialsMax);
  spec.revoked.push_back({.serial = 1});
  CHECK(WhyNotRead(ForgeRevocationList(spec), root.certificate).code ==
        Errc::kTooLarge);
}

}  // namespace dps
