// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_schema.h"

#include <doctest/doctest.h>
#include <lmdb.h>

#include <functional>
#include <initializer_list>

#include "core/store/lmdb_store.h"
#include "tests/core/store/store_scene.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

// Writes to an environment behind the store's back.
void WriteBehind(const TempDir& temp,
                 const std::function<Status(LmdbWriteTxn&)>& how) {
  const auto env = OpenEnv(temp);
  auto txn = env->BeginWrite().value();
  REQUIRE(how(txn));
  REQUIRE(txn.Commit());
}

Status PutText(LmdbWriteTxn& txn, const char* table, std::string_view key,
               std::string_view value) {
  DPS_TRY(const LmdbTable opened, txn.CreateTable(table));
  return txn.Put(opened, key, value);
}

// As if they had never been made.
void DropTables(const TempDir& temp, std::initializer_list<const char*> names) {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  REQUIRE(mdb_env_create(&env) == 0);
  REQUIRE(mdb_env_set_maxdbs(env, 9) == 0);
  REQUIRE(mdb_env_open(env, temp.path().c_str(), 0, 0600) == 0);
  REQUIRE(mdb_txn_begin(env, nullptr, 0, &txn) == 0);
  for (const char* name : names) {
    MDB_dbi table = 0;
    REQUIRE(mdb_dbi_open(txn, name, 0, &table) == 0);
    REQUIRE(mdb_drop(txn, table, 1) == 0);
  }
  REQUIRE(mdb_txn_commit(txn) == 0);
  mdb_env_close(env);
}

Error OpenError(const TempDir& temp, bool create) {
  const auto store =
      LmdbStore::Open({.directory = temp.path(), .create = create});
  return store ? Error{Errc::kInternal, "it opened"} : store.error();
}

}  // namespace

TEST_CASE("lmdb_schema: keys are as docs/storage.md shows them") {
  const IdScope scope = Scope("0neABC");
  using std::string_literals::operator""s;
  CHECK(DocumentKey(scope, Device("Dev-1").key()) == "0neABC\0dev-1"s);
  CHECK(GroupEntryKey(scope, Group("Line-7"), Device("Dev-1").key()) ==
        "0neABC\0line-7\0dev-1"s);
}

TEST_CASE("lmdb_schema: a store of version 1 is upgraded when it is opened") {
  const TempDir temp;
  const IdScope scope = Scope("0neABC");
  const auto open = [&] {
    return LmdbStore::Open({.directory = temp.path(), .create = true}).value();
  };
  REQUIRE(open()->Commit(
      {.changes = {Put<Instance>{scope, InstanceDocument("0neABC"), {}},
                   Put<EnrollmentGroup>{scope, GroupDocument("Line-7"), {}}}}));
  WriteBehind(temp, [&](LmdbWriteTxn& txn) -> Status {
    DPS_TRY(const LmdbTable index, txn.CreateTable("index"));
    DPS_TRY(
        const bool removed,
        txn.Remove(index, IndexKey({IndexTerm::SymmetricKeyGroups(), ""}, scope,
                                   IndexedKind::kEnrollmentGroup, "line-7")));
    REQUIRE(removed);
    return PutText(txn, "meta", "schema_version", "1");
  });
  for (int opening = 0; opening < 2; ++opening) {
    const auto store = open();
    const auto snapshot = store->Read().value();
    const auto groups =
        snapshot->FindIndexed(IndexTerm::SymmetricKeyGroups(), scope, 9);
    REQUIRE(groups->size() == 1);
    CHECK(groups->front().key == "line-7");
    CHECK(*snapshot->FindEnrollmentGroup(scope, Group("line-7")) ==
          GroupDocument("Line-7"));
  }
}

TEST_CASE("lmdb_schema: a store of version 2 gets counts and hubs' names") {
  const TempDir temp;
  const IdScope scope = Scope("0neABC");
  const HubName hub = *HubName::Parse("hub-1.example");
  const auto open = [&] {
    return LmdbStore::Open({.directory = temp.path(), .create = true}).value();
  };
  EnrollmentGroup group = GroupDocument("Line-7");
  group.terms.iot_hubs = {hub};
  REQUIRE(open()->Commit(
      {.changes = {Put<Instance>{scope, InstanceDocument("0neABC"), {}},
                   Put<EnrollmentGroup>{scope, group, {}},
                   Put<RegistrationRecord>{scope, RecordDocument("a"), {}},
                   Put<RegistrationRecord>{scope, RecordDocument("b"), {}}}}));
  WriteBehind(temp, [&](LmdbWriteTxn& txn) -> Status {
    DPS_TRY(const LmdbTable index, txn.CreateTable("index"));
    DPS_TRY(const LmdbTable counts, txn.CreateTable("assigned_counts"));
    DPS_TRY(
        const bool marked,
        txn.Remove(index, IndexKey({IndexTerm::NamesHub(hub), ""}, scope,
                                   IndexedKind::kEnrollmentGroup, "line-7")));
    DPS_TRY(const bool counted,
            txn.Remove(counts, DocumentKey(scope, hub.text())));
    REQUIRE((marked && counted));
    return PutText(txn, "meta", "schema_version", "2");
  });
  for (int opening = 0; opening < 2; ++opening) {
    const auto store = open();
    const auto snapshot = store->Read().value();
    CHECK(snapshot->FindIndexed(IndexTerm::NamesHub(hub), scope, 9)->size() ==
          1);
    CHECK(*snapshot->CountAssigned(scope) ==
          AssignedCounts{{"hub-1.example", 2}});
  }
}

TEST_CASE("lmdb_schema: a store of version 3 gets room for hub tasks") {
  const TempDir temp;
  const IdScope scope = Scope("0neABC");
  const auto open = [&] {
    return LmdbStore::Open({.directory = temp.path(), .create = true}).value();
  };
  REQUIRE(open()->Commit(
      {.changes = {Put<Instance>{scope, InstanceDocument("0neABC"), {}},
                   Put<LinkedHub>{scope, HubDocument("hub-1.example"), {}},
                   Put<RegistrationRecord>{scope, RecordDocument("a"), {}}}}));
  WriteBehind(temp, [&](LmdbWriteTxn& txn) {
    return PutText(txn, "meta", "schema_version", "3");
  });
  DropTables(temp, {"hub_tasks", "hub_tasks_due", "hub_health"});
  const HubTask task{.kind = HubTaskKind::kRemove,
                     .hub = *HubName::Parse("hub-1.example"),
                     .device_id = "a",
                     .registration_id = Device("a"),
                     .due = kNoon,
                     .etag_text = "etag-1"};
  REQUIRE(open()->Commit({.changes = {Put<HubTask>{scope, task, {}}}}));
  const auto store = open();
  const auto snapshot = store->Read().value();
  const auto due = snapshot->ListDueHubTasks(kNoon, 9);
  INFO((due ? "" : due.error().message));
  REQUIRE(due);
  REQUIRE(due->size() == 1);
  CHECK(due->front().task == task);
  CHECK(snapshot->ListHubHealth(scope)->empty());
  CHECK(*snapshot->FindRegistration(scope, Device("a")) == RecordDocument("a"));
  CHECK(*snapshot->CountAssigned(scope) ==
        AssignedCounts{{"hub-1.example", 1}});
  CHECK_FALSE(HasConnector(snapshot->ListLinkedHubs(scope)->front()));
}

TEST_CASE("lmdb_schema: a store of version 4 gets room for access policies") {
  const TempDir temp;
  const IdScope scope = Scope("0neABC");
  const auto open = [&] {
    return LmdbStore::Open({.directory = temp.path(), .create = true}).value();
  };
  REQUIRE(open()->Commit(
      {.changes = {Put<Instance>{scope, InstanceDocument("0neABC"), {}}}}));
  WriteBehind(temp, [&](LmdbWriteTxn& txn) {
    return PutText(txn, "meta", "schema_version", "4");
  });
  DropTables(temp, {"access_policies"});
  const auto store = open();
  CHECK(store->Read().value()->ListAccessPolicies(scope)->empty());
  REQUIRE(store->Commit({.changes = {Put<AccessPolicy>{
                             scope, AccessPolicyDocument("ops"), {}}}}));
  CHECK(*store->Read().value()->FindAccessPolicy(
            scope, *AccessPolicyName::Parse("OPS")) ==
        AccessPolicyDocument("ops"));
}

TEST_CASE("lmdb_schema: an unknown version is refused, both are named") {
  const TempDir temp;
  REQUIRE(LmdbStore::Open({.directory = temp.path(), .create = true}));
  for (const std::string_view version : {"7", "0", "", "x\n", "11"}) {
    WriteBehind(temp, [&](LmdbWriteTxn& txn) {
      return PutText(txn, "meta", "schema_version", version);
    });
    for (const bool create : {false, true}) {
      const Error error = OpenError(temp, create);
      CHECK(error.code == Errc::kInvalidArgument);
      CHECK(error.message.find("knows version 6") != std::string::npos);
      CHECK(error.message.find('\n') == std::string::npos);
    }
  }
  WriteBehind(temp, [](LmdbWriteTxn& txn) {
    return PutText(txn, "meta", "schema_version", "7");
  });
  CHECK(OpenError(temp, false).message.find("has schema version 7") !=
        std::string::npos);
}

TEST_CASE("lmdb_schema: another program's environment is left alone") {
  for (const char* table : {"things", "meta"}) {
    const TempDir temp;
    WriteBehind(temp, [&](LmdbWriteTxn& txn) {
      return PutText(txn, table, "key", "value");
    });
    for (const bool create : {false, true}) {
      const Error error = OpenError(temp, create);
      CHECK(error.code == Errc::kInvalidArgument);
      CHECK(error.message.find("another program's") != std::string::npos);
    }
  }
}

TEST_CASE("lmdb_schema: files that are not LMDB's are refused and kept") {
  const TempDir temp;
  const std::string garbage(8192, 'x');
  const std::string file = temp.Write("data.mdb", garbage);
  for (const bool create : {false, true}) {
    const Error error = OpenError(temp, create);
    CHECK(error.code == Errc::kInvalidArgument);
    CHECK(error.message.find("does not hold a mosquitto-dps store") !=
          std::string::npos);
  }
  CHECK(std::filesystem::file_size(file) == garbage.size());
}

TEST_CASE("lmdb_schema: a creation cut short by a crash is completed") {
  const TempDir temp;
  OpenEnv(temp).reset();  // the files, and nothing in them yet
  const Error error = OpenError(temp, false);
  CHECK(error.code == Errc::kNotFound);
  CHECK(error.message.find("is empty") != std::string::npos);
  CHECK(LmdbStore::Open({.directory = temp.path(), .create = true}));
  CHECK(LmdbStore::Open({.directory = temp.path()}));
}

}  // namespace dps
