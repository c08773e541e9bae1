// SPDX-License-Identifier: Apache-2.0
// What every store promises of its index (core/store/store.h, index.h).
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/store/lmdb_store.h"
#include "core/store/memory_store.h"
#include "tests/core/store/store_scene.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

struct MemoryStoreFixture {
  MemoryStore store;
};

struct LmdbStoreFixture {
  TempDir directory;
  std::unique_ptr<LmdbStore> owned =
      LmdbStore::Open({.directory = directory.path(), .create = true}).value();
  LmdbStore& store = *owned;
};

#define INDEX_STORES MemoryStoreFixture, LmdbStoreFixture

const IdScope kOther = Scope("0ne00000002");

// Certificates that exist by name only: no store looks into them.
EnrolledCertificate Named(const std::string& thumbprint,
                          const std::string& subject = "S") {
  EnrolledCertificate certificate{.der = "der", .subject_digest = subject};
  certificate.info.subject_name = "CN=" + subject;
  certificate.info.sha256_thumbprint = thumbprint;
  return certificate;
}

IndividualEnrollment WithCertificates(std::string_view id,
                                      const std::string& primary,
                                      const std::string& secondary = "") {
  IndividualEnrollment enrollment = EnrollmentDocument(id);
  X509Attestation x509;
  x509.primary = Named(primary);
  if (!secondary.empty()) x509.secondary = Named(secondary);
  enrollment.terms.attestation = x509;
  return enrollment;
}

EnrollmentGroup WithCas(std::string_view id, const EnrolledCertificate& primary,
                        const EnrolledCertificate& secondary) {
  EnrollmentGroup group = GroupDocument(id);
  group.terms.attestation =
      X509Attestation{.kind = X509Attestation::Kind::kSigningCertificates,
                      .primary = primary,
                      .secondary = secondary};
  return group;
}

EnrollmentGroup Referring(std::string_view id, std::string_view name) {
  EnrollmentGroup group = GroupDocument(id);
  group.terms.attestation =
      X509Attestation{.kind = X509Attestation::Kind::kCaReferences,
                      .primary_ca = *CertificateName::Parse(name)};
  return group;
}

template <class Document>
Status Save(Store& store, const Document& document,
            const IdScope& scope = kScope) {
  return store.Commit({.changes = {Put<Document>{scope, document, {}}}});
}

template <class Document>
Status Drop(Store& store, const std::string& key) {
  return store.Commit({.changes = {Remove<Document>{kScope, key, {}}}});
}

// "g:line-7 T1" for each entry; the scope in front where it is another.
std::vector<std::string> Find(Store& store, const IndexTerm& term,
                              const std::optional<IdScope>& scope = kScope,
                              std::size_t limit = 100) {
  std::vector<std::string> found;
  const auto snapshot = store.Read().value();
  const auto entries = snapshot->FindIndexed(term, scope, limit).value();
  for (const IndexEntry& entry : entries) {
    std::string text = entry.scope == kScope ? "" : entry.scope.text() + " ";
    text += static_cast<char>(entry.kind);
    text += ":" + entry.key;
    if (!entry.thumbprint.empty()) text += " " + entry.thumbprint;
    found.push_back(text);
  }
  return found;
}

using Found = std::vector<std::string>;

}  // namespace

}  // namespace dps

TYPE_TO_STRING_AS("memory", dps::MemoryStoreFixture);
TYPE_TO_STRING_AS("lmdb", dps::LmdbStoreFixture);

namespace dps {

TEST_CASE_TEMPLATE("index_contract: a certificate leads to what holds it",
                   Fixture, INDEX_STORES) {
  Fixture fixture;
  REQUIRE(Save(fixture.store, WithCertificates("dev-1", "AA", "BB")));
  REQUIRE(Save(fixture.store,
               WithCas("line-7", Named("CC", "S1"), Named("DD", "S1"))));
  REQUIRE(
      Save(fixture.store, CaCertificate{.name = *CertificateName::Parse("Root"),
                                        .certificate = Named("EE", "S1")}));
  const auto holding = [&](const char* thumbprint) {
    return Find(fixture.store, IndexTerm::Thumbprint(thumbprint));
  };
  CHECK(holding("AA") == Found{"e:dev-1"});
  CHECK(holding("BB") == Found{"e:dev-1"});
  CHECK(holding("DD") == Found{"g:line-7"});
  CHECK(holding("EE") == Found{"c:root"});
  CHECK(holding("A").empty());
  CHECK(holding("").empty());
  CHECK(Find(fixture.store, IndexTerm::CaSubject("S1")) ==
        Found{"c:root EE", "g:line-7 CC", "g:line-7 DD"});
  CHECK(Find(fixture.store, IndexTerm::CaSubject("S")).empty());
  CHECK(Find(fixture.store, IndexTerm::CaSubject("S1"), kScope, 2).size() == 2);
  CHECK(Find(fixture.store, IndexTerm::CaSubject("S1"), kScope, 0).empty());
}

TEST_CASE_TEMPLATE("index_contract: it follows every change of a document",
                   Fixture, INDEX_STORES) {
  Fixture fixture;
  REQUIRE(Save(fixture.store, WithCertificates("dev-1", "AA", "BB")));
  REQUIRE(Save(fixture.store, WithCertificates("dev-1", "CC")));
  CHECK(Find(fixture.store, IndexTerm::Thumbprint("AA")).empty());
  CHECK(Find(fixture.store, IndexTerm::Thumbprint("BB")).empty());
  CHECK(Find(fixture.store, IndexTerm::Thumbprint("CC")) == Found{"e:dev-1"});
  REQUIRE(Save(fixture.store, EnrollmentDocument("dev-1")));  // keys again
  CHECK(Find(fixture.store, IndexTerm::Thumbprint("CC")).empty());
  REQUIRE(Save(fixture.store, WithCertificates("dev-1", "DD")));
  REQUIRE(Drop<IndividualEnrollment>(fixture.store, "dev-1"));
  CHECK(Find(fixture.store, IndexTerm::Thumbprint("DD")).empty());
}

TEST_CASE_TEMPLATE("index_contract: a commit that fails leaves it alone",
                   Fixture, INDEX_STORES) {
  Fixture fixture;
  REQUIRE(Save(fixture.store, WithCertificates("dev-1", "AA")));
  CHECK_FALSE(fixture.store.Commit(
      {.changes = {
           Put<IndividualEnrollment>{
               kScope, WithCertificates("dev-1", "BB"), {}},
           Put<IndividualEnrollment>{kScope, WithCertificates("dev-1", "CC"),
                                     Expect::Absent()}}}));
  CHECK(Find(fixture.store, IndexTerm::Thumbprint("AA")) == Found{"e:dev-1"});
  CHECK(Find(fixture.store, IndexTerm::Thumbprint("BB")).empty());
}

TEST_CASE_TEMPLATE("index_contract: scopes are parted, or all asked at once",
                   Fixture, INDEX_STORES) {
  Fixture fixture;
  const auto group = WithCas("line-7", Named("CC", "S1"), Named("DD", "S2"));
  REQUIRE(Save(fixture.store, group, kOther));
  CHECK(Find(fixture.store, IndexTerm::CaSubject("S1")).empty());
  CHECK(Find(fixture.store, IndexTerm::CaSubject("S1"), std::nullopt) ==
        Found{"0ne00000002 g:line-7 CC"});
  REQUIRE(Save(fixture.store, group));
  CHECK(Find(fixture.store, IndexTerm::CaSubject("S1"), std::nullopt) ==
        Found{"g:line-7 CC", "0ne00000002 g:line-7 CC"});
}

TEST_CASE_TEMPLATE("index_contract: groups are found by keys and references",
                   Fixture, INDEX_STORES) {
  Fixture fixture;
  REQUIRE(Save(fixture.store, GroupDocument("with-keys")));
  REQUIRE(Save(fixture.store, Referring("with-ca", "Root")));
  CHECK(Find(fixture.store, IndexTerm::SymmetricKeyGroups()) ==
        Found{"g:with-keys"});
  CHECK(Find(fixture.store, IndexTerm::CaReference(*CertificateName::Parse(
                                "rOOT"))) == Found{"g:with-ca"});
  REQUIRE(Save(fixture.store, Referring("with-keys", "Root")));
  CHECK(Find(fixture.store, IndexTerm::SymmetricKeyGroups()).empty());
}

TEST_CASE_TEMPLATE("index_contract: a serial is revoked by its issuer only",
                   Fixture, INDEX_STORES) {
  Fixture fixture;
  const CertificateName name = *CertificateName::Parse("root");
  RevokedCertificates revoked{
      .name = name, .subject_digest = "S1", .serials = {"01", "0A3F"}};
  REQUIRE(Save(fixture.store, revoked));
  CHECK(Find(fixture.store, IndexTerm::Revoked("S1", "0A3F")) ==
        Found{"v:root"});
  CHECK(Find(fixture.store, IndexTerm::Revoked("S2", "0A3F")).empty());
  CHECK(Find(fixture.store, IndexTerm::Revoked("S1", "0A")).empty());
  const auto snapshot = fixture.store.Read().value();
  CHECK(*snapshot->FindRevokedCertificates(kScope, name) == revoked);
  revoked.serials = {"02"};
  REQUIRE(Save(fixture.store, revoked));
  CHECK(Find(fixture.store, IndexTerm::Revoked("S1", "01")).empty());
  CHECK(Find(fixture.store, IndexTerm::Revoked("S1", "02")).size() == 1);
}

TEST_CASE_TEMPLATE("index_contract: certificates are stored, listed, counted",
                   Fixture, INDEX_STORES) {
  Fixture fixture;
  CaCertificate certificate{.name = *CertificateName::Parse("Root"),
                            .certificate = Named("EE", "S1"),
                            .is_verified = true,
                            .verification_code = "code",
                            .etag_text = "etag-1",
                            .created = kNoon,
                            .last_updated = kNoon};
  certificate.revocations =
      RevocationInfo{.this_update = kNoon, .number = "05", .entries = 2};
  const auto before = fixture.store.Read().value()->ConfigVersion(kScope);
  REQUIRE(Save(fixture.store, certificate));
  const auto snapshot = fixture.store.Read().value();
  CHECK(*snapshot->ConfigVersion(kScope) == *before + 1);
  CHECK(*snapshot->FindCaCertificate(kScope, *CertificateName::Parse("root")) ==
        certificate);
  CHECK(snapshot->ListCaCertificates(kScope)->size() == 1);
  CHECK(snapshot->ListCaCertificates(kOther)->empty());
}

}  // namespace dps
