// SPDX-License-Identifier: Apache-2.0
#include "core/model/ca_certificate.h"

#include <doctest/doctest.h>

#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

CaCertificate Sample() {
  return {.name = CertificateName::Parse("Root-1").value(),
          .certificate = Enroll(Forge(CaSpec("Root CA")).certificate),
          .is_verified = true,
          .verification_code = "code-1",
          .revocations =
              RevocationInfo{.this_update = kNoon,
                             .next_update = kNoon + std::chrono::hours(24),
                             .number = "0A",
                             .entries = 3},
          .etag_text = "etag-1",
          .created = kNoon,
          .last_updated = kNoon};
}

}  // namespace

TEST_CASE("ca_certificate: the stored form gives back every member") {
  CaCertificate certificate = Sample();
  CHECK(ParseCaCertificate(ToJson(certificate, Secrets::kAll)) == certificate);
  certificate.revocations->next_update.reset();
  certificate.revocations->number.clear();
  CHECK(ParseCaCertificate(ToJson(certificate, Secrets::kAll)) == certificate);
  certificate.revocations.reset();
  certificate.verification_code.clear();
  certificate.is_verified = false;
  CHECK(ParseCaCertificate(ToJson(certificate, Secrets::kAll)) == certificate);
}

TEST_CASE("ca_certificate: answers hold neither the text nor the code") {
  for (const Secrets secrets : {Secrets::kHide, Secrets::kShow}) {
    const std::string json = ToJson(Sample(), secrets);
    CHECK(json.starts_with(
        R"({"name":"Root-1","subject":"CN=Root CA","thumbprint":")"));
    CHECK(json.find(R"("isVerified":true,"info":{)") != json.npos);
    CHECK(json.find(R"("number":"0A","entries":3})") != json.npos);
    CHECK(json.find("\"certificate\"") == json.npos);
    CHECK(json.find("code-1") == json.npos);
  }
}

TEST_CASE("ca_certificate: a damaged certificate is refused") {
  const std::string good = ToJson(Sample(), Secrets::kAll);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string json = good;
    json.replace(json.find(from), from.size(), to);
    return ParseCaCertificate(json);
  };
  REQUIRE(with("Root-1", "Root-2"));
  CHECK_FALSE(with("Root-1", "a/b"));
  CHECK_FALSE(with(R"("certificate":{)", R"("cert":{)"));
  CHECK_FALSE(with(R"("isVerified":true)", R"("isVerified":1)"));
  CHECK_FALSE(with(R"("entries":3)", R"("entries":-3)"));
  CHECK_FALSE(with(R"("revocationList":{)", R"("revocationList":[{)"));
  CHECK(ParseCaCertificate("{").error().code == Errc::kMalformedJson);
}

TEST_CASE("ca_certificate: revoked serials are given back as they were") {
  const RevokedCertificates revoked{
      .name = CertificateName::Parse("Root-1").value(),
      .subject_digest = "ABCD",
      .serials = {"01", "0A3F"},
      .etag_text = "etag-1"};
  CHECK(ToJson(revoked) ==
        R"({"name":"Root-1","subjectDigest":"ABCD","serials":["01","0A3F"],)"
        R"("etag":"etag-1"})");
  CHECK(ParseRevokedCertificates(ToJson(revoked)) == revoked);
  for (const char* json :
       {"{}", R"({"name":"a"})", R"({"name":"a/b","subjectDigest":"A"})",
        R"({"name":"a","subjectDigest":"A","serials":"01"})",
        R"({"name":"a","subjectDigest":"A","serials":[1]})"}) {
    CAPTURE(json);
    CHECK(ParseRevokedCertificates(json).error().code ==
          Errc::kInvalidArgument);
  }
}

}  // namespace dps
