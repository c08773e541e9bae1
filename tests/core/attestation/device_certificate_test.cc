// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/device_certificate.h"

#include <doctest/doctest.h>
#include <openssl/asn1.h>
#include <openssl/err.h>

#include <string>

#include "tests/support/certificate_forge.h"
#include "tests/support/mentions.h"

namespace dps {
namespace {

using std::chrono::seconds;

// The registration id, or why there is none.
std::string IdOf(const CertificateSpec& spec) {
  const auto id = RegistrationIdOf(Forge(spec).certificate);
  CHECK(ERR_peek_error() == 0);
  if (id) return id->text();
  CHECK(id.error().code == Errc::kInvalidCertificate);
  return id.error().message;
}

std::string IdOf(const std::string& common_name, int type = V_ASN1_UTF8STRING) {
  CertificateSpec spec = LeafSpec(common_name);
  spec.common_name_type = type;
  return IdOf(spec);
}

Status CheckForged(const CertificateSpec& spec,
                   const CertificatePolicy& policy = {}, UtcTime now = kNoon) {
  auto status = CheckDeviceCertificate(Forge(spec).certificate, policy, now);
  CHECK(ERR_peek_error() == 0);
  return status;
}

}  // namespace

TEST_CASE("device_certificate: the common name is the registration id") {
  CHECK(IdOf("dev-01") == "dev-01");
  CHECK(IdOf("Sensor_1.contoso:a-") == "Sensor_1.contoso:a-");
  CHECK(IdOf(std::string(64, 'x')) == std::string(64, 'x'));
  CertificateSpec spec = LeafSpec("dev-01");
  spec.organization = "Contoso";
  CHECK(IdOf(spec) == "dev-01");
}

TEST_CASE("device_certificate: every string type of a common name is read") {
  CHECK(IdOf("dev-01", V_ASN1_PRINTABLESTRING) == "dev-01");
  CHECK(IdOf("dev-01", V_ASN1_T61STRING) == "dev-01");
  CHECK(IdOf("dev-01", V_ASN1_IA5STRING) == "dev-01");
  CHECK(IdOf(std::string("\0d\0e\0v", 6), V_ASN1_BMPSTRING) == "dev");
  CHECK(IdOf(std::string("\0\0\0d\0\0\0e", 8), V_ASN1_UNIVERSALSTRING) == "de");
}

TEST_CASE("device_certificate: a name that is no registration id is refused") {
  const std::string nul("dev-01\0.evil", 12);
  CHECK(Says(IdOf(nul), "CN=dev-01\\00.evil has a NUL in its common name"));
  CHECK(Says(IdOf(std::string("\0d\0\0\0e", 6), V_ASN1_BMPSTRING), "NUL"));
  for (const char* name : {"dev/01", "dev+01", "dev#01", "#", "dev 01", "dev\n",
                           "d\xc3\xa9v", "*", "$SYS", "dev."}) {
    CAPTURE(name);
    CHECK(Says(IdOf(name),
               "no registration id as its common name (CN): the "
               "registration id must be"));
  }
  // One byte of Latin-1 and T.61, two of UTF-8.
  CHECK(Says(IdOf("d\xe9v", V_ASN1_T61STRING), "the registration id must be"));
  // U+0131, whose upper case is an ASCII letter.
  CHECK(Says(IdOf("d\xc4\xb1v"), "the registration id must be"));
}

TEST_CASE("device_certificate: no, an empty or a long common name") {
  CertificateSpec spec = LeafSpec("dev-01");
  spec.common_names.clear();
  spec.organization = "Contoso";
  CHECK(Says(IdOf(spec), "O=Contoso has no common name"));
  CHECK(Says(IdOf(""), "empty common name"));
  CHECK(Says(IdOf(std::string(65, 'x')), "longer than 64 characters"));
}

TEST_CASE("device_certificate: two common names are refused, however placed") {
  CertificateSpec spec = LeafSpec("dev-01");
  for (const char* other : {"dev-02", "dev-01", ""}) {
    spec.common_names = {"dev-01", other};
    for (const bool one_rdn : {false, true}) {
      spec.names_in_one_rdn = one_rdn;
      CHECK(Says(IdOf(spec), "more than one common name"));
    }
  }
}

TEST_CASE("device_certificate: a self-signed certificate of today will do") {
  CHECK(CheckForged(LeafSpec("dev-01")));
  CHECK(CheckForged({}));
  CHECK(CheckForged({.version = 1}));
}

TEST_CASE("device_certificate: CA:TRUE of openssl req -x509 is tolerated") {
  CHECK(
      CheckForged({.basic_constraints = "critical,CA:TRUE", .key_ids = true}));
}

TEST_CASE("device_certificate: its dates count to the second") {
  CertificateSpec spec = LeafSpec("dev-01");
  spec.not_before = kNoon;
  spec.not_after = kNoon + seconds(60);
  CHECK(CheckForged(spec, {}, kNoon));
  CHECK(
      CheckForged(spec, {}, kNoon + seconds(61) - std::chrono::nanoseconds(1)));
  const auto early = CheckForged(spec, {}, kNoon - seconds(1));
  REQUIRE(!early);
  CHECK(early.error().code == Errc::kInvalidCertificate);
  CHECK(early.error().message ==
        "CN=dev-01 is not valid before 2026-11-21T12:00:00.0000000Z; it is "
        "2026-11-21T11:59:59.0000000Z now");
  CHECK(CheckForged(spec, {}, kNoon + seconds(61)).error().message ==
        "CN=dev-01 expired at 2026-11-21T12:01:00.0000000Z");
}

TEST_CASE("device_certificate: the security level asks for key bits") {
  CertificateSpec spec = LeafSpec("dev-01");
  const auto level_of = [&](const KeySpec& key) {
    spec.key = ForgeKey(key);
    int level = 0;
    while (level < 5 && CheckForged(spec, {.security_level = level + 1}))
      ++level;
    return level;
  };
  CHECK(level_of({.kind = KeyKind::kRsa, .bits = 1024}) == 1);
  CHECK(level_of({.kind = KeyKind::kRsa, .bits = 2048}) == 2);
  CHECK(level_of({.kind = KeyKind::kP256}) == 3);
  CHECK(level_of({.kind = KeyKind::kEd25519}) == 3);
}

TEST_CASE("device_certificate: usages, if there, must allow a client") {
  CHECK(CheckForged({.key_usage = "keyEncipherment,digitalSignature"}));
  CHECK(!CheckForged({.key_usage = "keyEncipherment"}));
  CHECK(CheckForged({.extended_key_usage = "serverAuth,clientAuth"}));
  CHECK(!CheckForged({.extended_key_usage = "serverAuth"}));
  CHECK(!CheckForged({.unknown_critical_extension = true}));
}

}  // namespace dps
