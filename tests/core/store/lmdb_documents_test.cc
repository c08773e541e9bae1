// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_documents.h"

#include <doctest/doctest.h>

#include "core/store/lmdb_store.h"
#include "tests/core/store/store_scene.h"
#include "tests/support/mentions.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

// Stores `json` as it is, behind the model's back.
template <class Document>
void StoreRaw(const TempDir& temp, std::string_view key,
              std::string_view json) {
  const auto env =
      LmdbEnv::Open(LmdbDirectory::Claim(temp.path(), true).value(), 1 << 20)
          .value();
  const LmdbTables tables = OpenSchema(*env, false).value();
  auto txn = env->BeginWrite().value();
  REQUIRE(txn.Put(tables.Of<Document>(), DocumentKey(kScope, key), json));
  REQUIRE(txn.Commit());
}

// A store with enrollments a, b (unreadable) and c.
struct DamagedEnrollment {
  TempDir temp;
  std::unique_ptr<LmdbStore> store;

  explicit DamagedEnrollment(std::string_view json) {
    store = OpenStore(temp);
    REQUIRE(store->Commit({.changes = {PutOf(EnrollmentDocument("a")),
                                       PutOf(EnrollmentDocument("b")),
                                       PutOf(EnrollmentDocument("c"))}}));
    store.reset();
    StoreRaw<IndividualEnrollment>(temp, "b", json);
    store = OpenStore(temp);
  }
};

constexpr const char* kShortKey =
    R"({"registrationId":"b","attestation":{"type":"symmetricKey",)"
    R"("symmetricKey":{"primaryKey":"c2VjcmV0"}}})";

}  // namespace

TEST_CASE("lmdb_documents: an unreadable document is named, not shown") {
  for (const char* json :
       {"", "{", "null", "{}", R"({"registrationId":"b","attestation":)",
        kShortKey}) {
    const DamagedEnrollment damaged(json);
    const auto view = damaged.store->Read().value();
    const auto found = view->FindIndividualEnrollment(kScope, Device("b"));
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::kInternal);
    CHECK(
        Mentions(found.error(), "stored enrollment b of ID scope 0ne00000001"));
    CHECK_FALSE(Mentions(found.error(), "c2VjcmV0"));
  }
}

TEST_CASE("lmdb_documents: a document under another's key is unreadable") {
  const DamagedEnrollment damaged(
      ToJson(EnrollmentDocument("a"), Secrets::kShow));
  const auto view = damaged.store->Read().value();
  CHECK(view->FindIndividualEnrollment(kScope, Device("b")).error().code ==
        Errc::kInternal);
}

TEST_CASE("lmdb_documents: only what needs an unreadable document fails") {
  const DamagedEnrollment damaged("{");
  const auto view = damaged.store->Read().value();
  CHECK(view->FindIndividualEnrollment(kScope, Device("a")).value());
  CHECK(view->FindIndividualEnrollment(kScope, Device("c")).value());
  CHECK(view->ListIndividualEnrollments(kScope, {.limit = 1}));
  CHECK(view->ListIndividualEnrollments(kScope, {.after = "b"})->size() == 1);
  CHECK(view->ListIndividualEnrollments(kScope, {}).error().code ==
        Errc::kInternal);
  CHECK(view->ListEnrollmentGroups(kScope, {}));
}

TEST_CASE("lmdb_documents: an unreadable document has no etag to expect") {
  const DamagedEnrollment damaged("{");
  const auto commit = [&](Expect expect) {
    return damaged.store->Commit(
        {.changes = {PutOf(EnrollmentDocument("b"), std::move(expect))}});
  };
  CHECK(commit(Expect::Etag("etag-1")).error().code == Errc::kInternal);
  CHECK(commit(Expect::Absent()).error().code == Errc::kConflict);
  CHECK(commit(Expect::Present()));
}

TEST_CASE("lmdb_documents: an unreadable document can be replaced or removed") {
  for (const Change& change :
       {PutOf(EnrollmentDocument("b")),
        Change(Remove<IndividualEnrollment>{kScope, "b", {}})}) {
    const DamagedEnrollment damaged("{");
    CHECK(damaged.store->Commit({.changes = {change}}));
    CHECK(damaged.store->Read().value()->ListIndividualEnrollments(kScope, {}));
  }
}

TEST_CASE("lmdb_documents: an unreadable record leaves its group's list") {
  for (const Change& change :
       {PutOf(RecordDocument("b", "h")),
        Change(Remove<RegistrationRecord>{kScope, "b", {}})}) {
    const TempDir temp;
    auto store = OpenStore(temp);
    REQUIRE(store->Commit({.changes = {PutOf(RecordDocument("b", "g")),
                                       PutOf(RecordDocument("a:b", "g"))}}));
    store.reset();
    StoreRaw<RegistrationRecord>(temp, "b", "{");
    store = OpenStore(temp);
    CHECK_FALSE(
        store->Read().value()->ListRegistrations(kScope, Group("g"), {}));
    REQUIRE(store->Commit({.changes = {change}}));
    const auto listed =
        store->Read().value()->ListRegistrations(kScope, Group("g"), {});
    REQUIRE(listed);
    CHECK(listed->size() == 1);
  }
}

TEST_CASE("lmdb_documents: an unreadable instance fails the list of them") {
  const TempDir temp;
  OpenStore(temp).reset();
  StoreRaw<Instance>(temp, kScope.text(), "{}");
  const auto store = OpenStore(temp);
  const auto listed = store->Read().value()->ListInstances();
  REQUIRE_FALSE(listed);
  CHECK(Mentions(listed.error(), "stored instance 0ne00000001"));
}

TEST_CASE("lmdb_documents: removing a key no document can have does nothing") {
  const TempDir temp;
  const auto store = OpenStore(temp);
  REQUIRE(store->Commit({.changes = {PutOf(RecordDocument("d", "g"))}}));
  using std::string_literals::operator""s;
  for (const std::string& key :
       {""s, "\0"s, "d\0"s, "g\0d"s, std::string(600, 'd')}) {
    CHECK(store->Commit(
        {.changes = {Remove<RegistrationRecord>{kScope, key, {}}}}));
  }
  CHECK(store->Read()
            .value()
            ->ListRegistrations(kScope, Group("g"), {})
            ->size() == 1);
}

}  // namespace dps
