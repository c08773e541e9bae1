// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include <optional>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

std::string Wrapped(const std::string& base64, std::size_t width) {
  std::string text;
  for (std::size_t i = 0; i < base64.size(); i += width) {
    text += base64.substr(i, width) + "\r\n";
  }
  return text;
}

std::string WhyNot(std::string_view text) {
  const auto certificate = Certificate::Parse(text);
  if (certificate) return "it was accepted";
  CHECK(certificate.error().code == Errc::kInvalidArgument);
  CHECK(ERR_peek_error() == 0);
  return certificate.error().message;
}

bool Says(const std::string& message, std::string_view words) {
  const bool found = message.find(words) != message.npos;
  if (!found) MESSAGE(message);
  return found;
}

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

TEST_CASE("certificate: PEM, base64 and DER are one certificate") {
  const Forged forged = Forge(LeafSpec("dev-01"));
  const std::string der = forged.certificate.Der();
  const std::string pem = Pem(forged.certificate);
  for (const std::string& text :
       {der, pem, "subject=CN = dev-01\n" + pem + "\nthe end\n",
        Base64Encode(pem), Wrapped(Base64Encode(pem), 76), Base64Encode(der),
        Wrapped(Base64Encode(der), 64), "0 is no SEQUENCE here\n" + pem}) {
    const auto parsed = Certificate::Parse(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == forged.certificate);
    CHECK(parsed->Der() == der);
  }
}

TEST_CASE("certificate: what is no single certificate is refused by name") {
  const Forged forged = Forge(LeafSpec("dev-01"));
  const std::string der = forged.certificate.Der();
  const std::string pem = Pem(forged.certificate);
  const std::string key = KeyPem(forged);
  CHECK(Says(WhyNot(""), "empty"));
  CHECK(Says(WhyNot("hello"), "neither PEM nor base64 nor DER"));
  CHECK(Says(WhyNot("aGVsbG8="), "not an X.509 certificate"));
  CHECK(Says(WhyNot(std::string(64, '\0')), "neither PEM nor base64 nor DER"));
  CHECK(Says(WhyNot(pem + pem), "found 2"));
  CHECK(Says(WhyNot(key), "private key"));
  CHECK(Says(WhyNot(key + pem), "private key"));
  CHECK(Says(WhyNot(pem + key), "private key"));
  CHECK(Says(WhyNot(Base64Encode(key)), "private key"));
  CHECK(Says(WhyNot(der + "x"), "1 bytes follow"));
  CHECK(Says(WhyNot(Base64Encode(der + "x")), "1 bytes follow"));
  CHECK(Says(WhyNot(der.substr(0, der.size() - 1)), "not an X.509"));
  CHECK(Says(WhyNot(pem.substr(0, pem.size() - 30)), "damaged"));
  CHECK(Says(WhyNot("-----BEGIN PUBLIC KEY-----\nAAAA\n"
                    "-----END PUBLIC KEY-----\n"),
             "found PUBLIC KEY"));
}

TEST_CASE("certificate: what is too large is refused unread") {
  CertificateSpec spec = LeafSpec("dev-01");
  spec.alternative_names = 10'000;
  const Forged large = Forge(spec);
  CHECK(Says(WhyNot(large.certificate.Der()), "larger than"));
  CHECK(Says(WhyNot(std::string(limits::kCertificateTextBytesMax + 1, 'A')),
             "larger than"));
  CHECK(Says(WhyNot(std::string(limits::kCertificateTextBytesMax, 'A')),
             "larger than"));
}

TEST_CASE("certificate: looser encodings of the same are refused") {
  const std::string der = Forge(LeafSpec("dev-01")).certificate.Der();
  // The outermost length in three bytes where two do.
  REQUIRE(der.substr(0, 2) == "\x30\x82");
  const std::string longer = std::string("\x30\x83\x00", 3) + der.substr(2);
  CHECK(Says(WhyNot(longer), "not encoded in strict DER"));
}

TEST_CASE("certificate: a chain keeps the order of its file") {
  const Forged root = Forge(CaSpec("root"));
  const Forged leaf = Forge(LeafSpec("dev-01", &root));
  const std::string both = Pem(leaf.certificate) + Pem(root.certificate);
  const auto chain = Certificate::ParseChain(both);
  REQUIRE(chain.has_value());
  CHECK(*chain == std::vector{leaf.certificate, root.certificate});
  CHECK(!Certificate::ParseChain(both + KeyPem(leaf)));
  CHECK(!Certificate::ParseChain(""));
  CHECK(!Certificate::ParseChain("hello"));
}

TEST_CASE("certificate: a chain comes in every form of a certificate") {
  const Forged root = Forge(CaSpec("root"));
  const Certificate leaf = Forge(LeafSpec("dev-01", &root)).certificate;
  const std::string pem = Pem(leaf) + Pem(root.certificate);
  CHECK(Certificate::ParseChain(Wrapped(Base64Encode(pem), 76)).value() ==
        std::vector{leaf, root.certificate});
  const std::string der = leaf.Der();
  for (const std::string& one : {der, Base64Encode(der)}) {
    CHECK(Certificate::ParseChain(one).value() == std::vector{leaf});
  }
  CHECK(Says(
      Certificate::ParseChain(der + root.certificate.Der()).error().message,
      "follow the certificate"));
  CHECK(Says(Certificate::ParseChain("hello").error().message,
             "neither PEM nor base64 nor DER"));
}

TEST_CASE("certificate: a chain may hold what is too large to be enrolled") {
  CertificateSpec spec = LeafSpec("dev-01");
  spec.alternative_names = 2000;
  const Certificate large = Forge(spec).certificate;
  REQUIRE(large.Der().size() > limits::kCertificateBytesMax);
  for (const std::string& text : {large.Der(), Pem(large)}) {
    CHECK(Certificate::ParseChain(text).value().front() == large);
    CHECK(!Certificate::Parse(text));
  }
}

TEST_CASE("certificate: a chain file has bounds") {
  const std::string pem = Pem(Forge(LeafSpec("dev-01")).certificate);
  std::string text;
  for (std::size_t i = 0; i < limits::kCertificateChainFileMax; ++i) {
    text += pem;
  }
  CHECK(Certificate::ParseChain(text).value().size() ==
        limits::kCertificateChainFileMax);
  CHECK(Says(Certificate::ParseChain(text + pem).error().message, "more than"));
  const std::string padding(limits::kCertificateChainFileBytesMax, ' ');
  CHECK(Says(Certificate::ParseChain(padding + pem).error().message,
             "larger than"));
}

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

TEST_CASE("certificate: no name reaches a message unescaped") {
  CertificateSpec spec = LeafSpec(std::string("a\n\x1b[2J\0b", 8));
  spec.organization = "M\xc3\xbcller, Inc.";
  const Certificate certificate = Forge(spec).certificate;
  CHECK(certificate.Subject() ==
        "O=M\\C3\\BCller\\, Inc.,CN=a\\0A\\1B[2J\\00b");
  CHECK(certificate.Info().subject_name ==
        "O=M\xc3\xbcller\\, Inc., CN=a\\0A\\1B[2J\\00b");
  CHECK(Forge(LeafSpec(std::string(64, 'x')))
            .certificate.Subject()
            .ends_with("xxx"));
}

TEST_CASE("certificate: dates beyond 1970 and 2200 stop there") {
  CertificateSpec spec = LeafSpec("dev-01");
  const auto at = [](int year) {
    return UtcTime(std::chrono::sys_days(std::chrono::year(year) / 1 / 1));
  };
  spec.not_before = at(1960);
  spec.not_after = at(2250);
  const CertificateInfo info = Forge(spec).certificate.Info();
  CHECK(FormatUtc(info.not_before) == "1970-01-01T00:00:00.0000000Z");
  CHECK(FormatUtc(info.not_after) == "2200-12-31T23:59:59.0000000Z");
}

TEST_CASE("certificate: a serial number is whole bytes of upper-case hex") {
  const auto serial = [](long number) {
    CertificateSpec spec = LeafSpec("dev-01");
    spec.serial = number;
    return Forge(spec).certificate.Info().serial_number;
  };
  CHECK(serial(0) == "00");
  CHECK(serial(10) == "0A");
  CHECK(serial(0xabcde) == "0ABCDE");
  CHECK(serial(-1) == "-01");
}

TEST_CASE("certificate: an issuer is found by the digest of its name") {
  const Forged root = Forge(CaSpec("root"));
  const Forged leaf = Forge(LeafSpec("dev-01", &root));
  CHECK(leaf.certificate.issuer_digest() == root.certificate.subject_digest());
  CHECK(leaf.certificate.subject_digest() != root.certificate.subject_digest());
  CHECK(root.certificate.IsSelfIssued());
  CHECK(!leaf.certificate.IsSelfIssued());
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
