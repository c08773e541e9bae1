// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/allocate.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/core/allocation/hubs.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

// Two equal hubs, and one that takes no part.
struct AllocateRig {
  HubTable linked{
      {Hub("a.example"), Hub("b.example"), Hub("c.example", false)}};
  Instance instance = InstanceDocument("0neABC");
  EnrollmentTerms terms = SampleTerms();
  AssignedCounts assigned;

  Result<Allocation> Ask(const std::string& id,
                         std::string_view current = "") const {
    return Allocate({.registration_id = Device(id),
                     .terms = terms,
                     .instance = instance,
                     .linked = linked,
                     .current_hub = current,
                     .assigned = assigned});
  }
  std::string Choose(const std::string& id,
                     std::string_view current = "") const {
    const auto entry = Ask(id, current);
    return entry ? entry->hub->name().text() : entry.error().message;
  }
};

}  // namespace

TEST_CASE("allocate: an enrollment without policy uses the instance's") {
  AllocateRig rig;
  CHECK(PolicyFor(rig.terms, rig.instance) == AllocationPolicy::kHashed);
  rig.instance.allocation_policy = AllocationPolicy::kStatic;
  CHECK(PolicyFor(rig.terms, rig.instance) == AllocationPolicy::kStatic);
  rig.terms.allocation_policy = AllocationPolicy::kGeoLatency;
  CHECK(PolicyFor(rig.terms, rig.instance) == AllocationPolicy::kGeoLatency);
}

TEST_CASE("allocate: hashed keeps the device on a hub that is eligible") {
  AllocateRig rig;
  for (const char* held : {"a.example", "b.example"}) {
    for (int i = 0; i < 20; ++i) {
      CHECK(rig.Choose("dev-" + std::to_string(i), held) == held);
    }
  }
  CHECK(rig.Choose("dev-1", "c.example") != "c.example");
  CHECK(rig.Choose("dev-1", "gone.example") == rig.Choose("dev-1"));
}

TEST_CASE("allocate: static moves the device to the hub that is named") {
  AllocateRig rig;
  rig.instance.allocation_policy = AllocationPolicy::kStatic;
  rig.terms.iot_hubs = {*HubName::Parse("b.example")};
  CHECK(rig.Choose("dev-1") == "b.example");
  CHECK(rig.Choose("dev-1", "a.example") == "b.example");
  rig.terms.iot_hubs = {*HubName::Parse("c.example")};
  CHECK(rig.Ask("dev-1").error().code == Errc::kNoHub);
}

TEST_CASE("allocate: a hub over the bound is passed over for the next") {
  AllocateRig rig;
  rig.assigned = {{"a.example", 90}, {"b.example", 10}};
  int to_a = 0;
  for (int i = 0; i < 100; ++i) {
    to_a += rig.Choose("dev-" + std::to_string(i)) == "a.example" ? 1 : 0;
  }
  CHECK(to_a > 20);
  rig.instance.load_bound = 1.25;
  for (int i = 0; i < 100; ++i) {
    CHECK(rig.Choose("dev-" + std::to_string(i)) == "b.example");
  }
  // Nobody is sent away for the load.
  CHECK(rig.Choose("dev-1", "a.example") == "a.example");
}

TEST_CASE("allocate: devices under the bound go where they belong") {
  AllocateRig rig;
  std::vector<std::string> before;
  for (int i = 0; i < 50; ++i) {
    before.push_back(rig.Choose("dev-" + std::to_string(i)));
  }
  rig.instance.load_bound = 1.25;
  rig.assigned = {{"a.example", 50}, {"b.example", 50}};
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(rig.Choose("dev-" + std::to_string(i)) == before[i]);
  }
}

TEST_CASE("allocate: with no eligible hub the reason is told") {
  AllocateRig rig;
  rig.linked = HubTable();
  CHECK(rig.Choose("dev-1") == "no hub is linked to the instance");
}

TEST_CASE("allocate: geoLatency goes to the nearest, and stays while it is") {
  AllocateRig rig;
  rig.terms.allocation_policy = AllocationPolicy::kGeoLatency;
  const LatencyTable table = *LatencyTable::ParseCsv(
      "10.0.0.0/8,a.example,5\n10.0.0.0/8,b.example,9\n"
      "10.2.0.0/16,b.example,1\n10.0.0.0/8,c.example,0\n");
  GeoGuide guide{.table = &table};
  for (const HubEntry& entry : rig.linked.entries()) {
    guide.hubs.push_back(GeoHub::Of(entry.name(), std::nullopt, &table));
  }
  const auto from = [&](const char* address, std::string_view current = "") {
    const auto chosen = Allocate({.registration_id = Device("dev-1"),
                                  .terms = rig.terms,
                                  .instance = rig.instance,
                                  .linked = rig.linked,
                                  .current_hub = current,
                                  .assigned = rig.assigned,
                                  .address = *IpAddress::Parse(address),
                                  .geo = &guide});
    REQUIRE(chosen);
    return chosen->hub->name().text() +
           (chosen->remark.empty() ? "" : " by weight");
  };
  CHECK(from("10.1.0.1") == "a.example");
  CHECK(from("10.2.0.1") == "b.example");
  CHECK(from("10.2.0.1", "a.example") == "b.example");
  guide.tolerance = std::chrono::milliseconds(4);
  CHECK(from("10.2.0.1", "a.example") == "a.example");
  CHECK(from("192.0.2.1").ends_with(" by weight"));
  CHECK(from("192.0.2.1", "b.example") == "b.example by weight");
}

TEST_CASE("allocate: geoLatency that knows nothing goes by weight, and says") {
  AllocateRig rig;
  rig.terms.allocation_policy = AllocationPolicy::kGeoLatency;
  const auto chosen = rig.Ask("dev-1");
  REQUIRE(chosen);
  CHECK_FALSE(chosen->remark.empty());
  rig.terms.allocation_policy = AllocationPolicy::kHashed;
  CHECK(rig.Ask("dev-1")->hub == chosen->hub);
}

}  // namespace dps
