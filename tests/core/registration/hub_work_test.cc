// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_work.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

HubTask TaskOf(const std::string& id) {
  return {.kind = HubTaskKind::kProvision,
          .hub = *HubName::Parse(kHub1),
          .device_id = id,
          .registration_id = Rid(id),
          .record = RegistrationRecord{.registration_id = Rid(id),
                                       .operation_id = "op-1"},
          .etag_text = "etag-t"};
}

struct WorkRig {
  WorkRig() {
    AddInstance(store);
    Save(store, EnrollmentOf("dev-1"));
  }

  // The record says assigning, and the task is in the store.
  void Begin(const HubTask& task) {
    RegistrationRecord record = *task.record;
    record.status = RegistrationStatus::kAssigning;
    record.etag_text = "etag-r";
    Batch batch;
    batch.changes = {Put<RegistrationRecord>{TestScope(), record, {}},
                     Put<HubTask>{TestScope(), task, {}}};
    REQUIRE(store.Commit(batch));
  }
  Result<std::optional<Batch>> Settle(const HubTask& task,
                                      Result<Provisioned> outcome) {
    return SettleHubTask(**store.Read(),
                         {TestScope(), task, std::move(outcome)}, kNoon);
  }

  MemoryStore store;
};

const RegistrationRecord& RecordIn(const Batch& batch) {
  return std::get<Put<RegistrationRecord>>(batch.changes.at(0)).document;
}

}  // namespace

TEST_CASE("hub_work: what ended is settled once") {
  WorkRig rig;
  HubTask task = TaskOf("dev-1");
  task.record->assigned_hub = kHub1;
  rig.Begin(task);
  auto batch = rig.Settle(task, Provisioned{});
  REQUIRE(batch);
  REQUIRE(*batch);
  CHECK(RecordIn(**batch).status == RegistrationStatus::kAssigned);
  REQUIRE(rig.store.Commit(**batch));
  batch = rig.Settle(task, Provisioned{});
  REQUIRE(batch);
  CHECK_FALSE(*batch);
}

TEST_CASE("hub_work: the end of a task that was replaced changes nothing") {
  WorkRig rig;
  HubTask task = TaskOf("dev-1");
  rig.Begin(task);
  task.etag_text = "an older one";
  const auto batch = rig.Settle(task, Provisioned{});
  REQUIRE(batch);
  CHECK_FALSE(*batch);
}

TEST_CASE("hub_work: what was moved is known to the removal behind it") {
  const MovedState moved{.tags = "ab", .reported = "cd"};
  for (const Provisioned& done :
       {Provisioned{.moved = moved}, Provisioned{.left_behind = "it is so"},
        Provisioned{}}) {
    WorkRig rig;
    HubTask task = TaskOf("dev-1");
    task.data = DeviceDataChange::kMigrate;
    task.from_hub = *HubName::Parse(kHub2);
    rig.Begin(task);
    const auto batch = rig.Settle(task, done);
    REQUIRE(batch);
    const HubTask& removal =
        std::get<Put<HubTask>>((*batch)->changes.back()).document;
    CHECK(removal.hub == task.from_hub);
    CHECK(removal.moved == done.moved);
    CHECK(removal.carry_to.has_value() == (done != Provisioned{}));
  }
}

TEST_CASE("hub_work: what follows a device ends with a reset") {
  for (const auto& from :
       {std::optional<HubName>(), std::optional(*HubName::Parse(kHub2))}) {
    WorkRig rig;
    HubTask task = TaskOf("dev-1");
    task.data = DeviceDataChange::kReset;
    task.from_hub = from;
    task.record->device_id = task.device_id;
    const HubTask removal{.kind = HubTaskKind::kRemove,
                          .hub = *HubName::Parse("hub-3.example.com"),
                          .device_id = "dev-1",
                          .registration_id = Rid("dev-1"),
                          .carry_to = from ? *from : task.hub,
                          .moved = MovedState{.tags = "ab"},
                          .etag_text = "etag-3"};
    Batch batch;
    batch.changes = {Put<LinkedHub>{TestScope(), {.name = removal.hub}, {}},
                     Put<HubTask>{TestScope(), removal, {}}};
    REQUIRE(rig.store.Commit(batch));
    rig.Begin(task);
    const auto settled = rig.Settle(task, Provisioned{});
    REQUIRE(settled);
    REQUIRE(rig.store.Commit(**settled));
    const auto after =
        *(*rig.store.Read())->FindHubTask(TestScope(), removal.key());
    REQUIRE(after);
    CHECK_FALSE(after->carry_to);
    CHECK_FALSE(after->moved);
  }
}

TEST_CASE("hub_work: each way to fail has its code") {
  for (const auto& [code, error_code] : {std::pair{Errc::kUnavailable, 401001},
                                         {Errc::kThrottled, 401001},
                                         {Errc::kForbidden, 400209},
                                         {Errc::kInvalidArgument, 400209},
                                         {Errc::kNoHub, 400209}}) {
    WorkRig rig;
    const HubTask task = TaskOf("dev-1");
    rig.Begin(task);
    const auto batch = rig.Settle(task, Fail(code, "it is so"));
    REQUIRE(batch);
    REQUIRE(*batch);
    const RegistrationRecord& record = RecordIn(**batch);
    CHECK(record.status == RegistrationStatus::kFailed);
    CHECK(record.error_code == error_code);
    CHECK(record.error_message == "it is so");
  }
}

}  // namespace dps
