// SPDX-License-Identifier: Apache-2.0
#include "core/registration/assign.h"

#include <doctest/doctest.h>

#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

RegistrationRequest RequestOf(std::string_view id, const std::string& token) {
  return {.proof = {TestScope(), Rid(id), *ParseSasToken(token)},
          .operation_id = "4.op",
          .payload_json = R"({"a":1})"};
}

Result<Assignment> AssignOn(Store& store, const RegistrationRequest& request,
                            UtcTime now = kNoon) {
  const auto snapshot = *store.Read();
  ConfigCache cache;
  DPS_TRY(ScopeConfig * config, cache.At(*snapshot, request.proof.id_scope));
  AssignedCounts assigned = *snapshot->CountAssigned(TestScope());
  GeoGuides geo;
  DPS_TRY(AssignOutcome outcome,
          Assign({*snapshot, *config, assigned, {.now = now}, geo}, request));
  return std::get<Assignment>(std::move(outcome));
}

// Assigns and stores, as the writer does.
RegistrationRecord Register(Store& store, const RegistrationRequest& request,
                            UtcTime now = kNoon) {
  const auto assignment = AssignOn(store, request, now);
  REQUIRE(assignment);
  Batch batch;
  batch.changes.emplace_back(Put<RegistrationRecord>{
      TestScope(), assignment->record, assignment->expect});
  REQUIRE(store.Commit(batch));
  return assignment->record;
}

struct GroupFleet {
  GroupFleet() {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
  }
  RegistrationRequest request =
      RequestOf("dev-1", GroupTokenFor("dev-1", kNoon + hours(1)));
  MemoryStore store;
};

void Disable(Store& store) {
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(store, group);
}

}  // namespace

TEST_CASE("assign: a first registration gets a hub and keeps what it brought") {
  GroupFleet fleet;
  const RegistrationRecord record = Register(fleet.store, fleet.request);
  CHECK(record.status == RegistrationStatus::kAssigned);
  CHECK(record.substatus == RegistrationSubstatus::kInitialAssignment);
  CHECK((record.assigned_hub == kHub1 || record.assigned_hub == kHub2));
  CHECK(record.device_id == "dev-1");
  CHECK(record.enrollment_group_id->text() == "fleet");
  CHECK(record.request_payload_json == R"({"a":1})");
  CHECK(record.created == kNoon);
}

TEST_CASE("assign: a repeat stays on its hub and says so") {
  GroupFleet fleet;
  const RegistrationRecord first = Register(fleet.store, fleet.request);
  AddHub(fleet.store, "hub-3.example.com", 1000);
  const RegistrationRecord second =
      Register(fleet.store, fleet.request, kNoon + seconds(5));
  CHECK(second.assigned_hub == first.assigned_hub);
  CHECK(second.substatus ==
        RegistrationSubstatus::kReprovisionedToInitialAssignment);
  CHECK(second.created == first.created);
  CHECK(second.last_updated == kNoon + seconds(5));
  CHECK(second.etag_text != first.etag_text);
}

TEST_CASE("assign: a device whose hub was unlinked moves to another") {
  GroupFleet fleet;
  const RegistrationRecord first = Register(fleet.store, fleet.request);
  RemoveHub(fleet.store, first.assigned_hub);
  const RegistrationRecord second = Register(fleet.store, fleet.request);
  CHECK(second.status == RegistrationStatus::kAssigned);
  CHECK(second.assigned_hub != first.assigned_hub);
  CHECK(second.substatus == RegistrationSubstatus::kDeviceDataMigrated);
}

TEST_CASE("assign: policy never keeps the device or fails, but never moves") {
  GroupFleet fleet;
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.reprovision_policy = ReprovisionPolicy{false, false};
  Save(fleet.store, group);
  const RegistrationRecord first = Register(fleet.store, fleet.request);
  group.terms.iot_hubs = {
      *HubName::Parse(first.assigned_hub == kHub1 ? kHub2 : kHub1)};
  Save(fleet.store, group);
  CHECK(Register(fleet.store, fleet.request).assigned_hub ==
        first.assigned_hub);

  RemoveHub(fleet.store, first.assigned_hub);
  const RegistrationRecord stuck = Register(fleet.store, fleet.request);
  CHECK(stuck.status == RegistrationStatus::kFailed);
  CHECK(stuck.error_message.find("no longer linked") != std::string::npos);
}

TEST_CASE("assign: no eligible hub ends in failed with a code and a reason") {
  GroupFleet fleet;
  RemoveHub(fleet.store, kHub1);
  RemoveHub(fleet.store, kHub2);
  const RegistrationRecord record = Register(fleet.store, fleet.request);
  CHECK(record.status == RegistrationStatus::kFailed);
  CHECK(record.error_code == 400208);
  CHECK_FALSE(record.error_message.empty());
  CHECK(record.assigned_hub.empty());
}

TEST_CASE("assign: a disabled enrollment is recorded, enabling restores") {
  GroupFleet fleet;
  const RegistrationRecord first = Register(fleet.store, fleet.request);
  Disable(fleet.store);
  const RegistrationRecord refused = Register(fleet.store, fleet.request);
  CHECK(refused.status == RegistrationStatus::kDisabled);
  CHECK(refused.error_message == "the enrollment is disabled");
  const std::string shown = ToJson(refused, RegistrationView::kDevice);
  CHECK(shown.find("assignedHub") == std::string::npos);

  Save(fleet.store, GroupOf("fleet"));
  const RegistrationRecord again = Register(fleet.store, fleet.request);
  CHECK(again.status == RegistrationStatus::kAssigned);
  CHECK(again.assigned_hub == first.assigned_hub);
  CHECK(again.error_code == 0);
}

TEST_CASE("assign: an individual enrollment decides before any group") {
  GroupFleet fleet;
  IndividualEnrollment enrollment = EnrollmentOf("dev-1");
  enrollment.device_id = "pump-7";
  Save(fleet.store, enrollment);
  const auto group_key = AssignOn(fleet.store, fleet.request);
  CHECK(group_key.error().code == Errc::kUnauthenticated);
  const auto own_key =
      RequestOf("DEV-1", TokenFor("DEV-1", TestKey('s'), kNoon + hours(1)));
  const RegistrationRecord record = Register(fleet.store, own_key);
  CHECK(record.device_id == "pump-7");
  CHECK_FALSE(record.enrollment_group_id);
}

TEST_CASE("assign: a changed device id acts once the record is deleted") {
  GroupFleet fleet;
  IndividualEnrollment enrollment = EnrollmentOf("dev-1");
  Save(fleet.store, enrollment);
  const auto request =
      RequestOf("dev-1", TokenFor("dev-1", TestKey('p'), kNoon + hours(1)));
  Register(fleet.store, request);
  enrollment.device_id = "pump-7";
  Save(fleet.store, enrollment);
  CHECK(Register(fleet.store, request).device_id == "dev-1");
  Batch batch;
  batch.changes.emplace_back(
      Remove<RegistrationRecord>{TestScope(), "dev-1", Expect::Present()});
  REQUIRE(fleet.store.Commit(batch));
  CHECK(Register(fleet.store, request).device_id == "pump-7");
}

TEST_CASE("assign: wrong, expired and foreign proofs are refused") {
  GroupFleet fleet;
  const UtcTime later = kNoon + hours(1);
  const auto refused = [&](const RegistrationRequest& request) {
    const auto assignment = AssignOn(fleet.store, request);
    return !assignment && assignment.error().code == Errc::kUnauthenticated;
  };
  CHECK(refused(RequestOf("dev-1", TokenFor("dev-1", TestKey('x'), later))));
  CHECK(
      refused(RequestOf("dev-1", GroupTokenFor("dev-1", kNoon - seconds(1)))));
  CHECK(refused(RequestOf("dev-1", GroupTokenFor("dev-2", later))));
  // The group key itself is no device key.
  CHECK(refused(RequestOf("dev-1", TokenFor("dev-1", TestKey('p'), later))));
  RegistrationRequest stranger = fleet.request;
  stranger.proof.id_scope = *IdScope::Parse("0neOTHER");
  CHECK(refused(stranger));
}

TEST_CASE("assign: policy static names the hub, or says why there is none") {
  GroupFleet fleet;
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.allocation_policy = AllocationPolicy::kStatic;
  Save(fleet.store, group);
  const RegistrationRecord none = Register(fleet.store, fleet.request);
  CHECK(none.status == RegistrationStatus::kFailed);
  CHECK(none.error_code == 400208);
  CHECK(none.error_message.find("names none") != std::string::npos);
  CHECK_FALSE(none.tracking_id.empty());

  for (const std::string_view hub : {kHub2, kHub1}) {
    group.terms.iot_hubs = {*HubName::Parse(hub)};
    Save(fleet.store, group);
    const RegistrationRecord record = Register(fleet.store, fleet.request);
    CHECK(record.status == RegistrationStatus::kAssigned);
    CHECK(record.assigned_hub == hub);
    CHECK(record.tracking_id.empty());
  }
}

TEST_CASE("assign: the instance's policy counts as it is at registration") {
  GroupFleet fleet;
  Instance instance = **(*fleet.store.Read())->FindInstance(TestScope());
  instance.allocation_policy = AllocationPolicy::kStatic;
  REQUIRE(fleet.store.Commit(
      {.changes = {Put<Instance>{TestScope(), instance, {}}}}));
  CHECK(Register(fleet.store, fleet.request).status ==
        RegistrationStatus::kFailed);
  instance.allocation_policy = AllocationPolicy::kHashed;
  REQUIRE(fleet.store.Commit(
      {.changes = {Put<Instance>{TestScope(), instance, {}}}}));
  CHECK(Register(fleet.store, fleet.request).status ==
        RegistrationStatus::kAssigned);
}

}  // namespace dps
