// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/certificates.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/core/service_api/x509_bodies.h"

namespace dps {
namespace {

class CertificateOperator : public OperatorAtWork {
 public:
  Response PutCa(const Forged& ca, const std::string& if_match = "",
                 const std::string& name = "Root") {
    return Put("/certificates/" + name, SlotJson(ca), if_match);
  }
  std::optional<CaCertificate> Stored() {
    return memory().Read().value()->FindCaCertificate(scope, name_).value();
  }
  std::optional<RevokedCertificates> Revoked() {
    return memory()
        .Read()
        .value()
        ->FindRevokedCertificates(scope, name_)
        .value();
  }
  Response Refer(const std::string& if_match = "") {
    return Put("/enrollmentGroups/line",
               X509GroupJson("line", References("root")), if_match);
  }
  Response PutList(const RevocationListSpec& spec,
                   const std::string& if_match = "") {
    return Put("/certificates/root/crl",
               R"({"crl":")" + Base64Encode(ForgeRevocationList(spec)) + "\"}",
               if_match);
  }

 private:
  const CertificateName name_ = CertificateName::Parse("root").value();
};

}  // namespace

TEST_CASE("certificates: a CA certificate is stored unverified and shown") {
  CertificateOperator admin;
  const Forged ca = Forge(CaSpec("Root CA"));
  const Response created = admin.PutCa(ca);
  REQUIRE(created.status == 200);
  CHECK(Member(created, "name") == "Root");
  CHECK(Member(created, "subject") == "CN=Root CA");
  CHECK(Member(created, "thumbprint") == ca.certificate.thumbprint());
  CHECK(Holds(created, R"("isVerified":false)"));
  CHECK(Member(created, "createdDateTimeUtc") == FormatUtc(kNoon));
  CHECK(created.headers.at("ETag") == '"' + Member(created, "etag") + '"');
  const Response shown = admin.Get("/certificates/root");
  CHECK(shown.body == created.body);
  CHECK(admin.Get("/certificates").body == "[" + shown.body + "]");
  CHECK(admin.Stored()->certificate.der == ca.certificate.Der());
}

TEST_CASE("certificates: no answer holds the text, nor an unasked code") {
  CertificateOperator admin;
  const Forged ca = Forge(CaSpec("Root CA"));
  const Response created = admin.PutCa(ca);
  const Response code = admin.Post(
      "/certificates/root/generateVerificationCode", {{"If-Match", "*"}});
  CHECK(Member(code, "verificationCode") == admin.Stored()->verification_code);
  const std::string der = Base64Encode(ca.certificate.Der()).substr(0, 60);
  for (const Response& answer :
       {created, code, admin.Get("/certificates/root"),
        admin.Get("/certificates"), admin.PutCa(ca, "*")}) {
    CHECK(answer.status == 200);
    CHECK_FALSE(Holds(answer, der));
    CHECK_FALSE(Holds(answer, "BEGIN"));
    CHECK(Holds(answer, "verificationCode") == (answer.body == code.body));
  }
}

TEST_CASE("certificates: the etag rules are those of enrollments") {
  CertificateOperator admin;
  const Forged ca = Forge(CaSpec("Root CA"));
  CHECK(admin.PutCa(ca, "*").status == 404);
  CHECK(admin.PutCa(ca, "e").status == 412);
  const std::string etag = Member(admin.PutCa(ca), "etag");
  CHECK(admin.PutCa(ca).status == 409);
  CHECK(admin.PutCa(ca, "stale").status == 412);
  admin.clock.Advance(std::chrono::seconds(5));
  const Response updated = admin.PutCa(ca, etag);
  CHECK(Member(updated, "etag") != etag);
  CHECK(Member(updated, "createdDateTimeUtc") == FormatUtc(kNoon));
  CHECK(Member(updated, "lastUpdatedDateTimeUtc") ==
        FormatUtc(kNoon + std::chrono::seconds(5)));
  CHECK(admin.Delete("/certificates/root", etag).status == 412);
  CHECK(admin.Delete("/certificates/root").status == 204);
  CHECK(admin.Delete("/certificates/root").status == 404);
}

TEST_CASE("certificates: isVerified at upload is believed") {
  CertificateOperator admin;
  const std::string slot = SlotJson(Forge(CaSpec("Root CA")));
  const Response created =
      admin.Put("/certificates/root", AddMember(slot, "isVerified", "true"));
  CHECK(Holds(created, R"("isVerified":true)"));
  CHECK(Holds(admin.Put("/certificates/root", slot, "*"),
              R"("isVerified":true)"));
  CHECK(Holds(admin.Put("/certificates/root", R"({"isVerified":false})", "*"),
              R"("isVerified":false)"));
}

TEST_CASE("certificates: an update keeps what it leaves out, also the list") {
  CertificateOperator admin;
  const Forged ca = Forge(CaSpec("Root CA"));
  admin.PutCa(ca);
  REQUIRE(admin.PutList({.issuer = &ca, .revoked = {{7}}}).status == 200);
  const Response shown = admin.Get("/certificates/root");
  REQUIRE(admin.Put("/certificates/root", shown.body, "*").status == 200);
  CHECK(admin.Stored()->certificate.der == ca.certificate.Der());
  CHECK(admin.Stored()->revocations);
  CHECK(admin.Revoked());
  CHECK(admin.Put("/certificates/other", R"({"isVerified":true})").status ==
        400);
}

TEST_CASE("certificates: another certificate starts anew under the name") {
  CertificateOperator admin;
  const Forged ca = Forge(CaSpec("Root CA"));
  admin.PutCa(ca);
  admin.Put("/certificates/root", R"({"isVerified":true})", "*");
  admin.Post("/certificates/root/generateVerificationCode",
             {{"If-Match", "*"}});
  admin.PutList({.issuer = &ca, .revoked = {{7}}});
  const Forged next = Forge(CaSpec("Root CA"));
  REQUIRE(admin.PutCa(next, "*").status == 200);
  const auto stored = admin.Stored();
  CHECK(stored->name.text() == "Root");
  CHECK(stored->certificate.der == next.certificate.Der());
  CHECK_FALSE(stored->is_verified);
  CHECK(stored->verification_code.empty());
  CHECK_FALSE(stored->revocations);
  CHECK_FALSE(admin.Revoked());
}

TEST_CASE("certificates: only CA certificates, and each under one name") {
  CertificateOperator admin;
  CHECK(Holds(admin.PutCa(Forge({})), "is not that of a CA"));
  const Forged ca = Forge(CaSpec("Root CA"));
  admin.PutCa(ca);
  const Response twin = admin.PutCa(ca, "", "other");
  CHECK(twin.status == 409);
  CHECK(Holds(twin, "is there already, as certificate root"));
}

TEST_CASE("certificates: a replacement must not be enrolled elsewhere") {
  CertificateOperator admin;
  admin.PutCa(Forge(CaSpec("Root CA")));
  REQUIRE(admin.Refer().status == 200);
  const Forged taken = Forge(CaSpec("Taken CA"));
  REQUIRE(admin
              .Put("/enrollmentGroups/other",
                   X509GroupJson("other", Signing(SlotsJson(SlotJson(taken)))))
              .status == 200);
  const Response refused = admin.PutCa(taken, "*");
  CHECK(refused.status == 409);
  CHECK(Holds(refused, "is in enrollment group other already"));
  CHECK(admin.PutCa(Forge(CaSpec("Next CA")), "*").status == 200);
}

TEST_CASE("certificates: one that a group refers to cannot be deleted") {
  CertificateOperator admin;
  const Forged ca = Forge(CaSpec("Root CA"));
  admin.PutCa(ca);
  admin.PutList({.issuer = &ca, .revoked = {{7}}});
  admin.Refer();
  const Response refused = admin.Delete("/certificates/root");
  CHECK(refused.status == 409);
  CHECK(Message(refused) ==
        "enrollment group line refers to the certificate root; change or "
        "delete the group first");
  REQUIRE(admin.Revoked());
  admin.Delete("/enrollmentGroups/line");
  CHECK(admin.Delete("/certificates/root").status == 204);
  CHECK_FALSE(admin.Stored());
  CHECK_FALSE(admin.Revoked());
}

TEST_CASE("certificates: a list stays while a group holds its certificate") {
  CertificateOperator admin;
  const Forged ca = Forge(CaSpec("Root CA"));
  const Forged other = Forge(CaSpec("Other CA"));
  admin.PutCa(ca);
  REQUIRE(admin
              .Put("/enrollmentGroups/given",
                   X509GroupJson("given", Signing(SlotsJson(SlotJson(other),
                                                            SlotJson(ca)))))
              .status == 200);
  admin.PutList({.issuer = &ca, .revoked = {{7}, {8}}});
  const std::string before = admin.Get("/certificates/root").body;
  for (const Response& refused : {admin.Delete("/certificates/root"),
                                  admin.PutCa(Forge(CaSpec("Next CA")), "*")}) {
    CHECK(refused.status == 409);
    CHECK(Message(refused) ==
          "enrollment group given holds the certificate Root, too, and would "
          "accept again what its revocation list refuses (entries: 2); delete "
          "the group or the list first");
  }
  CHECK(admin.Get("/certificates/root").body == before);
  CHECK(admin.Revoked());
  CHECK(admin.PutCa(ca, "*").status == 200);
  REQUIRE(admin.Delete("/certificates/root/crl").status == 204);
  CHECK_FALSE(admin.Revoked());
  CHECK(admin.Delete("/certificates/root").status == 204);
}

TEST_CASE("certificates: bodies that are none change nothing") {
  CertificateOperator admin;
  for (const char* body :
       {"", "[]", "{}", R"({"certificate":7})", R"({"certificate":""})",
        R"({"certificate":"MIIB"})", R"({"name":"other","certificate":"x"})",
        R"({"isVerified":"yes"})"}) {
    CAPTURE(body);
    CHECK(admin.Put("/certificates/root", body).status == 400);
  }
  CHECK(admin.Put("/certificates/a%2Fb", SlotJson(Forge(CaSpec("A")))).status ==
        400);
  CHECK(admin.Get("/certificates").body == "[]");
}

TEST_CASE("certificates: an instance holds so many, and no more") {
  CertificateOperator admin;
  const EnrolledCertificate ca = Enroll(Forge(CaSpec("CA")).certificate);
  Batch batch;
  for (std::size_t i = 0; i < limits::kCaCertificatesMax; ++i) {
    CaCertificate each{
        .name = CertificateName::Parse("c" + std::to_string(i)).value(),
        .certificate = ca,
        .etag_text = "e"};
    each.certificate.subject_digest = std::to_string(i);
    batch.changes.emplace_back(Put<CaCertificate>{admin.scope, each, {}});
  }
  REQUIRE(admin.memory().Commit(batch));
  const Response refused = admin.PutCa(Forge(CaSpec("One more")));
  CHECK(refused.status == 403);
  CHECK(Message(refused) == "an instance can have 1024 certificates");
  CHECK(admin.PutCa(Forge(CaSpec("In place")), "*", "c7").status == 200);
}

}  // namespace dps
