// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>

#include "core/base/limits.h"
#include "core/service_api/certificates.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/core/service_api/x509_bodies.h"

namespace dps {
namespace {

using std::chrono::hours;

// With a certificate `root`.
class RevokingOperator : public OperatorAtWork {
 public:
  RevokingOperator() {
    REQUIRE(Put("/certificates/root", SlotJson(ca)).status == 200);
  }
  Response PutText(const std::string& text, const std::string& if_match = "") {
    return Put("/certificates/root/crl", R"({"crl":)" + Quoted(text) + "}",
               if_match);
  }
  Response PutList(RevocationListSpec spec, const std::string& if_match = "") {
    spec.issuer = &ca;
    return PutText(Base64Encode(ForgeRevocationList(spec)), if_match);
  }
  bool IsRevoked(const std::string& serial) {
    return !memory()
                .Read()
                .value()
                ->FindIndexed(
                    IndexTerm::Revoked(ca.certificate.subject_digest(), serial),
                    scope, 1)
                .value()
                .empty();
  }

  const Forged ca = Forge(CaSpec("Root CA"));
};

std::string PemOfList(const std::string& der) {
  const std::string base64 = Base64Encode(der);
  std::string pem = "-----BEGIN X509 CRL-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) {
    pem += base64.substr(at, 64) + "\n";
  }
  return pem + "-----END X509 CRL-----\n";
}

}  // namespace

TEST_CASE("certificate_revocations: a list counts at once and is summed up") {
  RevokingOperator admin;
  const Response imported =
      admin.PutList({.number = 10, .revoked = {{7}, {256}}});
  REQUIRE(imported.status == 200);
  CHECK(Holds(imported, R"("revocationList":{"thisUpdateUtc":)"));
  CHECK(Holds(imported, R"("number":"0A","entries":2)"));
  CHECK(Member(imported, "etag") ==
        Member(admin.Get("/certificates/root"), "etag"));
  CHECK(admin.IsRevoked("07"));
  CHECK(admin.IsRevoked("0100"));
  CHECK_FALSE(admin.IsRevoked("08"));
}

TEST_CASE("certificate_revocations: PEM, base64 of PEM and of DER are taken") {
  for (int form = 0; form < 5; ++form) {
    RevokingOperator admin;
    const std::string der =
        ForgeRevocationList({.issuer = &admin.ca, .revoked = {{7}}});
    std::string folded = Base64Encode(der);
    folded.insert(40, "\r\n");
    const std::array forms = {PemOfList(der), Base64Encode(PemOfList(der)),
                              Base64Encode(der), folded + "\n",
                              " " + folded + "\t"};
    CHECK(admin.PutText(forms.at(static_cast<std::size_t>(form))).status ==
          200);
    CHECK(admin.IsRevoked("07"));
  }
}

TEST_CASE("certificate_revocations: a later list takes the earlier's place") {
  RevokingOperator admin;
  admin.PutList({.revoked = {{7}, {8}}});
  admin.clock.Advance(hours(1));
  REQUIRE(
      admin.PutList({.this_update = kNoon + hours(1), .revoked = {{8}, {9}}})
          .status == 200);
  CHECK_FALSE(admin.IsRevoked("07"));
  CHECK(admin.IsRevoked("08"));
  CHECK(admin.IsRevoked("09"));
}

TEST_CASE("certificate_revocations: an older list is refused, a same one not") {
  RevokingOperator admin;
  const RevocationListSpec present{.number = 255, .revoked = {{7}}};
  REQUIRE(admin.PutList(present).status == 200);
  CHECK(admin.PutList(present).status == 200);
  CHECK(admin.PutList({.number = 256, .revoked = {{7}}}).status == 200);
  CHECK(Holds(admin.PutList({.number = 255, .revoked = {{7}}}),
              "of the same second: number FF is older than 100"));
  for (const RevocationListSpec& older :
       {RevocationListSpec{.this_update = kNoon - hours(1), .number = 300},
        {.number = 255}}) {
    const Response refused = admin.PutList(older);
    CHECK(refused.status == 409);
    CHECK(Holds(refused, "is older than the one the certificate root has"));
    CHECK(admin.IsRevoked("07"));
  }
}

TEST_CASE("certificate_revocations: the same list again writes nothing") {
  RevokingOperator admin;
  const RevocationListSpec spec{.number = 1, .revoked = {{7}}};
  const Response first = admin.PutList(spec);
  REQUIRE(first.status == 200);
  const auto version = [&] {
    return admin.memory().Read().value()->ConfigVersion(admin.scope).value();
  };
  const auto before = version();
  const Response again = admin.PutList(spec);
  CHECK(again.status == 200);
  CHECK(again.body == first.body);
  CHECK(version() == before);
  // As many entries under the same number, but others.
  CHECK(admin.PutList({.number = 1, .revoked = {{8}}}).status == 200);
  CHECK(admin.IsRevoked("08"));
  CHECK_FALSE(admin.IsRevoked("07"));
}

TEST_CASE("certificate_revocations: a list of the future is refused") {
  RevokingOperator admin;
  const Response refused = admin.PutList({.this_update = kNoon + hours(1)});
  CHECK(refused.status == 400);
  CHECK(Holds(refused, "is of the future"));
}

TEST_CASE("certificate_revocations: an expired list is still taken") {
  RevokingOperator admin;
  const Response imported = admin.PutList({.this_update = kNoon - hours(48),
                                           .next_update = kNoon - hours(24),
                                           .revoked = {{7}}});
  CHECK(imported.status == 200);
  CHECK(admin.IsRevoked("07"));
}

TEST_CASE("certificate_revocations: a list of somebody else changes nothing") {
  RevokingOperator admin;
  const std::string before = admin.Get("/certificates/root").body;
  const Forged look_alike = Forge(CaSpec("Root CA"));
  const Forged other = Forge(CaSpec("Other CA"));
  for (const std::string& text :
       {Base64Encode(ForgeRevocationList({.issuer = &look_alike})),
        Base64Encode(ForgeRevocationList({.issuer = &other})),
        Pem(admin.ca.certificate), std::string("hello"), std::string()}) {
    CHECK(admin.PutText(text).status == 400);
  }
  for (const char* body : {"", "{}", R"({"crl":7})", R"({"crl":null})"}) {
    CHECK(admin.Put("/certificates/root/crl", body).status == 400);
  }
  CHECK(admin.Get("/certificates/root").body == before);
}

TEST_CASE("certificate_revocations: a deleted list revokes nobody") {
  RevokingOperator admin;
  CHECK(admin.Delete("/certificates/root/crl").status == 404);
  REQUIRE(admin.PutList({.number = 5, .revoked = {{7}}}).status == 200);
  CHECK(admin.Delete("/certificates/root/crl", "stale").status == 412);
  CHECK(admin.IsRevoked("07"));
  CHECK(admin.Delete("/certificates/root/crl").status == 204);
  CHECK_FALSE(admin.IsRevoked("07"));
  CHECK_FALSE(Holds(admin.Get("/certificates/root"), "revocationList"));
  CHECK(Message(admin.Delete("/certificates/root/crl")) ==
        "the certificate root has no revocation list");
  CHECK(admin.Delete("/certificates/none/crl").status == 404);
  CHECK(admin.PutList({.number = 4, .revoked = {{7}}}).status == 200);
}

TEST_CASE("certificate_revocations: If-Match is obeyed if it is there") {
  RevokingOperator admin;
  CHECK(admin.PutList({}, "stale").status == 412);
  CHECK(admin.PutList({}, Member(admin.Get("/certificates/root"), "etag"))
            .status == 200);
  CHECK(admin.Put("/certificates/none/crl", R"({"crl":"x"})").status == 404);
}

TEST_CASE("certificate_revocations: a body may be as large as a list") {
  RevokingOperator admin;
  CHECK(admin.PutText(std::string(limits::kDocumentMax, 'x')).status == 400);
  CHECK(admin
            .Put("/certificates/root/crl",
                 std::string(limits::kRevocationListRequestMax + 1, ' '))
            .status == 413);
}

}  // namespace dps
