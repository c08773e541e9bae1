// SPDX-License-Identifier: Apache-2.0
#include "core/registration/reprovision_plan.h"

#include <doctest/doctest.h>

#include "core/store/memory_store.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

constexpr ReprovisionPolicy kReset{.migrate_device_data = false};
constexpr ReprovisionPolicy kNever{.update_hub_assignment = false,
                                   .migrate_device_data = false};

// Devices of the group `fleet`, with kHub1 and kHub2 to go to.
struct PlanRig {
  PlanRig() {
    AddInstance(store);
    Save(store, group);
  }

  void NameHubs(const std::vector<std::string_view>& hubs) {
    group.terms.iot_hubs.clear();
    for (const std::string_view hub : hubs) {
      group.terms.iot_hubs.push_back(*HubName::Parse(hub));
    }
    Save(store, group);
  }
  PlannedRegistration Plan(std::string_view hub) {
    const RegistrationRecord record{
        .registration_id = Rid("dev-1"),
        .assigned_hub = std::string(hub),
        .device_id = "dev-1",
        .enrollment_group_id = group.enrollment_group_id,
        .etag_text = "e"};
    REQUIRE(store.Commit(
        {.changes = {Put<RegistrationRecord>{TestScope(), record, {}}}}));
    const auto snapshot = store.Read().value();
    auto planned = PlanRegistration(*snapshot, TestScope(), record, memory);
    REQUIRE(planned);
    return *std::move(planned);
  }

  MemoryStore store;
  EnrollmentGroup group = GroupOf("fleet");
  PreviewMemory memory;
};

}  // namespace

TEST_CASE("reprovision_plan: a device whose hub is taken from it moves") {
  PlanRig rig;
  rig.NameHubs({kHub2});
  const PlannedRegistration planned = rig.Plan(kHub1);
  CHECK(planned.outcome == PlannedOutcome::kMoves);
  CHECK(planned.to == kHub2);
  CHECK(planned.data == DeviceDataChange::kMigrate);
  CHECK(ToJson(planned) == R"({"registrationId":"dev-1","outcome":"moves",)"
                           R"("from":")" +
                               std::string(kHub1) + R"(","to":")" +
                               std::string(kHub2) +
                               R"(","deviceData":"migrate"})");
}

TEST_CASE("reprovision_plan: a change of the enrollment counts at once") {
  PlanRig rig;
  rig.NameHubs({kHub1});
  CHECK(rig.Plan(kHub1).outcome == PlannedOutcome::kStays);
  rig.NameHubs({kHub2});
  CHECK(rig.Plan(kHub1).outcome == PlannedOutcome::kMoves);
}

TEST_CASE("reprovision_plan: reset counts for those that stay, too") {
  PlanRig rig;
  rig.group.terms.reprovision_policy = kReset;
  rig.NameHubs({kHub1});
  const PlannedRegistration planned = rig.Plan(kHub1);
  CHECK(planned.outcome == PlannedOutcome::kStays);
  CHECK(planned.data == DeviceDataChange::kReset);
}

TEST_CASE(
    "reprovision_plan: never holds a device, but not in a hub that went") {
  PlanRig rig;
  rig.group.terms.reprovision_policy = kNever;
  rig.NameHubs({kHub2});
  CHECK(rig.Plan(kHub1).outcome == PlannedOutcome::kStays);
  const PlannedRegistration gone = rig.Plan("gone.example");
  CHECK(gone.outcome == PlannedOutcome::kFails);
  CHECK(gone.reason.find("no longer linked") != std::string::npos);
}

TEST_CASE("reprovision_plan: a device without a hub gets its first") {
  PlanRig rig;
  rig.NameHubs({kHub2});
  const PlannedRegistration planned = rig.Plan("");
  CHECK(planned.outcome == PlannedOutcome::kMoves);
  CHECK(planned.data == DeviceDataChange::kStart);
}

TEST_CASE("reprovision_plan: what an address or a webhook decides is unknown") {
  PlanRig rig;
  rig.group.terms.allocation_policy = AllocationPolicy::kGeoLatency;
  rig.NameHubs({kHub1, kHub2});
  CHECK(rig.Plan(kHub1).outcome == PlannedOutcome::kUnknown);
  rig.NameHubs({kHub2});
  CHECK(rig.Plan(kHub1).outcome == PlannedOutcome::kMoves);
  rig.group.terms.allocation_policy = AllocationPolicy::kCustom;
  rig.group.terms.custom_allocation =
      CustomAllocation{.webhook_url = "http://x", .api_version = "2021-10-01"};
  rig.NameHubs({kHub2});
  const PlannedRegistration planned = rig.Plan(kHub1);
  CHECK(planned.outcome == PlannedOutcome::kUnknown);
  CHECK(ToJson(planned) == R"({"registrationId":"dev-1","outcome":"unknown",)"
                           R"("from":")" +
                               std::string(kHub1) +
                               R"(","reason":"the webhook decides"})");
}

TEST_CASE("reprovision_plan: who is not let in any more is told why") {
  PlanRig rig;
  rig.group.terms.provisioning_status = ProvisioningStatus::kDisabled;
  rig.NameHubs({});
  CHECK(rig.Plan(kHub1).reason == "the enrollment is disabled");
  REQUIRE(rig.store.Commit(
      {.changes = {Remove<EnrollmentGroup>{TestScope(), rig.group.key(),
                                           Expect::Anything()}}}));
  const PlannedRegistration planned = rig.Plan(kHub1);
  CHECK(planned.outcome == PlannedOutcome::kFails);
  CHECK(planned.reason == "there is no enrollment group fleet");
}

}  // namespace dps
