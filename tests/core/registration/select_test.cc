// SPDX-License-Identifier: Apache-2.0
#include "core/registration/select.h"

#include <doctest/doctest.h>

#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr seconds kSkew{60};

std::string DeviceToken(char key) {
  return TokenFor("dev-1", TestKey(key), kNoon + hours(1));
}
std::string DerivedToken(char group_key) {
  return TokenFor("dev-1", DeriveDeviceKey(TestKey(group_key), "dev-1"),
                  kNoon + hours(1));
}

EnrollmentTerms TermsWith(char key) {
  return {.attestation = SymmetricKeyAttestation{.primary_key = TestKey(key),
                                                 .secondary_key = TestKey('-')},
          .etag = "etag-1"};
}

// Selects for dev-1, on the store as it is at that time.
struct SelectRig {
  SelectRig() { AddInstance(store); }

  void AddGroup(std::string_view id, char key) {
    Save(store,
         EnrollmentGroup{.enrollment_group_id = *EnrollmentGroupId::Parse(id),
                         .terms = TermsWith(key)});
  }
  void AddIndividual(char key) {
    Save(store, IndividualEnrollment{.registration_id = Rid("dev-1"),
                                     .terms = TermsWith(key)});
  }

  Result<Selection> Of(const std::string& token, UtcTime now = kNoon) {
    ScopeConfig& config = Look();
    return Select(*snapshot, config, ProofOf(token),
                  {now, {.sas_skew = kSkew}});
  }
  Result<Selection> Again(const std::string& token, const Selection& before,
                          UtcTime now = kNoon) {
    ScopeConfig& config = Look();
    return SelectAgain(*snapshot, config, ProofOf(token), before.acceptance,
                       {now, {.sas_skew = kSkew}});
  }

  MemoryStore store;

 private:
  ScopeConfig& Look() {
    snapshot = *store.Read();
    const auto config = cache.At(*snapshot, TestScope());
    REQUIRE(config);
    return **config;
  }
  static Proof ProofOf(const std::string& token) {
    return {TestScope(), Rid("dev-1"), *ParseSasToken(token)};
  }

  std::unique_ptr<Snapshot> snapshot;
  ConfigCache cache;
};

Errc CodeOf(const Result<Selection>& selection) {
  REQUIRE_FALSE(selection);
  return selection.error().code;
}

std::string GroupIdOf(const Result<Selection>& selection) {
  REQUIRE(selection);
  REQUIRE(selection->group != nullptr);
  CHECK_FALSE(selection->individual);
  CHECK(selection->acceptance.group == selection->group->enrollment_group_id);
  return selection->group->enrollment_group_id.text();
}

}  // namespace

TEST_CASE("select: the individual enrollment decides by either of its keys") {
  SelectRig rig;
  rig.AddIndividual('i');
  for (const char key : {'i', '-'}) {
    const auto selection = rig.Of(DeviceToken(key));
    REQUIRE(selection);
    CHECK(selection->individual->registration_id == Rid("dev-1"));
    CHECK_FALSE(selection->acceptance.group);
    CHECK(selection->terms() == TermsWith('i'));
  }
}

TEST_CASE("select: an individual enrollment bars the way through a group") {
  SelectRig rig;
  rig.AddGroup("fleet", 'g');
  CHECK(GroupIdOf(rig.Of(DerivedToken('g'))) == "fleet");
  rig.AddIndividual('i');
  const auto selection = rig.Of(DerivedToken('g'));
  CHECK(CodeOf(selection) == Errc::kUnauthenticated);
  CHECK(selection.error().message ==
        "the SAS token is not signed by a key of the individual enrollment");
}

TEST_CASE("select: the group whose key signed decides, in key order") {
  SelectRig rig;
  rig.AddGroup("b", 'g');
  rig.AddGroup("a", 'x');
  CHECK(GroupIdOf(rig.Of(DerivedToken('g'))) == "b");
  CHECK(GroupIdOf(rig.Of(DerivedToken('-'))) == "a");
}

TEST_CASE("select: a group's own key or a stranger's opens nothing") {
  SelectRig rig;
  CHECK(CodeOf(rig.Of(DerivedToken('g'))) == Errc::kUnauthenticated);
  rig.AddGroup("fleet", 'g');
  CHECK(CodeOf(rig.Of(DeviceToken('g'))) == Errc::kUnauthenticated);
  CHECK(CodeOf(rig.Of(DerivedToken('x'))) == Errc::kUnauthenticated);
}

TEST_CASE("select: a token expired, or of another device, is not looked at") {
  SelectRig rig;
  rig.AddGroup("fleet", 'g');
  const UtcTime end = kNoon + hours(1) + kSkew;
  CHECK(rig.Of(DerivedToken('g'), end));
  CHECK(CodeOf(rig.Of(DerivedToken('g'), end + seconds(1))) ==
        Errc::kUnauthenticated);
  const std::string others = TokenFor(
      "dev-2", DeriveDeviceKey(TestKey('g'), "dev-1"), kNoon + hours(1));
  CHECK(CodeOf(rig.Of(others)) == Errc::kUnauthenticated);
}

TEST_CASE("select: a disabled enrollment is selected and says so") {
  SelectRig rig;
  EnrollmentTerms terms = TermsWith('i');
  terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(rig.store,
       IndividualEnrollment{.registration_id = Rid("dev-1"), .terms = terms});
  const auto selection = rig.Of(DeviceToken('i'));
  REQUIRE(selection);
  CHECK(selection->terms().provisioning_status ==
        ProvisioningStatus::kDisabled);
}

TEST_CASE("select: what was accepted stays accepted, but not for ever") {
  SelectRig rig;
  rig.AddGroup("fleet", 'g');
  const std::string token = DerivedToken('g');
  const auto before = rig.Of(token);
  CHECK(GroupIdOf(rig.Again(token, *before)) == "fleet");
  CHECK(CodeOf(rig.Again(token, *before, kNoon + hours(2))) ==
        Errc::kUnauthenticated);
}

TEST_CASE("select: after a change of the scope a proof is judged anew") {
  SelectRig rig;
  rig.AddGroup("fleet", 'g');
  const std::string token = DerivedToken('g');
  const auto before = rig.Of(token);
  REQUIRE(before);
  SUBCASE("a group with another key") {
    rig.AddGroup("fleet", 'x');
    CHECK(CodeOf(rig.Again(token, *before)) == Errc::kUnauthenticated);
  }
  SUBCASE("an individual enrollment that comes first") {
    rig.AddIndividual('i');
    CHECK(CodeOf(rig.Again(token, *before)) == Errc::kUnauthenticated);
  }
  SUBCASE("a group with the same key that comes first") {
    rig.AddGroup("a", 'g');
    CHECK(GroupIdOf(rig.Again(token, *before)) == "a");
  }
}

TEST_CASE("select: an accepted individual enrollment is found again") {
  SelectRig rig;
  rig.AddIndividual('i');
  const auto before = rig.Of(DeviceToken('i'));
  REQUIRE(before);
  const auto again = rig.Again(DeviceToken('i'), *before);
  REQUIRE(again);
  CHECK(again->individual->registration_id == Rid("dev-1"));
  CHECK(again->group == nullptr);
}

TEST_CASE("select: a store of the same version may lack what it accepted") {
  SelectRig before;
  SelectRig replaced;
  const char* reason = nullptr;
  SUBCASE("an individual enrollment") {
    before.AddIndividual('i');
    replaced.AddGroup("fleet", 'g');
    reason =
        "no individual enrollment of this registration id, and no enrollment "
        "group's key signed the SAS token";
  }
  SUBCASE("a group") {
    before.AddGroup("fleet", 'g');
    replaced.AddIndividual('x');
    reason =
        "the SAS token is not signed by a key of the individual enrollment";
  }
  const std::string token =
      before.store.Read()
              .value()
              ->FindIndividualEnrollment(TestScope(), Rid("dev-1"))
              .value()
          ? DeviceToken('i')
          : DerivedToken('g');
  const auto accepted = before.Of(token);
  REQUIRE(accepted);
  const auto again = replaced.Again(token, *accepted);
  REQUIRE_FALSE(again);
  CHECK(again.error().message == reason);
  CHECK(accepted->acceptance.config_version ==
        *replaced.store.Read().value()->ConfigVersion(TestScope()));
}

TEST_CASE("select: a disabled individual enrollment blocks a group's device") {
  SelectRig rig;
  rig.AddGroup("fleet", 'p');
  IndividualEnrollment blocked{.registration_id = Rid("dev-1"),
                               .terms = TermsWith('x')};
  blocked.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(rig.store, blocked);
  const auto selection = rig.Of(DerivedToken('p'));
  REQUIRE(selection);
  CHECK(selection->individual.has_value());
  CHECK(selection->terms().provisioning_status ==
        ProvisioningStatus::kDisabled);
  CHECK_FALSE(selection->acceptance.group.has_value());
  CHECK(CodeOf(rig.Of(DerivedToken('q'))) == Errc::kUnauthenticated);
}

}  // namespace dps
