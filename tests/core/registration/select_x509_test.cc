// SPDX-License-Identifier: Apache-2.0
#include "core/registration/select_x509.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "core/store/memory_store.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/fleet.h"
#include "tests/support/spoiled_snapshot.h"

namespace dps {
namespace {

using std::chrono::hours;
using Kind = X509Attestation::Kind;

CertificateName Name(std::string_view text) {
  return *CertificateName::Parse(text);
}

// A root, an intermediate, and the device dev-1 below; and a store in which
// they are enrolled, or not.
struct SelectX509Rig {
  SelectX509Rig() { AddInstance(store); }

  EnrollmentGroup GroupWith(std::string_view id, const Forged& primary,
                            const Forged* secondary = nullptr) {
    EnrollmentGroup group{.enrollment_group_id = *EnrollmentGroupId::Parse(id)};
    X509Attestation x509{.kind = Kind::kSigningCertificates,
                         .primary = Enroll(primary.certificate)};
    if (secondary != nullptr) x509.secondary = Enroll(secondary->certificate);
    group.terms.attestation = x509;
    group.terms.etag = "etag-1";
    return group;
  }
  void AddGroup(std::string_view id, const Forged& ca,
                ProvisioningStatus status = ProvisioningStatus::kEnabled) {
    EnrollmentGroup group = GroupWith(id, ca);
    group.terms.provisioning_status = status;
    Save(store, group);
  }
  void RemoveGroup(const std::string& id) {
    REQUIRE(store.Commit(
        {.changes = {Remove<EnrollmentGroup>{TestScope(), id, {}}}}));
  }
  void AddReference(std::string_view group_id, std::string_view name) {
    EnrollmentGroup group{.enrollment_group_id =
                              *EnrollmentGroupId::Parse(group_id)};
    group.terms.attestation =
        X509Attestation{.kind = Kind::kCaReferences, .primary_ca = Name(name)};
    Save(store, group);
  }
  void AddCa(std::string_view name, const Forged& ca, bool is_verified,
             std::optional<RevocationInfo> revocations = std::nullopt) {
    REQUIRE(
        store.Commit({.changes = {Put<CaCertificate>{
                          TestScope(),
                          CaCertificate{.name = Name(name),
                                        .certificate = Enroll(ca.certificate),
                                        .is_verified = is_verified,
                                        .revocations = std::move(revocations)},
                          {}}}}));
  }
  // Scopes before this one that enrolled CAs of that name.
  void AddTenants(int count, const CertificateSpec& ca) {
    for (int i = 0; i < count; ++i) {
      const IdScope other =
          *IdScope::Parse("0ne000" + std::to_string(++tenants));
      AddInstance(store, other);
      REQUIRE(store.Commit({.changes = {Put<EnrollmentGroup>{
                                other, GroupWith("theirs", Forge(ca)), {}}}}));
    }
  }
  void Revoke(std::string_view name, const Forged& ca,
              const Certificate& certificate) {
    REQUIRE(
        store.Commit({.changes = {Put<RevokedCertificates>{
                          TestScope(),
                          {.name = Name(name),
                           .subject_digest = ca.certificate.subject_digest(),
                           .serials = {certificate.SerialNumber()}},
                          {}}}}));
  }
  void AddIndividual(const X509Attestation& x509,
                     ProvisioningStatus status = ProvisioningStatus::kEnabled) {
    IndividualEnrollment enrollment{.registration_id = Rid("dev-1")};
    enrollment.terms.attestation = x509;
    enrollment.terms.provisioning_status = status;
    Save(store, enrollment);
  }

  Result<Selection> Judge(const PresentedChain& chain, Moment moment) {
    snapshot = *store.Read();
    ScopeConfig* config = *cache.At(*snapshot, TestScope());
    return Select(*snapshot, *config, {TestScope(), Rid(asked_id), chain},
                  moment);
  }
  // The group or individual that accepted, or why none did.
  std::string Verdict(const PresentedChain& chain, UtcTime now = kNoon) {
    const auto selection = Judge(chain, {.now = now, .rules = rules});
    if (!selection) {
      CHECK(selection.error().code == Errc::kInvalidCertificate);
      return selection.error().message;
    }
    const bool enabled =
        selection->terms().provisioning_status == ProvisioningStatus::kEnabled;
    const auto& group = selection->acceptance.group;
    return (group ? group->text() : "individual") +
           (enabled ? "" : ", disabled");
  }
  std::string Verdict() { return Verdict(Chain()); }
  PresentedChain Chain() const {
    return {.leaf = leaf.certificate, .others = {lower.certificate}};
  }
  Status Admit(const PresentedChain& chain, UtcTime now = kNoon) {
    return AdmitCertificate(*store.Read().value(), cache, chain, {.now = now});
  }

  Forged root = Forge(CaSpec("root"));
  Forged lower = Forge(CaSpec("lower", &root));
  Forged leaf = Forge(LeafSpec("dev-1", &lower));
  MemoryStore store;
  std::unique_ptr<Snapshot> snapshot;
  ConfigCache cache;
  ProofRules rules;
  std::string asked_id = "dev-1";
  int tenants = 0;
};

bool Has(const std::string& text, const std::string& part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("select_x509: a group accepts what its CA certificate signed") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  CHECK(rig.Verdict() == "fleet");
  CHECK(Has(rig.Verdict({.leaf = rig.leaf.certificate}),
            "the chain ends at CN=dev-1"));
}

TEST_CASE("select_x509: the leaf alone will do where its issuer is enrolled") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.lower);
  CHECK(rig.Verdict({.leaf = rig.leaf.certificate}) == "fleet");
}

TEST_CASE("select_x509: primary and secondary CA certificates count alike") {
  SelectX509Rig rig;
  const Forged other = Forge(CaSpec("other"));
  Save(rig.store, rig.GroupWith("fleet", other, &rig.root));
  CHECK(rig.Verdict() == "fleet");
  Save(rig.store, rig.GroupWith("fleet", rig.root, &other));
  CHECK(rig.Verdict() == "fleet");
  Save(rig.store, rig.GroupWith("fleet", other));
  CHECK(Has(rig.Verdict(), "the chain ends at"));
}

TEST_CASE("select_x509: the nearest enrolled certificate decides") {
  SelectX509Rig rig;
  rig.AddGroup("of-root", rig.root);
  rig.AddGroup("of-lower", rig.lower);
  CHECK(rig.Verdict() == "of-lower");
  rig.AddGroup("of-lower", rig.lower, ProvisioningStatus::kDisabled);
  CHECK(rig.Verdict() == "of-lower, disabled");  // the root is not consulted
  rig.RemoveGroup("of-lower");
  CHECK(rig.Verdict() == "of-root");
}

TEST_CASE("select_x509: a twin of a disabled CA does not evade it") {
  SelectX509Rig rig;
  CertificateSpec twin_spec = CaSpec("lower", &rig.root);
  twin_spec.key = rig.lower.key;
  twin_spec.serial = 2;
  const Forged twin = Forge(twin_spec);
  rig.AddGroup("of-root", rig.root);
  rig.AddGroup("of-lower", rig.lower, ProvisioningStatus::kDisabled);
  CHECK(rig.Verdict({.leaf = rig.leaf.certificate,
                     .others = {twin.certificate}}) == "of-lower, disabled");
}

TEST_CASE("select_x509: an individual enrollment wants its certificate") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  const Forged own = Forge(LeafSpec("dev-1"));
  rig.AddIndividual({.primary = Enroll(own.certificate)});
  CHECK(rig.Verdict({.leaf = own.certificate}) == "individual");
  CHECK(Has(rig.Verdict(), "neither the primary nor the secondary"));
  rig.AddIndividual({.primary = Enroll(own.certificate),
                     .secondary = Enroll(rig.leaf.certificate)});
  CHECK(rig.Verdict() == "individual");
  CHECK(rig.Verdict({.leaf = own.certificate}) == "individual");
  CHECK(Has(rig.Verdict({.leaf = own.certificate}, kNoon + hours(24 * 366)),
            "expired"));
}

TEST_CASE("select_x509: an individual enrollment of any type comes first") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  IndividualEnrollment blocked = EnrollmentOf("dev-1");  // with keys
  blocked.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(rig.store, blocked);
  CHECK(rig.Verdict() == "individual, disabled");
  blocked.terms.provisioning_status = ProvisioningStatus::kEnabled;
  Save(rig.store, blocked);
  CHECK(Has(rig.Verdict(), "asks for a SAS token"));
}

TEST_CASE("select_x509: a disabled individual enrollment blocks the device") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  rig.AddIndividual({.primary = Enroll(rig.leaf.certificate)},
                    ProvisioningStatus::kDisabled);
  CHECK(rig.Verdict() == "individual, disabled");
}

TEST_CASE("select_x509: what blocks a group's device ends as its verdict") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  rig.AddCa("plant", rig.lower, false,
            RevocationInfo{.this_update = kNoon,
                           .next_update = kNoon + hours(1),
                           .number = "01",
                           .entries = 0});
  rig.AddIndividual({.primary = Enroll(Forge(LeafSpec("dev-1")).certificate)},
                    ProvisioningStatus::kDisabled);
  const auto early = rig.Judge(rig.Chain(), {.now = kNoon, .rules = {}});
  REQUIRE(early);
  CHECK(early->individual);
  CHECK_FALSE(early->acceptance.group);
  CHECK(early->acceptance.valid_until == kNoon + hours(1));
  const auto late =
      rig.Judge(rig.Chain(), {.now = kNoon + hours(2), .rules = {}});
  REQUIRE(late);
  CHECK(Has(late->remark, "revocation list of certificate plant expired"));
}

TEST_CASE("select_x509: a store that fails is no verdict on a blocked device") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  Certificate enrolled = Forge(LeafSpec("dev-1")).certificate;
  SUBCASE("while the group is asked") {}
  SUBCASE("while the enrollment is asked") { enrolled = rig.leaf.certificate; }
  rig.AddIndividual({.primary = Enroll(enrolled)},
                    ProvisioningStatus::kDisabled);
  CHECK(rig.Verdict() == "individual, disabled");
  rig.cache.Clear();
  SpoiledSnapshot snapshot(
      *rig.store.Read(), [](const IndexTerm& term) -> SpoiledSnapshot::Entries {
        if (term.text() == IndexTerm::SymmetricKeyGroups().text()) {
          return std::vector<IndexEntry>{};
        }
        return Fail(Errc::kUnavailable, "the disk failed");
      });
  ScopeConfig* config = *rig.cache.At(snapshot, TestScope());
  const auto selection =
      Select(snapshot, *config, {TestScope(), Rid("dev-1"), rig.Chain()},
             {.now = kNoon, .rules = {}});
  REQUIRE_FALSE(selection);
  CHECK(selection.error().code == Errc::kUnavailable);
}

TEST_CASE("select_x509: the registration id is the common name, in any case") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  rig.asked_id = "DEV-1";
  CHECK(rig.Verdict() == "fleet");
  rig.asked_id = "dev-2";
  CHECK(rig.Verdict() ==
        "the certificate's common name is dev-1, the registration id dev-2");
}

TEST_CASE("select_x509: a CA by reference counts once it is verified") {
  SelectX509Rig rig;
  rig.AddReference("fleet", "Plant");
  CHECK(Has(rig.Verdict(), "the chain ends at"));
  rig.AddCa("plant", rig.root, false);
  CHECK(Has(rig.Verdict(), "plant that group fleet refers to is not verified"));
  rig.AddCa("plant", rig.root, true);
  CHECK(rig.Verdict() == "fleet");
}

TEST_CASE("select_x509: a CA that no group refers to opens no door") {
  SelectX509Rig rig;
  rig.AddCa("plant", rig.root, true);
  CHECK(Has(rig.Verdict(), "the chain ends at"));
  CHECK_FALSE(rig.Admit(rig.Chain()));
}

TEST_CASE(
    "select_x509: a revoked certificate anywhere in the path is refused") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  rig.Revoke("plant", rig.lower, rig.leaf.certificate);
  CHECK(rig.Verdict() == "CN=dev-1, serial number " +
                             rig.leaf.certificate.SerialNumber() +
                             ", is revoked by CN=lower");
  rig.Revoke("plant", rig.root, rig.lower.certificate);
  CHECK(Has(rig.Verdict(), "CN=lower, serial number"));
  rig.AddIndividual({.primary = Enroll(rig.leaf.certificate)});
  CHECK(rig.Verdict() == "individual");
  rig.Revoke("plant", rig.lower, rig.leaf.certificate);
  CHECK(Has(rig.Verdict(), "is revoked by CN=lower"));
}

TEST_CASE("select_x509: a list says nothing of what a namesake's key signed") {
  SelectX509Rig rig;
  const Forged old_lower = Forge(CaSpec("lower", &rig.root));
  const RevocationInfo expired{.this_update = kNoon - hours(2),
                               .next_update = kNoon - hours(1),
                               .number = "01",
                               .entries = 1};
  rig.AddGroup("fleet", rig.root);
  rig.AddCa("old", old_lower, false, expired);
  rig.Revoke("old", old_lower, rig.leaf.certificate);
  rig.rules.expired_list = ExpiredRevocationList::kRefuse;
  CHECK(rig.Verdict() == "fleet");
  rig.AddIndividual({.primary = Enroll(rig.leaf.certificate)});
  CHECK(rig.Verdict() == "individual");
  // One certificate of the same key is as good as another.
  CertificateSpec renewed = CaSpec("lower", &rig.root);
  renewed.key = rig.lower.key;
  renewed.serial = 2;
  rig.AddCa("new", Forge(renewed), false, expired);
  CHECK(Has(rig.Verdict(), "the revocation list of certificate new expired"));
  rig.Revoke("new", rig.lower, rig.leaf.certificate);
  CHECK(Has(rig.Verdict(), "is revoked by CN=lower"));
  REQUIRE(rig.store.Commit(
      {.changes = {Remove<IndividualEnrollment>{TestScope(), "dev-1", {}}}}));
  CHECK(Has(rig.Verdict(), "is revoked by CN=lower"));
}

TEST_CASE("select_x509: an expired revocation list is handled as configured") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  rig.AddCa("plant", rig.lower, false,
            RevocationInfo{.this_update = kNoon,
                           .next_update = kNoon + hours(1),
                           .number = "01",
                           .entries = 0});
  const auto early = rig.Judge(rig.Chain(), {.now = kNoon, .rules = {}});
  CHECK(early->acceptance.valid_until == kNoon + hours(1));
  CHECK(early->remark.empty());
  const UtcTime late = kNoon + hours(2);
  const auto accepted = rig.Judge(rig.Chain(), {.now = late, .rules = {}});
  REQUIRE(accepted);
  CHECK(Has(accepted->remark, "revocation list of certificate plant expired"));
  rig.rules.expired_list = ExpiredRevocationList::kRefuse;
  CHECK(Has(rig.Verdict(rig.Chain(), late), "plant expired at"));
  CHECK(rig.Verdict() == "fleet");
}

TEST_CASE(
    "select_x509: a verdict ends with the first certificate of the path") {
  SelectX509Rig rig;
  CertificateSpec brief = LeafSpec("dev-1", &rig.lower);
  brief.not_after = kNoon + hours(5);
  rig.leaf = Forge(brief);
  rig.AddGroup("fleet", rig.root);
  const auto selection = rig.Judge(rig.Chain(), {.now = kNoon, .rules = {}});
  REQUIRE(selection);
  CHECK(selection->acceptance.valid_until == kNoon + hours(5));
  CHECK(*selection->acceptance.anchor == rig.root.certificate);
  const Proof proof{TestScope(), Rid("dev-1"), rig.Chain()};
  ScopeConfig* config = *rig.cache.At(*rig.snapshot, TestScope());
  CHECK(SelectAgain(*rig.snapshot, *config, proof, selection->acceptance,
                    {.now = kNoon + hours(5), .rules = {}}));
  const auto expired =
      SelectAgain(*rig.snapshot, *config, proof, selection->acceptance,
                  {.now = kNoon + hours(6), .rules = {}});
  REQUIRE_FALSE(expired);
  CHECK(Has(expired.error().message, "expired"));
}

TEST_CASE("select_x509: a handshake ends well for what some scope enrolled") {
  SelectX509Rig rig;
  CHECK_FALSE(rig.Admit(rig.Chain()));
  const IdScope other = *IdScope::Parse("0neOTHER");
  AddInstance(rig.store, other);
  REQUIRE(
      rig.store.Commit({.changes = {Put<EnrollmentGroup>{
                            other, rig.GroupWith("theirs", rig.root), {}}}}));
  CHECK(rig.Admit(rig.Chain()));
  CHECK_FALSE(rig.Admit({.leaf = rig.leaf.certificate}));
  CHECK(Has(rig.Verdict(), "the chain ends at"));  // not in this scope

  const Forged own = Forge(LeafSpec("dev-1"));
  CHECK_FALSE(rig.Admit({.leaf = own.certificate}));
  rig.AddIndividual({.primary = Enroll(own.certificate)});
  CHECK(rig.Admit({.leaf = own.certificate}));
  CHECK_FALSE(rig.Admit({.leaf = own.certificate}, kNoon + hours(24 * 366)));
}

TEST_CASE("select_x509: a tenant's CA stands in no other tenant's way") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  CertificateSpec twin_spec = CaSpec("root");
  twin_spec.key = rig.root.key;
  twin_spec.basic_constraints = "critical,CA:TRUE,pathlen:0";
  twin_spec.serial = 2;
  const Forged twin = Forge(twin_spec);
  for (const char* name : {"0neAAAAAAAA", "0neZZZZZZZZ"}) {
    const IdScope other = *IdScope::Parse(name);
    AddInstance(rig.store, other);
    REQUIRE(rig.store.Commit({.changes = {Put<EnrollmentGroup>{
                                  other, rig.GroupWith("theirs", twin), {}}}}));
  }
  PresentedChain chain = rig.Chain();
  CHECK(rig.Admit(chain));
  chain.others.push_back(twin.certificate);
  CHECK(rig.Admit(chain));
  rig.RemoveGroup("fleet");
  CHECK_FALSE(rig.Admit(chain));
}

TEST_CASE("select_x509: namesakes of other tenants do not use up a handshake") {
  SelectX509Rig rig;
  rig.AddTenants(15, CaSpec("root"));
  CHECK_FALSE(rig.Admit(rig.Chain()));
  rig.AddGroup("fleet", rig.root);
  CHECK(rig.Admit(rig.Chain()));
  // The twin, which may sign no intermediate, has to be passed over.
  CertificateSpec twin_spec = CaSpec("root");
  twin_spec.key = rig.root.key;
  twin_spec.basic_constraints = "critical,CA:TRUE,pathlen:0";
  rig.AddTenants(1, twin_spec);
  CHECK(rig.Admit(rig.Chain()));
}

TEST_CASE("select_x509: key identifiers tell any number of namesakes apart") {
  SelectX509Rig rig;
  CertificateSpec spec = CaSpec("root");
  spec.key_ids = true;
  rig.AddTenants(60, spec);
  rig.root = Forge(spec);
  CertificateSpec lower = CaSpec("lower", &rig.root);
  lower.key_ids = true;
  rig.lower = Forge(lower);
  rig.leaf = Forge(LeafSpec("dev-1", &rig.lower));
  rig.AddGroup("fleet", rig.root);
  CHECK(rig.Admit(rig.Chain()));
}

TEST_CASE("select_x509: a refusal names the limit that was in the way") {
  SelectX509Rig rig;
  rig.AddTenants(30, CaSpec("root"));
  rig.AddGroup("fleet", rig.root);
  CHECK(Has(rig.Admit(rig.Chain()).error().message,
            "more than 24 signatures would have to be verified"));
  rig.AddTenants(70, CaSpec("root"));
  CHECK(Has(rig.Admit(rig.Chain()).error().message,
            "only the first 64 CA certificates enrolled under one name"));
}

TEST_CASE("select_x509: a CA's own certificate is no device's") {
  SelectX509Rig rig;
  rig.AddGroup("fleet", rig.root);
  CHECK_FALSE(rig.Admit({.leaf = rig.root.certificate}));
  rig.asked_id = "root";
  CHECK(Has(rig.Verdict({.leaf = rig.root.certificate}), "root"));
}

}  // namespace dps
