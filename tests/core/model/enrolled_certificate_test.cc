// SPDX-License-Identifier: Apache-2.0
#include "core/model/enrolled_certificate.h"

#include <doctest/doctest.h>

#include "core/base/crypto.h"
#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

Result<EnrolledCertificate> ParseSlot(
    const std::string& json,
    DocumentSource source = DocumentSource::kOperator) {
  return ParseEnrolledCertificate(
      JsonDocument::ParseObject(json).value().root(), source);
}

std::string WrittenSlot(const EnrolledCertificate& enrolled, bool with_der) {
  JsonWriter json;
  WriteEnrolledCertificate(json, enrolled, with_der);
  return json.Take();
}

std::string InfoJson(const CertificateInfo& info) {
  JsonWriter json;
  WriteCertificateInfo(json, info);
  return json.Take();
}

}  // namespace

TEST_CASE("enrolled_certificate: the stored form gives back every member") {
  const Certificate certificate = Forge({}).certificate;
  const EnrolledCertificate enrolled = Enroll(certificate);
  CHECK(enrolled.subject_digest == certificate.subject_digest());
  CHECK(ParseSlot(WrittenSlot(enrolled, true), DocumentSource::kStore) ==
        enrolled);
  CHECK(ToCertificate(enrolled).value() == certificate);
}

TEST_CASE("enrolled_certificate: the info has Azure's eight members") {
  const CertificateInfo info{.subject_name = "CN=dev",
                             .sha1_thumbprint = "AB",
                             .sha256_thumbprint = "CD",
                             .issuer_name = "CN=ca",
                             .not_before = kNoon,
                             .not_after = kNoon + std::chrono::hours(1),
                             .serial_number = "0F",
                             .version = 3};
  CHECK(InfoJson(info) == R"({"subjectName":"CN=dev","sha1Thumbprint":"AB",)"
                          R"("sha256Thumbprint":"CD","issuerName":"CN=ca",)"
                          R"("notBeforeUtc":"2026-11-21T12:00:00.0000000Z",)"
                          R"("notAfterUtc":"2026-11-21T13:00:00.0000000Z",)"
                          R"("serialNumber":"0F","version":3})");
  const auto document = JsonDocument::ParseObject(InfoJson(info));
  CHECK(ParseCertificateInfo(document->root()) == info);
}

TEST_CASE("enrolled_certificate: an operator's info is not believed") {
  const Certificate certificate = Forge({}).certificate;
  const auto parsed =
      ParseSlot(R"({"certificate":")" + Base64Encode(certificate.Der()) +
                R"(","info":{"sha256Thumbprint":"00"}})");
  CHECK(parsed == Enroll(certificate));
}

TEST_CASE("enrolled_certificate: the text is written for the store alone") {
  const EnrolledCertificate enrolled = Enroll(Forge({}).certificate);
  CHECK(WrittenSlot(enrolled, false) ==
        R"({"info":)" + InfoJson(enrolled.info) + "}");
}

TEST_CASE("enrolled_certificate: info alone names a certificate") {
  const auto named = ParseSlot(R"({"info":{"sha256Thumbprint":"ab"}})");
  REQUIRE(named);
  CHECK(named->der.empty());
  CHECK(named->thumbprint() == "ab");
  CHECK(ParseSlot(R"({"info":{"subjectName":"CN=a"}})")->info.subject_name ==
        "CN=a");
  CHECK(ParseSlot(R"({"info":{"subjectName":7}})")->info.subject_name.empty());
  CHECK(ParseSlot(R"({"certificate":"","info":{}})")->thumbprint().empty());
  for (const char* json :
       {"{}", R"({"info":null})", R"({"info":7})",
        R"({"info":{"sha256Thumbprint":7}})", R"({"certificate":[]})"}) {
    CAPTURE(json);
    CHECK(ParseSlot(json).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("enrolled_certificate: damage in the store is found") {
  const EnrolledCertificate enrolled = Enroll(Forge({}).certificate);
  const std::string der = Base64Encode(enrolled.der);
  for (const std::string& json :
       {R"({"certificate":"!","subjectDigest":"a","info":)" +
            InfoJson(enrolled.info) + "}",
        R"({"certificate":")" + der + R"(","info":)" + InfoJson(enrolled.info) +
            "}",
        R"({"certificate":")" + der + R"(","subjectDigest":"a"})",
        R"({"certificate":")" + der + R"(","subjectDigest":"a","info":{}})"}) {
    CHECK_FALSE(ParseSlot(json, DocumentSource::kStore));
  }
  EnrolledCertificate damaged = enrolled;
  damaged.der.pop_back();
  CHECK(ToCertificate(damaged).error().code == Errc::kInternal);
}

}  // namespace dps
