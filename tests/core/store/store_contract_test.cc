// SPDX-License-Identifier: Apache-2.0
// What every store promises (core/store/store.h). A new store joins by adding
// its fixture to STORES.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/text.h"
#include "core/store/lmdb_store.h"
#include "core/store/memory_store.h"
#include "tests/core/store/store_scene.h"
#include "tests/support/hub_tasks_of.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

struct MemoryFixture {
  MemoryStore store;
};

struct LmdbFixture {
  TempDir directory;
  std::unique_ptr<LmdbStore> owned =
      LmdbStore::Open(
          {.directory = directory.path(), .create = true, .map_bytes = 1 << 20})
          .value();
  LmdbStore& store = *owned;
};

#define STORES MemoryFixture, LmdbFixture

template <class Document>
Remove<Document> RemoveOf(std::string key, Expect expect = {}) {
  return {.scope = kScope, .key = std::move(key), .expect = std::move(expect)};
}

template <class... Changes>
Status Commit(Store& store, Changes... changes) {
  return store.Commit({.changes = {Change(std::move(changes))...}});
}

std::uint64_t ConfigVersion(Store& store, const IdScope& scope = kScope) {
  return *(*store.Read())->ConfigVersion(scope);
}

std::vector<std::string> KeysOf(const auto& listed) {
  std::vector<std::string> keys;
  for (const auto& document : listed.value()) keys.push_back(document.key());
  return keys;
}

Instance InstanceOf(const IdScope& scope, std::string_view name) {
  Instance instance = InstanceDocument(scope.text());
  instance.name = "plant-" + std::string(name);
  return instance;
}

using Keys = std::vector<std::string>;

}  // namespace

}  // namespace dps

TYPE_TO_STRING_AS("memory", dps::MemoryFixture);
TYPE_TO_STRING_AS("lmdb", dps::LmdbFixture);

namespace dps {

TEST_CASE_TEMPLATE("store_contract: an empty store finds and lists nothing",
                   Fixture, STORES) {
  Fixture fixture;
  const auto view = fixture.store.Read().value();
  CHECK(*view->ConfigVersion(kScope) == 0);
  CHECK_FALSE(view->FindInstance(kScope).value());
  CHECK_FALSE(view->FindIndividualEnrollment(kScope, Device("d")).value());
  CHECK_FALSE(view->FindEnrollmentGroup(kScope, Group("g")).value());
  CHECK_FALSE(view->FindRegistration(kScope, Device("d")).value());
  CHECK(view->ListInstances()->empty());
  CHECK(view->ListLinkedHubs(kScope)->empty());
  CHECK(view->ListIndividualEnrollments(kScope, {})->empty());
  CHECK(view->ListEnrollmentGroups(kScope, {})->empty());
  CHECK(view->ListRegistrations(kScope, {}, {})->empty());
  CHECK(view->ListRegistrations(kScope, Group("g"), {})->empty());
}

TEST_CASE_TEMPLATE("store_contract: what was put is found as it was", Fixture,
                   STORES) {
  Fixture fixture;
  const Instance instance = InstanceDocument(kScope.text());
  const LinkedHub hub = HubDocument("hub-1.example");
  const IndividualEnrollment enrollment = EnrollmentDocument("Device-1");
  const EnrollmentGroup group = GroupDocument("Group-1");
  const RegistrationRecord record = RecordDocument("Device-1", "Group-1");
  REQUIRE(Commit(fixture.store, PutOf(instance), PutOf(hub), PutOf(enrollment),
                 PutOf(group), PutOf(record)));
  const auto view = fixture.store.Read().value();
  CHECK(view->FindInstance(kScope).value() == instance);
  CHECK(view->FindIndividualEnrollment(kScope, Device("device-1")).value() ==
        enrollment);
  CHECK(view->FindEnrollmentGroup(kScope, Group("GROUP-1")).value() == group);
  CHECK(view->FindRegistration(kScope, Device("DEVICE-1")).value() == record);
  CHECK(view->ListInstances().value() == std::vector{instance});
  CHECK(view->ListLinkedHubs(kScope).value() == std::vector{hub});
  CHECK(view->ListRegistrations(kScope, Group("group-1"), {}).value() ==
        std::vector{record});
  // The text as the operator wrote it, not only the key.
  CHECK(view->FindRegistration(kScope, Device("device-1"))
            .value()
            ->registration_id.text() == "Device-1");
}

TEST_CASE_TEMPLATE("store_contract: a later put replaces, a remove removes",
                   Fixture, STORES) {
  Fixture fixture;
  EnrollmentGroup group = GroupDocument("g");
  REQUIRE(Commit(fixture.store, PutOf(group)));
  group.terms.provisioning_status = ProvisioningStatus::kDisabled;
  group.terms.etag = "etag-2";
  REQUIRE(Commit(fixture.store, PutOf(group)));
  CHECK((*fixture.store.Read())
            ->FindEnrollmentGroup(kScope, Group("g"))
            .value() == group);
  REQUIRE(Commit(fixture.store, RemoveOf<EnrollmentGroup>("g")));
  CHECK_FALSE(
      (*fixture.store.Read())->FindEnrollmentGroup(kScope, Group("g")).value());
  CHECK(Commit(fixture.store, RemoveOf<EnrollmentGroup>("g")));
}

TEST_CASE_TEMPLATE("store_contract: a snapshot does not see later commits",
                   Fixture, STORES) {
  Fixture fixture;
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("a", "g"))));
  const auto before = fixture.store.Read().value();
  REQUIRE(Commit(fixture.store, RemoveOf<RegistrationRecord>("a"),
                 PutOf(RecordDocument("b", "g"))));
  CHECK(KeysOf(before->ListRegistrations(kScope, {}, {})) == Keys{"a"});
  CHECK(KeysOf(before->ListRegistrations(kScope, Group("g"), {})) == Keys{"a"});
  CHECK(before->FindRegistration(kScope, Device("a")).value());
  CHECK(KeysOf((*fixture.store.Read())->ListRegistrations(kScope, {}, {})) ==
        Keys{"b"});
}

TEST_CASE_TEMPLATE("store_contract: Absent refuses an existing document",
                   Fixture, STORES) {
  Fixture fixture;
  const auto create = PutOf(EnrollmentDocument("d"), Expect::Absent());
  REQUIRE(Commit(fixture.store, create));
  CHECK(Commit(fixture.store, create).error().code == Errc::kConflict);
}

TEST_CASE_TEMPLATE("store_contract: Present refuses an absent document",
                   Fixture, STORES) {
  Fixture fixture;
  const HubName name = HubDocument("hub-1.example").name;
  const auto change = PutOf(HubDocument(name.text()), Expect::Present());
  const auto remove = RemoveOf<LinkedHub>(name.key(), Expect::Present());
  CHECK(Commit(fixture.store, change).error().code == Errc::kNotFound);
  CHECK(Commit(fixture.store, remove).error().code == Errc::kNotFound);
  REQUIRE(Commit(fixture.store, PutOf(HubDocument(name.text()))));
  CHECK(Commit(fixture.store, change));
  CHECK(Commit(fixture.store, remove));
}

TEST_CASE_TEMPLATE("store_contract: Etag refuses another etag and no document",
                   Fixture, STORES) {
  Fixture fixture;
  IndividualEnrollment enrollment = EnrollmentDocument("d");
  enrollment.terms.etag = "etag-2";
  const auto change = PutOf(enrollment, Expect::Etag("etag-1"));
  CHECK(Commit(fixture.store, change).error().code ==
        Errc::kPreconditionFailed);
  REQUIRE(Commit(fixture.store, PutOf(EnrollmentDocument("d"))));
  CHECK(Commit(fixture.store, change));
  CHECK(Commit(fixture.store, change).error().code ==
        Errc::kPreconditionFailed);
  CHECK(Commit(fixture.store,
               RemoveOf<IndividualEnrollment>("d", Expect::Etag("etag-1")))
            .error()
            .code == Errc::kPreconditionFailed);
  CHECK(Commit(fixture.store,
               RemoveOf<IndividualEnrollment>("d", Expect::Etag("etag-2"))));
}

TEST_CASE_TEMPLATE("store_contract: an instance's name is its own", Fixture,
                   STORES) {
  Fixture fixture;
  const IdScope other = Scope("0neOTHER");
  const auto put = [&](const IdScope& scope, std::string_view name) {
    return Put<Instance>{scope, InstanceOf(scope, name), {}};
  };
  const auto refused = [&](const Batch& batch) {
    const Status status = fixture.store.Commit(batch);
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Errc::kConflict);
  };
  refused({.changes = {put(kScope, "a"), put(other, "a")}});
  CHECK(fixture.store.Read().value()->ListInstances()->empty());
  REQUIRE(Commit(fixture.store, put(kScope, "a")));
  refused({.changes = {put(other, "a")}});
  refused({.changes = {put(other, "A")}});
  REQUIRE(Commit(fixture.store, put(other, "b")));
  refused({.changes = {put(kScope, "b")}});
  CHECK(Commit(fixture.store, put(kScope, "A")));
  CHECK(fixture.store.Read().value()->FindInstance(kScope)->value().name ==
        "plant-A");
  CHECK(Commit(fixture.store, put(other, "a-2")));
}

TEST_CASE_TEMPLATE("store_contract: a batch with one refused change does none",
                   Fixture, STORES) {
  Fixture fixture;
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("old", "g"))));
  const auto version = ConfigVersion(fixture.store);
  CHECK_FALSE(Commit(fixture.store, PutOf(HubDocument("hub-1.example")),
                     PutOf(RecordDocument("new", "g")),
                     RemoveOf<RegistrationRecord>("old"),
                     PutOf(GroupDocument("g"), Expect::Present())));
  const auto view = fixture.store.Read().value();
  CHECK(view->ListLinkedHubs(kScope)->empty());
  CHECK(KeysOf(view->ListRegistrations(kScope, {}, {})) == Keys{"old"});
  CHECK(KeysOf(view->ListRegistrations(kScope, Group("g"), {})) == Keys{"old"});
  CHECK(ConfigVersion(fixture.store) == version);
}

TEST_CASE_TEMPLATE("store_contract: later changes of a batch see earlier ones",
                   Fixture, STORES) {
  Fixture fixture;
  EnrollmentGroup second = GroupDocument("g");
  second.terms.etag = "etag-2";
  CHECK(Commit(fixture.store, PutOf(GroupDocument("g"), Expect::Absent()),
               PutOf(second, Expect::Etag("etag-1")),
               RemoveOf<EnrollmentGroup>("g", Expect::Etag("etag-2")),
               PutOf(second, Expect::Absent())));
  CHECK((*fixture.store.Read())
            ->FindEnrollmentGroup(kScope, Group("g"))
            .value() == second);
  CHECK(Commit(fixture.store, RemoveOf<EnrollmentGroup>("g"),
               PutOf(second, Expect::Present()))
            .error()
            .code == Errc::kNotFound);
}

TEST_CASE_TEMPLATE("store_contract: configuration moves its scope's version",
                   Fixture, STORES) {
  Fixture fixture;
  std::uint64_t version = ConfigVersion(fixture.store);
  const auto grows = [&](auto change) {
    REQUIRE(Commit(fixture.store, change));
    const auto before = std::exchange(version, ConfigVersion(fixture.store));
    return version > before;
  };
  CHECK(grows(PutOf(InstanceDocument(kScope.text()))));
  CHECK(grows(PutOf(HubDocument("hub-1.example"))));
  CHECK(grows(PutOf(EnrollmentDocument("d"))));
  CHECK(grows(PutOf(GroupDocument("g"))));
  CHECK(grows(RemoveOf<LinkedHub>("hub-1.example")));
  CHECK(grows(RemoveOf<IndividualEnrollment>("d")));
  CHECK(grows(RemoveOf<EnrollmentGroup>("g")));
  CHECK_FALSE(grows(RemoveOf<EnrollmentGroup>("g")));  // nothing to remove
  CHECK_FALSE(grows(PutOf(RecordDocument("d"))));
  CHECK(grows(RemoveOf<RegistrationRecord>("d")));  // see ConfigVersion()
  CHECK_FALSE(grows(RemoveOf<RegistrationRecord>("d")));
  CHECK(ConfigVersion(fixture.store, Scope("0ne00000002")) == 0);
}

TEST_CASE_TEMPLATE("store_contract: a batch can require an unmoved config",
                   Fixture, STORES) {
  Fixture fixture;
  REQUIRE(Commit(fixture.store, PutOf(GroupDocument("g"))));
  const auto seen = ConfigVersion(fixture.store);
  const Batch batch{.changes = {PutOf(RecordDocument("d"))},
                    .unchanged_config = {{kScope, seen}}};
  CHECK(fixture.store.Commit(batch));
  REQUIRE(Commit(fixture.store, PutOf(GroupDocument("h"))));
  CHECK(fixture.store.Commit(batch).error().code == Errc::kPreconditionFailed);
  CHECK(fixture.store.Commit({.unchanged_config = {{Scope("other"), 0}}}));
}

TEST_CASE_TEMPLATE("store_contract: lists come in key order and in pages",
                   Fixture, STORES) {
  Fixture fixture;
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("d", "g")),
                 PutOf(RecordDocument("B", "g")), PutOf(RecordDocument("a-")),
                 PutOf(RecordDocument("a", "g")),
                 PutOf(RecordDocument("a.1"))));
  const auto view = fixture.store.Read().value();
  const auto keys = [&](const std::optional<EnrollmentGroupId>& group,
                        const Page& page) {
    return KeysOf(view->ListRegistrations(kScope, group, page));
  };
  CHECK(keys({}, {}) == Keys{"a", "a-", "a.1", "b", "d"});
  CHECK(keys({}, {.limit = 2}) == Keys{"a", "a-"});
  CHECK(keys({}, {.after = "a-", .limit = 2}) == Keys{"a.1", "b"});
  CHECK(keys({}, {.after = "c"}) == Keys{"d"});
  CHECK(keys({}, {.after = "d"}).empty());
  CHECK(keys({}, {.limit = 0}).empty());
  CHECK(keys(Group("G"), {}) == Keys{"a", "b", "d"});
  CHECK(keys(Group("G"), {.after = "a", .limit = 1}) == Keys{"b"});
}

TEST_CASE_TEMPLATE("store_contract: any text serves as a page's after", Fixture,
                   STORES) {
  Fixture fixture;
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("a", "g")),
                 PutOf(RecordDocument("b", "g"))));
  const auto view = fixture.store.Read().value();
  using std::string_literals::operator""s;
  for (const std::string& after :
       {"a\0"s, "a"s + std::string(5000, 'x'), "a\xff"s, "a\0\0b"s}) {
    CHECK(KeysOf(view->ListRegistrations(kScope, {}, {.after = after})) ==
          Keys{"b"});
    CHECK(KeysOf(view->ListRegistrations(kScope, Group("g"),
                                         {.after = after})) == Keys{"b"});
  }
  for (const std::string& after : {"\xff"s, std::string(5000, '\xff')}) {
    CHECK(view->ListRegistrations(kScope, {}, {.after = after})->empty());
    CHECK(view->ListEnrollmentGroups(kScope, {.after = after})->empty());
  }
}

TEST_CASE_TEMPLATE("store_contract: scopes never see each other", Fixture,
                   STORES) {
  Fixture fixture;
  // Each is a prefix of, or sorts close to, another.
  const std::vector<std::string> scopes = {"a", "a-", "A",  "a-b", "ab",
                                           "b", "0",  "a0", "a--"};
  for (const std::string& text : scopes) {
    const IdScope scope = Scope(text);
    REQUIRE(fixture.store.Commit(
        {.changes = {
             Put<Instance>{scope, InstanceOf(scope, HexEncode(text)), {}},
             Put<LinkedHub>{scope, HubDocument(text + "x.hub"), {}},
             Put<EnrollmentGroup>{scope, GroupDocument("b"), {}},
             Put<IndividualEnrollment>{
                 scope, EnrollmentDocument("b" + text), {}},
             Put<RegistrationRecord>{
                 scope, RecordDocument("b" + text, "b"), {}}}}));
  }
  const auto view = fixture.store.Read().value();
  CHECK(view->ListInstances()->size() == scopes.size());
  for (const std::string& text : scopes) {
    const IdScope scope = Scope(text);
    const Keys own = {RecordDocument("b" + text).key()};
    CHECK(view->FindInstance(scope).value()->id_scope == scope);
    CHECK(view->ListLinkedHubs(scope)->size() == 1);
    CHECK(view->ListEnrollmentGroups(scope, {})->size() == 1);
    CHECK(KeysOf(view->ListIndividualEnrollments(scope, {})) == own);
    CHECK(KeysOf(view->ListRegistrations(scope, {}, {})) == own);
    CHECK(KeysOf(view->ListRegistrations(scope, Group("b"), {})) == own);
  }
}

TEST_CASE_TEMPLATE("store_contract: groups and kinds never mix", Fixture,
                   STORES) {
  Fixture fixture;
  REQUIRE(Commit(
      fixture.store, PutOf(EnrollmentDocument("x")),
      PutOf(GroupDocument("x-1")), PutOf(HubDocument("x.2")),
      PutOf(RecordDocument("x:3", "a")), PutOf(RecordDocument("x4", "a-b")),
      PutOf(RecordDocument("b:x5", "a:b")), PutOf(RecordDocument("a"))));
  const auto view = fixture.store.Read().value();
  CHECK(KeysOf(view->ListIndividualEnrollments(kScope, {})) == Keys{"x"});
  CHECK(KeysOf(view->ListEnrollmentGroups(kScope, {})) == Keys{"x-1"});
  CHECK(KeysOf(view->ListLinkedHubs(kScope)) == Keys{"x.2"});
  CHECK(KeysOf(view->ListRegistrations(kScope, Group("a"), {})) == Keys{"x:3"});
  CHECK(KeysOf(view->ListRegistrations(kScope, Group("a-b"), {})) ==
        Keys{"x4"});
  CHECK(KeysOf(view->ListRegistrations(kScope, Group("a:b"), {})) ==
        Keys{"b:x5"});
}

TEST_CASE_TEMPLATE("store_contract: a record that changes group moves lists",
                   Fixture, STORES) {
  Fixture fixture;
  const auto listed = [&](std::string_view group) {
    return (*fixture.store.Read())
        ->ListRegistrations(kScope, Group(group), {})
        ->size();
  };
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("d", "g"))));
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("d", "h"))));
  CHECK(listed("g") == 0);
  CHECK(listed("h") == 1);
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("d"))));
  CHECK(listed("h") == 0);
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("d", "g"))));
  REQUIRE(Commit(fixture.store, RemoveOf<RegistrationRecord>("d")));
  CHECK(listed("g") == 0);
}

TEST_CASE_TEMPLATE("store_contract: assignments are counted with the records",
                   Fixture, STORES) {
  Fixture fixture;
  const auto counts = [&](const IdScope& scope = kScope) {
    return (*fixture.store.Read())->CountAssigned(scope).value();
  };
  const auto held = [](std::string_view id, const char* hub) {
    RegistrationRecord record = RecordDocument(id);
    record.assigned_hub = hub;
    return PutOf(record);
  };
  CHECK(counts().empty());
  REQUIRE(Commit(fixture.store, held("a", "h1"), held("b", "h1"),
                 held("c", "h2"), held("d", "")));
  CHECK(counts() == AssignedCounts{{"h1", 2}, {"h2", 1}});
  REQUIRE(Commit(fixture.store, held("a", "h2"), held("b", "h1")));
  CHECK(counts() == AssignedCounts{{"h1", 1}, {"h2", 2}});
  REQUIRE(Commit(fixture.store, RemoveOf<RegistrationRecord>("b"),
                 RemoveOf<RegistrationRecord>("d"),
                 RemoveOf<RegistrationRecord>("absent")));
  CHECK(counts() == AssignedCounts{{"h2", 2}});
  CHECK(counts(Scope("0ne00000002")).empty());
  // A commit that fails counts nothing.
  CHECK_FALSE(Commit(fixture.store, held("e", "h1"),
                     PutOf(RecordDocument("a"), Expect::Absent())));
  CHECK(counts() == AssignedCounts{{"h2", 2}});
}

TEST_CASE_TEMPLATE("store_contract: wrong counts can be adjusted, once",
                   Fixture, STORES) {
  Fixture fixture;
  REQUIRE(Commit(fixture.store, PutOf(RecordDocument("a"))));
  const std::uint64_t version = ConfigVersion(fixture.store);
  const Batch adjust{
      .changes = {AdjustAssignedCounts{
          kScope, {{"hub-1.example", 5}, {"hub-2.example", -3}}}},
      .unchanged_config = {{kScope, version}}};
  REQUIRE(fixture.store.Commit(adjust));
  CHECK((*fixture.store.Read())->CountAssigned(kScope).value() ==
        AssignedCounts{{"hub-1.example", 6}});
  CHECK(fixture.store.Commit(adjust).error().code == Errc::kPreconditionFailed);
}

TEST_CASE_TEMPLATE("store_contract: an instance has one latency table", Fixture,
                   STORES) {
  Fixture fixture;
  const LatencyTableDocument table{.csv = "10.0.0.0/8,h,5\n",
                                   .etag_text = "etag-1",
                                   .created = kNoon,
                                   .last_updated = kNoon};
  const std::uint64_t version = ConfigVersion(fixture.store);
  REQUIRE(Commit(fixture.store, PutOf(table, Expect::Absent())));
  CHECK(ConfigVersion(fixture.store) == version + 1);
  const auto found = [&](const IdScope& scope) {
    return (*fixture.store.Read())->FindLatencyTable(scope).value();
  };
  CHECK(found(kScope) == table);
  CHECK_FALSE(found(Scope("0ne00000002")));
  REQUIRE(Commit(fixture.store, RemoveOf<LatencyTableDocument>(
                                    table.key(), Expect::Etag("etag-1"))));
  CHECK_FALSE(found(kScope));
}

TEST_CASE_TEMPLATE("store_contract: access policies are of their instance",
                   Fixture, STORES) {
  Fixture fixture;
  const AccessPolicy policy = AccessPolicyDocument("Ops");
  REQUIRE(Commit(fixture.store, PutOf(policy, Expect::Absent())));
  const auto snapshot = fixture.store.Read().value();
  CHECK(snapshot->FindAccessPolicy(kScope, *AccessPolicyName::Parse("ops"))
            .value() == policy);
  CHECK(snapshot->ListAccessPolicies(kScope).value() == std::vector{policy});
  CHECK(snapshot->ListAccessPolicies(Scope("0ne00000002"))->empty());
  REQUIRE(Commit(fixture.store,
                 RemoveOf<AccessPolicy>(policy.key(), Expect::Etag("etag-1"))));
  CHECK((*fixture.store.Read())->ListAccessPolicies(kScope)->empty());
}

namespace {

HubTask RemovalDueAt(std::string_view device_id, UtcTime due) {
  return {.kind = HubTaskKind::kRemove,
          .hub = *HubName::Parse("hub-1.example"),
          .device_id = std::string(device_id),
          .registration_id = Device("dev-1"),
          .due = due,
          .etag_text = "etag-1",
          .created = kNoon};
}

}  // namespace

TEST_CASE_TEMPLATE("store_contract: hub tasks come up when they are due",
                   Fixture, STORES) {
  Fixture fixture;
  const IdScope other = Scope("0ne00000002");
  const HubTask early = RemovalDueAt("b", kNoon);
  HubTask late = RemovalDueAt("a", kNoon + std::chrono::seconds(2));
  const std::uint64_t version = ConfigVersion(fixture.store);
  REQUIRE(fixture.store.Commit(
      {.changes = {
           Put<HubTask>{kScope, late, Expect::Absent()},
           Put<HubTask>{other, early, {}},
           Put<HubTask>{kScope,
                        RemovalDueAt("c", kNoon + std::chrono::hours(1)),
                        {}}}}));
  CHECK(ConfigVersion(fixture.store) == version);
  const auto due = [&](std::chrono::seconds after, std::size_t limit = 10) {
    std::vector<std::string> ids;
    const auto view = fixture.store.Read().value();
    const auto listed = view->ListDueHubTasks(kNoon + after, limit).value();
    for (const auto& [scope, task] : listed) {
      ids.push_back(scope.text() + " " + task.device_id);
    }
    return ids;
  };
  using Ids = std::vector<std::string>;
  using std::chrono::seconds;
  CHECK(due(seconds(-1)).empty());
  CHECK(due(seconds(1)) == Ids{"0ne00000002 b"});
  CHECK(due(seconds(2)) == Ids{"0ne00000002 b", "0ne00000001 a"});
  CHECK(due(seconds(2), 1) == Ids{"0ne00000002 b"});
  // Put off, it is due later only; removed, not at all.
  late.due = kNoon + std::chrono::hours(2);
  REQUIRE(Commit(fixture.store, PutOf(late, Expect::Etag("etag-1"))));
  REQUIRE(fixture.store.Commit(
      {.changes = {Remove<HubTask>{other, early.key(), {}}}}));
  CHECK(due(seconds(7200)) == Ids{"0ne00000001 c", "0ne00000001 a"});
  CHECK((*fixture.store.Read())->FindHubTask(kScope, late.key()).value() ==
        late);
}

TEST_CASE_TEMPLATE("store_contract: a provisioning keeps all it was told",
                   Fixture, STORES) {
  Fixture fixture;
  RegistrationRecord record = RecordDocument("dev-1");
  std::string deep = "1";
  for (int i = 1; i < limits::kJsonDepthMax; ++i) deep = "[" + deep + "]";
  record.payload_json = deep;
  HubTask task = RemovalDueAt("dev-1", kNoon);
  task.kind = HubTaskKind::kProvision;
  task.record = record;
  task.from_hub = *HubName::Parse("hub-2.example");
  task.data = DeviceDataChange::kMigrate;
  task.key_use = {.secondary = true, .over_lower_case = true};
  task.begun = true;
  task.owner = "1:2:3";
  task.attempts = 3;
  task.last_error = "it does not answer";
  REQUIRE(Commit(fixture.store, PutOf(task)));
  CHECK(HubTasksOf(fixture.store, kScope) == std::vector{task});
}

TEST_CASE_TEMPLATE("store_contract: a hub's health is known once it is put",
                   Fixture, STORES) {
  Fixture fixture;
  const HubHealth health{.hub = *HubName::Parse("hub-1.example"),
                         .healthy = false,
                         .error = "it does not answer",
                         .since = kNoon};
  REQUIRE(Commit(fixture.store, PutOf(health)));
  CHECK((*fixture.store.Read())->ListHubHealth(kScope).value() ==
        std::vector{health});
  CHECK((*fixture.store.Read())->ListHubHealth(Scope("0ne00000002"))->empty());
}

TEST_CASE_TEMPLATE("store_contract: attempts of devices are found and listed",
                   Fixture, STORES) {
  Fixture fixture;
  const auto attempts_of = [](const std::string& id) {
    return DeviceAttempts{
        .registration_id = Device(id),
        .attempts = {{.reason = "refused", .first = kNoon, .last = kNoon}},
        .etag_text = "etag-1"};
  };
  REQUIRE(Commit(fixture.store, PutOf(attempts_of("b"))));
  REQUIRE(Commit(fixture.store, PutOf(attempts_of("A"))));
  const auto snapshot = *fixture.store.Read();
  CHECK(*snapshot->FindDeviceAttempts(kScope, Device("a")) == attempts_of("A"));
  CHECK_FALSE(snapshot->FindDeviceAttempts(kScope, Device("c"))->has_value());
  const IdScope other = Scope("0ne00000002");
  CHECK_FALSE(snapshot->FindDeviceAttempts(other, Device("a"))->has_value());
  CHECK(*snapshot->ListDeviceAttempts(kScope, {.limit = 9}) ==
        std::vector{attempts_of("A"), attempts_of("b")});
  CHECK(*snapshot->ListDeviceAttempts(kScope, {.after = "a", .limit = 9}) ==
        std::vector{attempts_of("b")});
}

TEST_CASE_TEMPLATE("store_contract: the longest legal keys fit", Fixture,
                   STORES) {
  Fixture fixture;
  const std::string scope_text(64, 'S'), id(128, 'r'), group(128, 'g');
  const std::string label(61, 'h');
  const std::string hub =
      label + "." + label + "." + label + "." + label + ".abcde";
  REQUIRE(hub.size() == 253);
  const IdScope scope = Scope(scope_text);
  IndividualEnrollment enrollment = EnrollmentDocument(id);
  enrollment.terms.iot_hubs = {*HubName::Parse(hub)};
  RegistrationRecord record = RecordDocument(id, group);
  record.assigned_hub = hub;
  const HubTask task{.kind = HubTaskKind::kRemove,
                     .hub = *HubName::Parse(hub),
                     .device_id = std::string(128, 'd'),
                     .registration_id = Device(id)};
  REQUIRE(fixture.store.Commit(
      {.changes = {Put<Instance>{scope, InstanceDocument(scope_text), {}},
                   Put<LinkedHub>{scope, HubDocument(hub), {}},
                   Put<IndividualEnrollment>{scope, enrollment, {}},
                   Put<EnrollmentGroup>{scope, GroupDocument(group), {}},
                   Put<HubTask>{scope, task, {}},
                   Put<RegistrationRecord>{scope, record, {}}}}));
  const auto view = fixture.store.Read().value();
  CHECK(KeysOf(view->ListLinkedHubs(scope)) == Keys{hub});
  CHECK(HubTasksOf(fixture.store, scope) == std::vector{task});
  CHECK(view->ListHubTasks(scope, {.after = task.key()})->empty());
  CHECK(KeysOf(view->ListRegistrations(scope, Group(group), {})) == Keys{id});
  CHECK(view->ListRegistrations(scope, Group(group), {.after = id})->empty());
}

}  // namespace dps
