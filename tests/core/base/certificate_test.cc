// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

// Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256`, so
// that the numbers below come from another program than this one.
constexpr std::string_view kGolden = R"(-----BEGIN CERTIFICATE-----
MIIBtTCCAVugAwIBAgIUQnVNuOEdUP3ajMrUpajbX2xaGvEwCgYIKoZIzj0EAwIw
MDELMAkGA1UEBhMCREUxEDAOBgNVBAoMB0NvbnRvc28xDzANBgNVBAMMBmRldi0w
MTAeFw0yNjExMjIwMTUwMDRaFw0zNjExMTkwMTUwMDRaMDAxCzAJBgNVBAYTAkRF
MRAwDgYDVQQKDAdDb250b3NvMQ8wDQYDVQQDDAZkZXYtMDEwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATr3ikswp6L0L6yZl8WCgig9wMloPku8D8X1n6g3mIw/1eY
VMyljzfgHOvnNj+2a0cD4WCQNiJe/ufz352qKwc7o1MwUTAdBgNVHQ4EFgQUx3L1
B6EIqndiBDJZJW0tBjjkepwwHwYDVR0jBBgwFoAUx3L1B6EIqndiBDJZJW0tBjjk
epwwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAkR/UHxNPHzGp
yBg4le/IRmyoMASXEYFNJwzXiQL2YY0CIBky03tGdWbqbuxUPwcu9T5J1034ilQ0
5QAcXp/il/Fq
-----END CERTIFICATE-----)";

}  // namespace

TEST_CASE("certificate: its info is what openssl x509 prints") {
  const auto golden = Certificate::Parse(kGolden);
  REQUIRE(golden.has_value());
  const CertificateInfo info = golden->Info();
  CHECK(info.subject_name == "CN=dev-01, O=Contoso, C=DE");
  CHECK(info.issuer_name == info.subject_name);
  CHECK(info.sha1_thumbprint == "BFF905A46AB56434C5152F7CAE964F807CCD18ED");
  CHECK(info.sha256_thumbprint ==
        "0E100BA2FE2D58814232255459BEF54F"
        "E64614D318359D94F11AAE4C3E21EF54");
  CHECK(golden->thumbprint() == info.sha256_thumbprint);
  CHECK(FormatUtc(info.not_before) == "2026-11-22T01:50:04.0000000Z");
  CHECK(FormatUtc(info.not_after) == "2036-11-19T01:50:04.0000000Z");
  CHECK(info.serial_number == "42754DB8E11D50FDDA8CCAD4A5A8DB5F6C5A1AF1");
  CHECK(info.version == 3);
  CHECK(golden->Subject() == "CN=dev-01,O=Contoso,C=DE");
  CHECK(golden->Issuer() == golden->Subject());
}

TEST_CASE("certificate: an issuer is found by the digest of its name") {
  const Forged root = Forge(CaSpec("root"));
  const Forged leaf = Forge(LeafSpec("dev-01", &root));
  CHECK(leaf.certificate.issuer_digest() == root.certificate.subject_digest());
  CHECK(leaf.certificate.subject_digest() != root.certificate.subject_digest());
  CHECK(root.certificate.IsSelfIssued());
  CHECK(!leaf.certificate.IsSelfIssued());
}

TEST_CASE("certificate: a name in another encoding is another issuer's") {
  CertificateSpec spec = CaSpec("root");
  const Forged root = Forge(spec);
  spec.common_name_type = 19;  // PrintableString
  spec.issuer = &root;
  const Forged other = Forge(spec);
  CHECK(other.certificate.subject_digest() !=
        other.certificate.issuer_digest());
  CHECK_FALSE(other.certificate.IsSelfIssued());
}

TEST_CASE("certificate: only version 3 with CA:TRUE is a CA") {
  CHECK(Forge(CaSpec("root")).certificate.IsCa());
  CHECK(!Forge(LeafSpec("dev-01")).certificate.IsCa());
  CertificateSpec spec = CaSpec("root");
  spec.basic_constraints = "CA:FALSE";
  CHECK(!Forge(spec).certificate.IsCa());
  CHECK(!Forge({.version = 1}).certificate.IsCa());
}

TEST_CASE("certificate: copies share one certificate and outlive each other") {
  std::optional<Certificate> first = Forge(LeafSpec("dev-01")).certificate;
  const Certificate copy = *first;
  CHECK(copy.get() == first->get());
  const Certificate moved = *std::move(first);
  first = Forge(LeafSpec("dev-02")).certificate;
  CHECK(moved == copy);
  CHECK(!(*first == copy));
  first.reset();
  CHECK(copy.Subject() == "CN=dev-01");
}

TEST_CASE("certificate: nothing is no certificate") {
  CHECK(!Certificate::FromX509(nullptr));
}

}  // namespace dps
