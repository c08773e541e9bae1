// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/service_api/certificates.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/core/service_api/x509_bodies.h"

namespace dps {
namespace {

// With an unverified certificate `root`.
class ProvingOperator : public OperatorAtWork {
 public:
  ProvingOperator() {
    REQUIRE(Put("/certificates/root", SlotJson(ca)).status == 200);
  }
  Response Code(const std::string& if_match = "*") {
    return Post("/certificates/root/generateVerificationCode",
                {{"If-Match", if_match}});
  }
  Response Prove(const Forged& proof, const std::string& if_match = "*") {
    return Send("POST", "/certificates/root/verify", {{"If-Match", if_match}},
                SlotJson(proof));
  }
  bool IsVerified() {
    return Holds(Get("/certificates/root"), R"("isVerified":true)");
  }

  const Forged ca = Forge(CaSpec("Root CA"));
};

}  // namespace

TEST_CASE("certificate_proof: a leaf with the code as its name verifies") {
  ProvingOperator admin;
  const Response code = admin.Code();
  REQUIRE(code.status == 200);
  const std::string text = Member(code, "verificationCode");
  CHECK(text.size() == 48);
  const Response verified = admin.Prove(Forge(LeafSpec(text, &admin.ca)));
  CHECK(verified.status == 200);
  CHECK(Holds(verified, R"("isVerified":true)"));
  CHECK_FALSE(Holds(verified, "verificationCode"));
  CHECK(admin.IsVerified());
  // The code is spent.
  CHECK(Holds(admin.Prove(Forge(LeafSpec(text, &admin.ca))),
              "has no verification code"));
}

TEST_CASE("certificate_proof: an intermediate CA proves itself, too") {
  ProvingOperator admin;
  const Forged middle = Forge(CaSpec("Middle CA", &admin.ca));
  admin.Put("/certificates/root", SlotJson(middle), "*");
  const std::string code = Member(admin.Code(), "verificationCode");
  CHECK(admin.Prove(Forge(LeafSpec(code, &admin.ca))).status == 400);
  CHECK(admin.Prove(Forge(LeafSpec(code, &middle))).status == 200);
}

TEST_CASE("certificate_proof: each code is another and replaces the last") {
  ProvingOperator admin;
  const std::string first = Member(admin.Code(), "verificationCode");
  const std::string second = Member(admin.Code(), "verificationCode");
  CHECK(first != second);
  CHECK(admin.Prove(Forge(LeafSpec(first, &admin.ca))).status == 400);
  CHECK(admin.Prove(Forge(LeafSpec(second, &admin.ca))).status == 200);
}

TEST_CASE("certificate_proof: what does not prove the key verifies nothing") {
  ProvingOperator admin;
  const std::string code = Member(admin.Code(), "verificationCode");
  const Forged look_alike = Forge(CaSpec("Root CA"));
  CertificateSpec two_names = LeafSpec(code, &admin.ca);
  two_names.common_names = {code, code};
  CertificateSpec expired = LeafSpec(code, &admin.ca);
  expired.not_after = kNoon - std::chrono::minutes(1);
  CertificateSpec self_signed;
  self_signed.common_names = {code};
  std::string upper = code;
  for (char& c : upper) c = static_cast<char>(c >= 'a' ? c - 32 : c);
  for (const auto& [spec, reason] :
       {std::pair{LeafSpec("dev-01", &admin.ca),
                  "does not have the verification code"},
        {LeafSpec(code, &look_alike), "signature does not match"},
        {self_signed, "self-signed"},
        {two_names, "more than one common name"},
        {LeafSpec(upper + "A", &admin.ca), "does not have the"},
        {LeafSpec(code + "0", &admin.ca), "does not have the"},
        {expired, "expired at"}}) {
    const Response refused = admin.Prove(Forge(spec));
    CHECK(refused.status == 400);
    CHECK(Message(refused).starts_with("this proves no possession: "));
    CHECK(Holds(refused, reason));
    CHECK_FALSE(admin.IsVerified());
  }
  CHECK_FALSE(Holds(admin.Prove(admin.ca), code));
  CHECK(admin.Prove(Forge(LeafSpec(code, &admin.ca))).status == 200);
}

TEST_CASE("certificate_proof: both steps want an etag that fits") {
  ProvingOperator admin;
  CHECK(Holds(admin.Code(""), "If-Match must hold the etag"));
  CHECK(admin.Code("stale").status == 412);
  const Response code =
      admin.Code(Member(admin.Get("/certificates/root"), "etag"));
  REQUIRE(code.status == 200);
  const Forged proof =
      Forge(LeafSpec(Member(code, "verificationCode"), &admin.ca));
  CHECK(admin.Prove(proof, "").status == 400);
  CHECK(admin.Prove(proof, "stale").status == 412);
  CHECK(admin.Prove(proof, Member(code, "etag")).status == 200);
  CHECK(admin
            .Post("/certificates/none/generateVerificationCode",
                  {{"If-Match", "*"}})
            .status == 404);
}

TEST_CASE("certificate_proof: without a code nothing can be proven") {
  ProvingOperator admin;
  const Response refused = admin.Prove(Forge(LeafSpec("x", &admin.ca)));
  CHECK(refused.status == 400);
  CHECK(Message(refused) ==
        "the certificate root has no verification code; generate one first");
  CHECK(admin
            .Send("POST", "/certificates/root/verify", {{"If-Match", "*"}},
                  R"({"certificate":"x"})")
            .status == 400);
}

}  // namespace dps
