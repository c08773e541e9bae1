// SPDX-License-Identifier: Apache-2.0
#include "core/registration/anchors.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "core/store/memory_store.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/fleet.h"
#include "tests/support/spoiled_snapshot.h"

namespace dps {
namespace {

// A store with a group for each of some CA certificates, and an empty one: what
// is found in there is remembered.
struct AnchorsRig {
  // The group is called as its CA.
  Certificate AddGroup(const std::string& name) {
    const Certificate ca = Forge(CaSpec(name)).certificate;
    EnrollmentGroup group{.enrollment_group_id = Id(name)};
    group.terms.attestation =
        X509Attestation{.kind = X509Attestation::Kind::kSigningCertificates,
                        .primary = Enroll(ca)};
    Save(store, group);
    return ca;
  }
  static EnrollmentGroupId Id(const std::string& name) {
    return *EnrollmentGroupId::Parse(name);
  }
  std::size_t CountIn(Store& where, AnchorBook& of, const Certificate& ca) {
    const auto found = of.OfSubject(**where.Read(), ca.subject_digest());
    REQUIRE(found);
    return (*found)->size();
  }

  MemoryStore store;
  MemoryStore empty;
  AnchorMemory memory{2};
  AnchorBook book{TestScope(), 1, memory};
};

}  // namespace

TEST_CASE("anchors: a group's CA certificate is found by its subject") {
  AnchorsRig rig;
  const Certificate ca = rig.AddGroup("plant");
  const auto found =
      rig.book.OfSubject(**rig.store.Read(), ca.subject_digest());
  REQUIRE(found);
  REQUIRE((*found)->size() == 1);
  const Anchor& anchor = (*found)->front();
  CHECK(anchor.certificate == ca);
  CHECK(anchor.group->enrollment_group_id.text() == "plant");
  CHECK_FALSE(anchor.unverified);
}

TEST_CASE("anchors: what was found is not read again") {
  AnchorsRig rig;
  const Certificate ca = rig.AddGroup("plant");
  CHECK(rig.CountIn(rig.empty, rig.book, ca) == 0);
  CHECK(rig.CountIn(rig.store, rig.book, ca) == 1);
  CHECK(rig.CountIn(rig.empty, rig.book, ca) == 1);
  const auto group = rig.book.Group(**rig.empty.Read(), rig.Id("plant"));
  REQUIRE(group);
  CHECK(*group != nullptr);
}

TEST_CASE("anchors: scopes and config versions do not share what they found") {
  AnchorsRig rig;
  const Certificate ca = rig.AddGroup("plant");
  CHECK(rig.CountIn(rig.store, rig.book, ca) == 1);
  AnchorBook later{TestScope(), 2, rig.memory};
  CHECK(rig.CountIn(rig.empty, later, ca) == 0);
  AnchorBook other{*IdScope::Parse("0neOTHER"), 1, rig.memory};
  CHECK(rig.CountIn(rig.store, other, ca) == 0);
  CHECK(*other.Group(**rig.store.Read(), rig.Id("plant")) == nullptr);
}

TEST_CASE("anchors: a change of configuration parses no certificate anew") {
  AnchorsRig rig;
  const Certificate ca = rig.AddGroup("plant");
  const auto certificate_at = [&](std::uint64_t version) {
    AnchorBook book{TestScope(), version, rig.memory};
    const auto found = book.OfSubject(**rig.store.Read(), ca.subject_digest());
    REQUIRE(found);
    REQUIRE((*found)->size() == 1);
    return (*found)->front().certificate.get();
  };
  CHECK(certificate_at(1) == certificate_at(2));
}

TEST_CASE("anchors: the books of all scopes together keep a bounded number") {
  AnchorsRig rig;
  const Certificate first = rig.AddGroup("ca-0");
  CHECK(rig.CountIn(rig.store, rig.book, first) == 1);
  for (int i = 1; i < 20; ++i) {
    AnchorBook book{TestScope(), static_cast<std::uint64_t>(i % 3), rig.memory};
    const Certificate ca = rig.AddGroup("ca-" + std::to_string(i));
    CHECK(rig.CountIn(rig.store, book, ca) == 1);
    CHECK(rig.memory.by_subject.size() <= 4);
    CHECK(rig.memory.groups.size() <= 4);
    CHECK(rig.memory.certificates.size() <= 4);
  }
  CHECK(rig.CountIn(rig.empty, rig.book, first) == 0);
  CHECK(rig.CountIn(rig.store, rig.book, first) == 1);
}

TEST_CASE("anchors: a group in use outlives its place in memory") {
  AnchorsRig rig;
  const Certificate ca = rig.AddGroup("plant");
  const auto snapshot = *rig.store.Read();
  const Anchor anchor =
      (*rig.book.OfSubject(*snapshot, ca.subject_digest()))->front();
  const SharedGroup group = *rig.book.Group(*snapshot, rig.Id("plant"));
  rig.memory.Clear();
  CHECK(anchor.group->enrollment_group_id.text() == "plant");
  CHECK(group->enrollment_group_id.text() == "plant");
}

TEST_CASE("anchors: an index that is broken is our defect") {
  AnchorsRig rig;
  IndexEntry entry{TestScope(), IndexedKind::kEnrollmentGroup, "no name", "t"};
  SUBCASE("a group's") {}
  SUBCASE("a CA certificate's") { entry.kind = IndexedKind::kCaCertificate; }
  SpoiledSnapshot snapshot(*rig.store.Read(), [&](const IndexTerm&) {
    return std::vector<IndexEntry>{entry};
  });
  const auto found = rig.book.OfSubject(snapshot, "S");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Errc::kInternal);
}

TEST_CASE("anchors: what the index says and a group does not is no anchor") {
  AnchorsRig rig;
  const std::string keys_only = "keys";
  Save(rig.store, GroupOf(keys_only));
  rig.AddGroup("plant");
  for (const std::string& group :
       {keys_only, std::string("plant"), std::string("gone")}) {
    CAPTURE(group);
    SpoiledSnapshot snapshot(*rig.store.Read(), [&](const IndexTerm&) {
      return std::vector<IndexEntry>{
          {TestScope(), IndexedKind::kEnrollmentGroup, group, "OTHER"}};
    });
    const auto found = rig.book.OfSubject(snapshot, "S");
    REQUIRE(found);
    CHECK((*found)->empty());
  }
}

}  // namespace dps
