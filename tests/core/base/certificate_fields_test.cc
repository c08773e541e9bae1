// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate_fields.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "core/base/crypto_handle.h"
#include "tests/support/certificate_forge.h"

namespace dps {

TEST_CASE("certificate_fields: no name reaches a message unescaped") {
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

TEST_CASE("certificate_fields: dates beyond 1970 and 2200 stop there") {
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

TEST_CASE(
    "certificate_fields: a serial number is whole bytes of upper-case hex") {
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

TEST_CASE("certificate_fields: what is no date is none, not today") {
  CHECK_FALSE(AsUtcTime(nullptr));
  const Handle<ASN1_TIME, ASN1_TIME_free> time(
      ASN1_STRING_type_new(V_ASN1_UTCTIME));
  ASN1_STRING_set(time.get(), "soon", -1);
  CHECK_FALSE(AsUtcTime(time.get()));
  CHECK(ERR_peek_error() == 0);
  ASN1_STRING_set(time.get(), "261122120000Z", -1);
  CHECK(FormatUtc(AsUtcTime(time.get()).value()) ==
        "2026-11-22T12:00:00.0000000Z");
}

}  // namespace dps
