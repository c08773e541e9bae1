// SPDX-License-Identifier: Apache-2.0
#include "core/registration/explain.h"

#include <doctest/doctest.h>

#include "core/store/memory_store.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

using Kind = X509Attestation::Kind;

constexpr Moment kMoment{.now = kNoon,
                         .rules = {.sas_skew = std::chrono::seconds{60}}};

// A root and an intermediate CA with the device dev-1 below, none enrolled.
struct ExplainRig {
  ExplainRig() { AddInstance(store); }

  void AddGroup(std::string_view id, const Forged& ca,
                ProvisioningStatus status = ProvisioningStatus::kEnabled) {
    EnrollmentGroup group{.enrollment_group_id = *EnrollmentGroupId::Parse(id)};
    group.terms.attestation = X509Attestation{
        .kind = Kind::kSigningCertificates, .primary = Enroll(ca.certificate)};
    group.terms.provisioning_status = status;
    Save(store, group);
  }
  void AddIndividual(const Certificate& certificate) {
    IndividualEnrollment enrollment{.registration_id = Rid("dev-1")};
    enrollment.terms.attestation =
        X509Attestation{.primary = Enroll(certificate)};
    Save(store, enrollment);
  }

  Result<ProofVerdict> Of(const ProofQuestion& question,
                          const Moment& moment = kMoment) {
    const auto snapshot = store.Read().value();
    return Explain(*snapshot, question, moment);
  }
  ProofVerdict OfChain(std::vector<Certificate> others = {},
                       std::optional<RegistrationId> id = std::nullopt) {
    return Of({.id_scope = TestScope(),
               .registration_id = std::move(id),
               .evidence =
                   PresentedChain{device.certificate, std::move(others)}})
        .value();
  }

  MemoryStore store;
  const Forged root = Forge(CaSpec("Root"));
  const Forged middle = Forge(CaSpec("Middle", &root));
  const Forged device = Forge(LeafSpec("dev-1", &middle));
};

const ProofAcceptance& AcceptanceOf(const ProofVerdict& verdict) {
  const auto* accepted = std::get_if<ProofAcceptance>(&verdict.outcome);
  REQUIRE_MESSAGE(accepted != nullptr, ToJson(verdict));
  return *accepted;
}
const ProofRefusal& RefusalOf(const ProofVerdict& verdict) {
  const auto* refusal = std::get_if<ProofRefusal>(&verdict.outcome);
  REQUIRE_MESSAGE(refusal != nullptr, ToJson(verdict));
  return *refusal;
}

}  // namespace

TEST_CASE("explain: a chain is told with the group and the path it ends by") {
  ExplainRig rig;
  rig.AddGroup("Line-1", rig.root);
  const ProofVerdict verdict = rig.OfChain({rig.middle.certificate});
  const ProofAcceptance& accepted = AcceptanceOf(verdict);
  CHECK(accepted.group->text() == "Line-1");
  CHECK_FALSE(accepted.enrollment);
  CHECK(accepted.path == std::vector{rig.device.certificate,
                                     rig.middle.certificate,
                                     rig.root.certificate});
  CHECK(verdict.registration_id == Rid("dev-1"));
  const auto entry = [](const std::string& name, const Forged& forged) {
    return R"({"subject":"CN=)" + name + R"(","thumbprint":")" +
           forged.certificate.thumbprint() + "\"}";
  };
  CHECK(
      ToJson(verdict) ==
      R"({"registrationId":"dev-1","accepted":true,)"
      R"("enrollmentGroup":"Line-1","provisioningStatus":"enabled","path":[)" +
          entry("dev-1", rig.device) + "," + entry("Middle", rig.middle) + "," +
          entry("Root", rig.root) + R"(],"validUntilUtc":")" +
          FormatUtc(rig.device.certificate.not_after()) + "\"}");
}

TEST_CASE("explain: the nearest enrolled CA decides, disabled or not") {
  ExplainRig rig;
  rig.AddGroup("far", rig.root);
  rig.AddGroup("near", rig.middle, ProvisioningStatus::kDisabled);
  const ProofVerdict verdict = rig.OfChain({rig.middle.certificate});
  CHECK(AcceptanceOf(verdict).group->text() == "near");
  CHECK(AcceptanceOf(verdict).path.size() == 2);
  CHECK(ToJson(verdict).find(R"("provisioningStatus":"disabled")") !=
        std::string::npos);
}

TEST_CASE("explain: an individual enrollment is named, with the leaf alone") {
  ExplainRig rig;
  rig.AddIndividual(rig.device.certificate);
  rig.AddGroup("far", rig.root);
  const ProofVerdict verdict = rig.OfChain({rig.middle.certificate});
  CHECK(AcceptanceOf(verdict).enrollment == Rid("dev-1"));
  CHECK(AcceptanceOf(verdict).path == std::vector{rig.device.certificate});
}

TEST_CASE("explain: a stranger is refused in the handshake, and told why") {
  ExplainRig rig;
  const ProofVerdict verdict = rig.OfChain({rig.middle.certificate});
  CHECK(RefusalOf(verdict).in_handshake);
  CHECK(RefusalOf(verdict).reason.find("the chain ends at CN=Middle") !=
        std::string::npos);
  CHECK(ToJson(verdict).starts_with(
      R"({"registrationId":"dev-1","accepted":false,)"
      R"("refusedAt":"tlsHandshake","reason":")"));
}

TEST_CASE("explain: what only CONNECT can refuse is told so") {
  ExplainRig rig;
  rig.AddGroup("line", rig.root);
  const ProofVerdict other_id =
      rig.OfChain({rig.middle.certificate}, Rid("dev-2"));
  CHECK_FALSE(RefusalOf(other_id).in_handshake);
  CHECK(ToJson(other_id).find(R"("registrationId":"dev-2")") !=
        std::string::npos);
  rig.AddIndividual(rig.root.certificate);
  CHECK(RefusalOf(rig.OfChain({rig.middle.certificate}))
            .reason.find("neither the primary nor the secondary") !=
        std::string::npos);
}

TEST_CASE("explain: a certificate without a registration id has no verdict's") {
  ExplainRig rig;
  CertificateSpec spec = LeafSpec("dev-1", &rig.root);
  spec.common_names = {"a", "b"};
  rig.AddGroup("line", rig.root);
  const ProofVerdict verdict =
      rig.Of({.id_scope = TestScope(),
              .registration_id = {},
              .evidence = PresentedChain{Forge(spec).certificate, {}}})
          .value();
  CHECK_FALSE(verdict.registration_id);
  CHECK(RefusalOf(verdict).reason.find("more than one common name") !=
        std::string::npos);
  CHECK(ToJson(verdict).starts_with(R"({"accepted":false)"));
}

TEST_CASE("explain: the rules are those it is given") {
  ExplainRig rig;
  rig.AddGroup("line", rig.root);
  const ProofQuestion question{
      .id_scope = TestScope(),
      .registration_id = {},
      .evidence =
          PresentedChain{rig.device.certificate, {rig.middle.certificate}}};
  Moment strict = kMoment;
  strict.rules.certificates.chain_max = 1;
  CHECK(RefusalOf(rig.Of(question, strict).value()).reason ==
        "2 certificates are presented, 1 are allowed");
  strict = kMoment;
  strict.rules.certificates.security_level = 5;
  CHECK(RefusalOf(rig.Of(question, strict).value())
            .reason.find("security level") != std::string::npos);
  Moment late = kMoment;
  late.now = rig.device.certificate.not_after() + std::chrono::hours(1);
  CHECK(RefusalOf(rig.Of(question, late).value()).reason.find("expired") !=
        std::string::npos);
}

TEST_CASE("explain: a list's end counts only if an expired one refuses") {
  ExplainRig rig;
  rig.AddGroup("line", rig.root);
  const CaCertificate listed{
      .name = CertificateName::Parse("middle").value(),
      .certificate = Enroll(rig.middle.certificate),
      .revocations =
          RevocationInfo{.this_update = kNoon,
                         .next_update = kNoon + std::chrono::hours(1),
                         .number = "01",
                         .entries = 0},
      .etag_text = "e"};
  REQUIRE(rig.store.Commit(
      {.changes = {Put<CaCertificate>{TestScope(), listed, {}}}}));
  const ProofQuestion question{
      .id_scope = TestScope(),
      .registration_id = {},
      .evidence =
          PresentedChain{rig.device.certificate, {rig.middle.certificate}}};
  CHECK(AcceptanceOf(rig.Of(question).value()).valid_until ==
        rig.device.certificate.not_after());
  Moment strict = kMoment;
  strict.rules.expired_list = ExpiredRevocationList::kRefuse;
  CHECK(AcceptanceOf(rig.Of(question, strict).value()).valid_until ==
        kNoon + std::chrono::hours(1));
}

TEST_CASE("explain: a token is judged, too") {
  ExplainRig rig;
  Save(rig.store, EnrollmentOf("dev-1"));
  const auto ask = [&](UtcTime expiry) {
    return rig
        .Of({.id_scope = TestScope(),
             .registration_id = Rid("dev-1"),
             .evidence = ParseSasToken(TokenFor("dev-1", TestKey('s'), expiry))
                             .value()})
        .value();
  };
  CHECK(ToJson(ask(kNoon + std::chrono::hours(1))) ==
        R"({"registrationId":"dev-1","accepted":true,"enrollment":"dev-1",)"
        R"("provisioningStatus":"enabled"})");
  const ProofVerdict expired = ask(kNoon - std::chrono::hours(1));
  CHECK_FALSE(RefusalOf(expired).in_handshake);
  CHECK(RefusalOf(expired).reason.find("expired") != std::string::npos);
}

TEST_CASE("explain: an unknown ID scope is an error of the question") {
  ExplainRig rig;
  const auto verdict =
      rig.Of({.id_scope = *IdScope::Parse("0neOTHER"),
              .registration_id = {},
              .evidence = PresentedChain{rig.device.certificate, {}}});
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().message == "unknown ID scope 0neOTHER");
}

}  // namespace dps
