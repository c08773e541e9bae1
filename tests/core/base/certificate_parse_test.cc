// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <openssl/err.h>

#include <string>
#include <vector>

#include "core/base/certificate.h"
#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/mentions.h"

namespace dps {
namespace {

std::string Wrapped(const std::string& base64, std::size_t width) {
  std::string text;
  for (std::size_t i = 0; i < base64.size(); i += width) {
    text += base64.substr(i, width) + "\r\n";
  }
  return text;
}

std::string WhyNotParsed(std::string_view text) {
  const auto certificate = Certificate::Parse(text);
  if (certificate) return "it was accepted";
  CHECK(certificate.error().code == Errc::kInvalidArgument);
  CHECK(ERR_peek_error() == 0);
  return certificate.error().message;
}

}  // namespace

TEST_CASE("certificate_parse: PEM, base64 and DER are one certificate") {
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

TEST_CASE(
    "certificate_parse: what is no single certificate is refused by name") {
  const Forged forged = Forge(LeafSpec("dev-01"));
  const std::string der = forged.certificate.Der();
  const std::string pem = Pem(forged.certificate);
  const std::string key = KeyPem(forged);
  CHECK(Says(WhyNotParsed(""), "empty"));
  CHECK(Says(WhyNotParsed("hello"), "neither PEM nor base64 nor DER"));
  CHECK(Says(WhyNotParsed("aGVsbG8="), "not an X.509 certificate"));
  CHECK(Says(WhyNotParsed(std::string(64, '\0')),
             "neither PEM nor base64 nor DER"));
  CHECK(Says(WhyNotParsed(pem + pem), "found 2"));
  CHECK(Says(WhyNotParsed(key), "private key"));
  CHECK(Says(WhyNotParsed(key + pem), "private key"));
  CHECK(Says(WhyNotParsed(pem + key), "private key"));
  CHECK(Says(WhyNotParsed(Base64Encode(key)), "private key"));
  CHECK(Says(WhyNotParsed(der + "x"), "1 bytes follow"));
  CHECK(Says(WhyNotParsed(Base64Encode(der + "x")), "1 bytes follow"));
  CHECK(Says(WhyNotParsed(der.substr(0, der.size() - 1)), "not an X.509"));
  CHECK(Says(WhyNotParsed(pem.substr(0, pem.size() - 30)), "damaged"));
  CHECK(Says(WhyNotParsed("-----BEGIN PUBLIC KEY-----\nAAAA\n"
                          "-----END PUBLIC KEY-----\n"),
             "found PUBLIC KEY"));
}

TEST_CASE("certificate_parse: what is too large is refused unread") {
  CertificateSpec spec = LeafSpec("dev-01");
  spec.alternative_names = 10'000;
  const Forged large = Forge(spec);
  CHECK(Says(WhyNotParsed(large.certificate.Der()), "larger than"));
  CHECK(
      Says(WhyNotParsed(std::string(limits::kCertificateTextBytesMax + 1, 'A')),
           "larger than"));
  CHECK(Says(WhyNotParsed(std::string(limits::kCertificateTextBytesMax, 'A')),
             "larger than"));
}

TEST_CASE("certificate_parse: looser encodings of the same are refused") {
  const std::string der = Forge(LeafSpec("dev-01")).certificate.Der();
  // The outermost length in three bytes where two do.
  REQUIRE(der.substr(0, 2) == "\x30\x82");
  const std::string longer = std::string("\x30\x83\x00", 3) + der.substr(2);
  CHECK(Says(WhyNotParsed(longer), "not encoded in strict DER"));
}

TEST_CASE("certificate_parse: a chain keeps the order of its file") {
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

TEST_CASE("certificate_parse: a chain comes in every form of a certificate") {
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

TEST_CASE(
    "certificate_parse: a chain may hold what is too large to be enrolled") {
  CertificateSpec spec = LeafSpec("dev-01");
  spec.alternative_names = 2000;
  const Certificate large = Forge(spec).certificate;
  REQUIRE(large.Der().size() > limits::kCertificateBytesMax);
  for (const std::string& text : {large.Der(), Pem(large)}) {
    CHECK(Certificate::ParseChain(text).value().front() == large);
    CHECK(!Certificate::Parse(text));
  }
}

TEST_CASE("certificate_parse: a chain file has bounds") {
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

}  // namespace dps
