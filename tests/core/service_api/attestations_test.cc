// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/attestations.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/core/service_api/x509_bodies.h"

namespace dps {
namespace {

class X509Operator : public OperatorAtWork {
 public:
  Response PutDevice(const std::string& id, const std::string& x509,
                     const std::string& if_match = "") {
    return Put("/enrollments/" + id, X509EnrollmentJson(id, x509), if_match);
  }
  Response PutGroup(const std::string& id, const std::string& x509,
                    const std::string& if_match = "") {
    return Put("/enrollmentGroups/" + id, X509GroupJson(id, x509), if_match);
  }
  Response PutCa(const std::string& name, const Forged& ca) {
    return Put("/certificates/" + name, SlotJson(ca));
  }

  // As the store holds it.
  X509Attestation Stored(const std::string& id) {
    const auto snapshot = memory().Read().value();
    const auto enrollment = snapshot->FindIndividualEnrollment(
        scope, RegistrationId::Parse(id).value());
    REQUIRE(enrollment);
    REQUIRE(*enrollment);
    return std::get<X509Attestation>((*enrollment)->terms.attestation);
  }
};

std::string InfoOf(const std::string& member, const std::string& value) {
  return R"({"info":{")" + member + R"(":")" + value + R"("}})";
}

bool IsOf(const std::optional<EnrolledCertificate>& slot,
          const Forged& forged) {
  return slot && slot->der == forged.certificate.Der() &&
         slot->info == forged.certificate.Info();
}

}  // namespace

TEST_CASE("attestations: a certificate is taken as PEM, base64 of PEM or DER") {
  const Forged dev = Forge({});
  const std::string pem = Pem(dev.certificate);
  for (const std::string& text :
       {pem, Base64Encode(pem), Base64Encode(dev.certificate.Der())}) {
    X509Operator admin;
    const Response created = admin.PutDevice(
        "dev-01", Client(SlotsJson(R"({"certificate":)" + Quoted(text) + "}")));
    REQUIRE(created.status == 200);
    CHECK(IsOf(admin.Stored("dev-01").primary, dev));
    CHECK(Holds(created, dev.certificate.thumbprint()));
    CHECK(Holds(created, R"("subjectName":"CN=dev-01")"));
  }
}

TEST_CASE("attestations: the info is computed, whatever the operator claims") {
  X509Operator admin;
  const Forged dev = Forge({});
  const Response created = admin.PutDevice(
      "dev-01",
      Client(SlotsJson(
          R"({"certificate":)" + Quoted(Pem(dev.certificate)) +
          R"(,"info":{"subjectName":"CN=other","sha256Thumbprint":"00"}})")));
  CHECK(created.status == 200);
  CHECK(IsOf(admin.Stored("dev-01").primary, dev));
  CHECK_FALSE(Holds(created, "CN=other"));
}

TEST_CASE("attestations: no answer holds the text of a certificate") {
  X509Operator admin;
  const Forged dev = Forge({});
  const Forged ca = Forge(CaSpec("Line CA"));
  const std::string of_group = Signing(SlotsJson(SlotJson(ca)));
  const std::string der = Base64Encode(dev.certificate.Der());
  for (const Response& answer :
       {admin.PutDevice("dev-01", Client(SlotsJson(SlotJson(dev)))),
        admin.Get("/enrollments/dev-01"), admin.Post("/enrollments/query"),
        admin.Post("/enrollments/dev-01/attestationmechanism"),
        admin.PutDevice("dev-01", Client(SlotsJson(SlotJson(dev))), "*"),
        admin.PutGroup("line", of_group), admin.Get("/enrollmentGroups/line"),
        admin.Post("/enrollmentGroups/query"),
        admin.Post("/enrollmentGroups/line/attestationmechanism")}) {
    CHECK(answer.status == 200);
    CHECK(Holds(answer, "sha256Thumbprint"));
    CHECK_FALSE(Holds(answer, "certificate\":"));
    CHECK_FALSE(Holds(answer, "BEGIN"));
    CHECK_FALSE(Holds(answer, der.substr(0, 60)));
    CHECK_FALSE(Holds(answer, "subjectDigest"));
  }
}

TEST_CASE("attestations: what GET shows is an update that keeps everything") {
  X509Operator admin;
  const Forged primary = Forge({});
  const Forged secondary = Forge({});
  admin.PutDevice("dev-01",
                  Client(SlotsJson(SlotJson(primary), SlotJson(secondary))));
  const X509Attestation before = admin.Stored("dev-01");
  const Response shown = admin.Get("/enrollments/dev-01");
  CHECK(admin.Put("/enrollments/dev-01", shown.body, "*").status == 200);
  CHECK(admin.Stored("dev-01") == before);
}

TEST_CASE("attestations: info by thumbprint keeps a certificate, in any slot") {
  X509Operator admin;
  const Forged a = Forge({});
  const Forged b = Forge({});
  admin.PutDevice("dev-01", Client(SlotsJson(SlotJson(a), SlotJson(b))));
  const auto by_thumbprint = [](const Forged& forged) {
    return InfoOf("sha256Thumbprint",
                  AsciiLower(forged.certificate.thumbprint()));
  };
  const Response turned = admin.PutDevice(
      "dev-01", Client(SlotsJson(by_thumbprint(b), by_thumbprint(a))), "*");
  CHECK(turned.status == 200);
  CHECK(IsOf(admin.Stored("dev-01").primary, b));
  CHECK(IsOf(admin.Stored("dev-01").secondary, a));
}

TEST_CASE("attestations: info without a thumbprint keeps the slot's own") {
  X509Operator admin;
  const Forged a = Forge({});
  const Forged b = Forge({});
  admin.PutDevice("dev-01", Client(SlotsJson(SlotJson(a), SlotJson(b))));
  CHECK(admin
            .PutDevice("dev-01",
                       Client(SlotsJson(R"({"info":{}})", R"({"info":{}})")),
                       "*")
            .status == 200);
  CHECK(IsOf(admin.Stored("dev-01").primary, a));
  CHECK(IsOf(admin.Stored("dev-01").secondary, b));
}

TEST_CASE("attestations: info that names no stored certificate is refused") {
  X509Operator admin;
  const Forged dev = Forge({});
  const std::string stranger =
      InfoOf("sha256Thumbprint", Forge({}).certificate.thumbprint());
  CHECK(admin.PutDevice("dev-01", Client(SlotsJson(stranger))).status == 400);
  CHECK(admin.PutDevice("dev-01", Client(SlotsJson("{}"))).status == 400);
  admin.PutDevice("dev-01", Client(SlotsJson(SlotJson(dev))));
  for (const std::string& slots :
       {SlotsJson(stranger), SlotsJson("", R"({"info":{}})")}) {
    const Response refused = admin.PutDevice("dev-01", Client(slots), "*");
    CHECK(refused.status == 400);
    CHECK(Holds(refused, "the certificate is missing"));
  }
  CHECK(IsOf(admin.Stored("dev-01").primary, dev));
}

TEST_CASE("attestations: an update with the secondary alone clears primary") {
  X509Operator admin;
  const Forged a = Forge({});
  const Forged b = Forge({});
  admin.PutDevice("dev-01", Client(SlotsJson(SlotJson(a), SlotJson(b))));
  const Response updated =
      admin.PutDevice("dev-01", Client(SlotsJson("", SlotJson(b))), "*");
  CHECK(updated.status == 200);
  CHECK_FALSE(admin.Stored("dev-01").primary);
  CHECK(IsOf(admin.Stored("dev-01").secondary, b));
  CHECK_FALSE(Holds(updated, a.certificate.thumbprint()));
  CHECK_FALSE(Holds(updated, "null"));
}

TEST_CASE("attestations: of the three x509 objects there is exactly one") {
  X509Operator admin;
  const std::string slots = SlotsJson(SlotJson(Forge(CaSpec("CA"))));
  const std::string client = R"("clientCertificates":)" + slots;
  const std::string signing = R"("signingCertificates":)" + slots;
  const std::string reference = R"("caReferences":{"primary":"root"})";
  const auto both = [](const std::string& a, const std::string& b) {
    return "{" + a + "," + b + "}";
  };
  for (const std::string& x509 :
       {both(client, signing), both(signing, reference),
        both(client, reference), std::string("{}"), Signing("{}"),
        Client(R"({"primary":null})"),
        std::string(R"({"caReferences":{"primary":""}})")}) {
    CAPTURE(x509);
    CHECK(admin.PutDevice("dev-01", x509).status == 400);
    CHECK(admin.PutGroup("line", x509).status == 400);
  }
  CHECK(admin.Get("/enrollments/dev-01").status == 404);
  CHECK(admin.Get("/enrollmentGroups/line").status == 404);
}

TEST_CASE("attestations: groups and devices take their own kinds only") {
  X509Operator admin;
  const Forged ca = Forge(CaSpec("CA"));
  REQUIRE(admin.PutCa("root", ca).status == 200);
  const std::string slots = SlotsJson(SlotJson(ca));
  CHECK(admin.PutGroup("line", Client(slots)).status == 400);
  CHECK(admin.PutDevice("dev-01", Signing(slots)).status == 400);
  CHECK(admin.PutDevice("dev-01", References("root")).status == 400);
  CHECK(admin.PutGroup("line", References("root")).status == 200);
}

TEST_CASE("attestations: one certificate cannot be in two enrollments") {
  X509Operator admin;
  const Forged ca = Forge(CaSpec("dev-01"));
  const std::string slots = SlotsJson(SlotJson(ca));
  REQUIRE(admin.PutDevice("dev-01", Client(slots)).status == 200);
  for (const Response& second :
       {admin.PutGroup("line", Signing(slots)),
        admin.PutGroup("line", Signing(SlotsJson(SlotJson(Forge(CaSpec("CA"))),
                                                 SlotJson(ca)))),
        admin.PutDevice("dev-02", Client(slots))}) {
    CHECK(second.status == 409);
    CHECK(Holds(second, "is in enrollment dev-01 already"));
  }
  CHECK(admin.PutDevice("dev-01", Client(slots), "*").status == 200);
  CHECK(admin.Delete("/enrollments/dev-01").status == 204);
  CHECK(admin.PutGroup("line", Signing(slots)).status == 200);
}

TEST_CASE("attestations: a CA is in one group only, given or referred to") {
  X509Operator admin;
  const Forged ca = Forge(CaSpec("Line CA"));
  const std::string signing = Signing(SlotsJson(SlotJson(ca)));
  REQUIRE(admin.PutCa("line-ca", ca).status == 200);
  REQUIRE(admin.PutGroup("given", signing).status == 200);
  CHECK(Holds(admin.PutGroup("refers", References("line-ca")),
              "is in enrollment group given already"));
  CHECK(admin.PutGroup("again", signing).status == 409);
  REQUIRE(admin.Delete("/enrollmentGroups/given").status == 204);
  REQUIRE(admin.PutGroup("refers", References("line-ca")).status == 200);
  for (const Response& second :
       {admin.PutGroup("given", signing),
        admin.PutGroup("also", References("LINE-CA")),
        admin.PutDevice("dev-01", Client(SlotsJson(SlotJson(ca))))}) {
    CHECK(second.status == 409);
    CHECK(Holds(second, "is in enrollment group refers already"));
  }
  CHECK(admin.PutGroup("refers", References("line-ca"), "*").status == 200);
  // From a reference to the certificate itself, within the group.
  CHECK(admin.PutGroup("refers", signing, "*").status == 200);
}

TEST_CASE("attestations: primary and secondary are two certificates") {
  X509Operator admin;
  const Forged dev = Forge({});
  const Forged ca = Forge(CaSpec("CA"));
  admin.PutCa("root", ca);
  for (const Response& refused :
       {admin.PutDevice("dev-01",
                        Client(SlotsJson(SlotJson(dev), SlotJson(dev)))),
        admin.PutGroup("line", Signing(SlotsJson(SlotJson(ca), SlotJson(ca)))),
        admin.PutGroup("line", References("root", "Root"))}) {
    CHECK(refused.status == 400);
    CHECK(Holds(refused, "are the same certificate"));
  }
}

TEST_CASE("attestations: a device's certificate must have its name") {
  X509Operator admin;
  CertificateSpec two_names;
  two_names.common_names = {"dev-01", "dev-01"};
  for (const auto& [forged, reason] :
       {std::pair{Forge(LeafSpec("lathe-7")),
                  "CN=lathe-7 is not dev-01: a device is known by the common "
                  "name of its certificate"},
        {Forge(two_names), "has more than one common name"},
        {Forge(LeafSpec("Line CA")), "has no registration id as its common"}}) {
    for (const std::string& slots :
         {SlotsJson(SlotJson(forged)),
          SlotsJson(SlotJson(Forge({})), SlotJson(forged))}) {
      const Response refused = admin.PutDevice("dev-01", Client(slots));
      CHECK(refused.status == 400);
      CHECK(Holds(refused, reason));
    }
  }
  CHECK(admin.Get("/enrollments/dev-01").status == 404);
  CHECK(admin.PutDevice("DEV-01", Client(SlotsJson(SlotJson(Forge({})))))
            .status == 200);
}

TEST_CASE("attestations: a certificate of another name stays if it is there") {
  X509Operator admin;
  const Forged stranger = Forge(LeafSpec("lathe-7"));
  const Forged second = Forge(LeafSpec("lathe-8"));
  IndividualEnrollment old{
      .registration_id = RegistrationId::Parse("dev-01").value(), .terms = {}};
  old.terms.attestation =
      X509Attestation{.primary = Enroll(stranger.certificate)};
  old.terms.etag = "old";
  REQUIRE(admin.memory().Commit(
      {.changes = {Put<IndividualEnrollment>{admin.scope, old, {}}}}));
  const std::string disabled = R"({"registrationId":"dev-01",)"
                               R"("provisioningStatus":"disabled",)"
                               R"("attestation":{"type":"x509","x509":)" +
                               Client(SlotsJson(R"({"info":{}})")) + "}}";
  CHECK(admin.Put("/enrollments/dev-01", disabled, "*").status == 200);
  CHECK(
      admin.PutDevice("dev-01", Client(SlotsJson("", SlotJson(stranger))), "*")
          .status == 200);
  CHECK(admin
            .PutDevice("dev-01",
                       Client(SlotsJson(SlotJson(second), SlotJson(stranger))),
                       "*")
            .status == 400);
  CHECK(IsOf(admin.Stored("dev-01").secondary, stranger));
}

TEST_CASE("attestations: a reference must name a certificate of the instance") {
  X509Operator admin;
  const Response refused = admin.PutGroup("line", References("nowhere"));
  CHECK(refused.status == 400);
  CHECK(Holds(refused, "nowhere, which the instance lacks"));
  CHECK(admin.PutGroup("line", References("a/b")).status == 400);
}

TEST_CASE("attestations: a signing certificate is that of a CA") {
  X509Operator admin;
  const Response refused =
      admin.PutGroup("line", Signing(SlotsJson(SlotJson(Forge({})))));
  CHECK(refused.status == 400);
  CHECK(Holds(refused, "CN=dev-01 is not that of a CA"));
}

TEST_CASE("attestations: a key no broker verifies under is refused at once") {
  struct {
    KeySpec key;
    const char* reason;
  } const kRows[] = {
      {{.kind = KeyKind::kExplicitP256}, "use a named curve"},
      {{.kind = KeyKind::kRsa, .bits = 512}, "too weak for security level 1"}};
  for (const auto& row : kRows) {
    X509Operator admin;
    CertificateSpec spec = CaSpec("Old CA");
    spec.key = ForgeKey(row.key);
    const std::string slots = SlotsJson(SlotJson(Forge(spec)));
    for (const Response& refused : {admin.PutGroup("line", Signing(slots)),
                                    admin.PutDevice("dev-01", Client(slots)),
                                    admin.PutCa("old", Forge(spec))}) {
      CHECK(refused.status == 400);
      CHECK(Holds(refused, row.reason));
    }
  }
}

TEST_CASE("attestations: text that is no certificate says what it is") {
  X509Operator admin;
  const Forged dev = Forge({});
  for (const auto& [text, reason] :
       {std::pair{std::string("hello"), "neither PEM nor base64 nor DER"},
        {Pem(dev.certificate) + KeyPem(dev), "private key"},
        {Pem(dev.certificate) + Pem(dev.certificate), "expected one"}}) {
    const Response refused = admin.PutDevice(
        "dev-01",
        Client(SlotsJson("", R"({"certificate":)" + Quoted(text) + "}")));
    CHECK(refused.status == 400);
    CHECK(Holds(refused, reason));
    CHECK(Message(refused).starts_with("secondary: "));
  }
}

TEST_CASE("attestations: so many CAs of one subject, and no more") {
  X509Operator admin;
  Response last;
  std::size_t groups = 0;
  for (; groups < limits::kCaCertificatesOfSubjectMax; ++groups) {
    last =
        admin.PutGroup("g" + std::to_string(groups),
                       Signing(SlotsJson(SlotJson(Forge(CaSpec("Same CA"))))));
    if (last.status != 200) break;
  }
  CHECK(groups == limits::kCaCertificatesOfSubjectMax - 1);
  CHECK(last.status == 403);
  CHECK(Holds(last, "too many CA certificates with the subject CN=Same CA"));
  CHECK(admin
            .PutGroup("g0",
                      Signing(SlotsJson(SlotJson(Forge(CaSpec("Same CA"))))),
                      "*")
            .status == 200);
}

}  // namespace dps
