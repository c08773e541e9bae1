// SPDX-License-Identifier: Apache-2.0
// Where devices are sent, by every policy that asks nobody else: statements 46
// to 51 of the service side.
#include <doctest/doctest.h>

#include <functional>

#include "tests/e2e/dps_broker.h"

namespace dps {
namespace {

void ChangeInstance(DpsBroker& dps,
                    const std::function<void(Instance&)>& change) {
  Instance instance = **(*dps.store().Read())->FindInstance(TestScope());
  change(instance);
  REQUIRE(dps.store().Commit(
      {.changes = {Put<Instance>{TestScope(), instance, {}}}}));
}

void ChangeFleet(DpsBroker& dps,
                 const std::function<void(EnrollmentTerms&)>& change) {
  EnrollmentGroup group = GroupOf("fleet");
  change(group.terms);
  Save(dps.store(), group);
}

void UseLatencyTable(DpsBroker& dps, const std::string& csv) {
  REQUIRE(dps.store().Commit(
      {.changes = {Put<LatencyTableDocument>{
           TestScope(), {.csv = csv, .etag_text = csv}, {}}}}));
  ChangeInstance(dps, [&](Instance& each) { each.latency_table_etag = csv; });
}

std::string HubThroughTcp(DpsBroker& dps, const std::string& id) {
  const Answer answer = Device(dps.broker().Tcp(), id).Provision();
  CAPTURE(answer.text);
  CHECK(answer.Text("status") == "assigned");
  return answer.State("assignedHub");
}

}  // namespace

TEST_CASE("allocation: policy static sends devices to the hub it names") {
  DpsBroker dps;
  ChangeFleet(dps, [](EnrollmentTerms& terms) {
    terms.allocation_policy = AllocationPolicy::kStatic;
  });
  const Answer failed = Device(dps.broker().Tcp(), "dev-1").Provision();
  CHECK(failed.Text("status") == "failed");
  CHECK(failed.State("errorMessage").find("static") != std::string::npos);
  const auto record = dps.RecordOf("dev-1");
  CHECK(record->error_code == 400208);
  CHECK(dps.broker().WaitForLog("tracking=" + record->tracking_id));
  for (const std::string_view hub : {kHub1, kHub2}) {
    ChangeFleet(dps, [&](EnrollmentTerms& terms) {
      terms.allocation_policy = AllocationPolicy::kStatic;
      terms.iot_hubs = {*HubName::Parse(hub)};
    });
    CHECK(HubThroughTcp(dps, "dev-1") == hub);
  }
}

TEST_CASE("allocation: the policy is the instance's unless the group has one") {
  DpsBroker dps;
  ChangeInstance(dps, [](Instance& instance) {
    instance.allocation_policy = AllocationPolicy::kStatic;
  });
  const auto only_second = [](EnrollmentTerms& terms) {
    terms.iot_hubs = {*HubName::Parse(kHub2)};
  };
  ChangeFleet(dps, only_second);
  CHECK(HubThroughTcp(dps, "dev-1") == kHub2);
  ChangeFleet(dps, [](EnrollmentTerms& terms) {
    terms.allocation_policy = AllocationPolicy::kHashed;
  });
  CHECK(HubThroughTcp(dps, "dev-1") == kHub2);  // where it is
  ChangeFleet(dps, [](EnrollmentTerms&) {});
  const Answer none = Device(dps.broker().Tcp(), "dev-2").Provision();
  CHECK(none.Text("status") == "failed");
}

TEST_CASE("allocation: a hub linked later is eligible without an edit") {
  DpsBroker dps;
  RemoveHub(dps.store(), kHub1);
  RemoveHub(dps.store(), kHub2);
  AddHub(dps.store(), "hub-3.example.com");
  CHECK(HubThroughTcp(dps, "dev-1") == "hub-3.example.com");
  LinkedHub closed{.name = *HubName::Parse("hub-3.example.com"),
                   .apply_allocation_policy = false};
  REQUIRE(dps.store().Commit(
      {.changes = {Put<LinkedHub>{TestScope(), closed, {}}}}));
  AddHub(dps.store(), "hub-4.example.com");
  CHECK(HubThroughTcp(dps, "dev-2") == "hub-4.example.com");
}

TEST_CASE("allocation: geoLatency sends a device to the hub nearest to it") {
  DpsBroker dps;
  ChangeFleet(dps, [](EnrollmentTerms& terms) {
    terms.allocation_policy = AllocationPolicy::kGeoLatency;
  });
  UseLatencyTable(dps,
                  "127.0.0.0/8,hub-1.example.com,30\n"
                  "127.0.0.1/32,hub-2.example.com,20\n");
  CHECK(HubThroughTcp(dps, "dev-1") == kHub2);
  // The tables are not restarted for, and the device follows.
  UseLatencyTable(dps,
                  "127.0.0.0/8,hub-1.example.com,3\n"
                  "127.0.0.1/32,hub-2.example.com,20\n");
  CHECK(HubThroughTcp(dps, "dev-1") == kHub1);
  UseLatencyTable(dps, "10.0.0.0/8,hub-1.example.com,3\n");
  CHECK(HubThroughTcp(dps, "dev-1") == kHub1);
  CHECK(dps.broker().WaitForLog(
      "hub found by weight alone: scope=" + std::string(kScopeText) +
      " registration=dev-1"));
}

TEST_CASE("allocation: a bound on the load holds, crash or not") {
  DpsBroker dps;
  ChangeInstance(dps, [](Instance& instance) { instance.load_bound = 1.0; });
  constexpr int kDevices = 20;
  for (int i = 0; i < kDevices; ++i) {
    if (i == kDevices / 2) {
      dps.broker().Kill();
      REQUIRE(dps.broker().Restart());
    }
    HubThroughTcp(dps, "dev-" + std::to_string(i));
  }
  CHECK((*dps.store().Read())->CountAssigned(TestScope()).value() ==
        AssignedCounts{{std::string(kHub1), kDevices / 2},
                       {std::string(kHub2), kDevices / 2}});
}

}  // namespace dps
