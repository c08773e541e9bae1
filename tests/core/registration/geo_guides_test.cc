// SPDX-License-Identifier: Apache-2.0
#include "core/registration/geo_guides.h"

#include <doctest/doctest.h>

#include <string>

#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

struct GuidesRig {
  GuidesRig() { AddInstance(store); }

  // As PUT /latencyTable does it.
  void SetTable(const std::string& csv, const std::string& etag) {
    Instance instance = **(*store.Read())->FindInstance(TestScope());
    instance.latency_table_etag = etag;
    REQUIRE(store.Commit(
        {.changes = {Put<Instance>{TestScope(), instance, {}},
                     Put<LatencyTableDocument>{
                         TestScope(), {.csv = csv, .etag_text = etag}, {}}}}));
  }
  Result<const GeoGuide*> Ask() {
    snapshot = *store.Read();
    return guides.At(*snapshot, **cache.At(*snapshot, TestScope()));
  }

  MemoryStore store;
  ConfigCache cache;
  GeoGuides guides;
  std::unique_ptr<Snapshot> snapshot;
};

}  // namespace

TEST_CASE("geo_guides: without a table there is one hub each, and no table") {
  GuidesRig rig;
  const auto guide = rig.Ask();
  REQUIRE(guide);
  CHECK((*guide)->table == nullptr);
  CHECK((*guide)->database == nullptr);
  CHECK((*guide)->hubs.size() == 2);
}

TEST_CASE("geo_guides: a table is read when it changes, and only then") {
  GuidesRig rig;
  rig.SetTable("10.0.0.0/8," + std::string(kHub1) + ",5\n", "e1");
  const LatencyTable* first = (*rig.Ask())->table;
  REQUIRE(first != nullptr);
  CHECK(first->row_count() == 1);
  CHECK((*rig.Ask())->hubs[0].number.has_value());
  CHECK_FALSE((*rig.Ask())->hubs[1].number.has_value());
  AddHub(rig.store, "hub-3.example.com");
  CHECK((*rig.Ask())->table == first);
  CHECK((*rig.Ask())->hubs.size() == 3);
  rig.SetTable("10.0.0.0/8,a,5\n10.0.0.0/8,b,6\n", "e2");
  CHECK((*rig.Ask())->table->row_count() == 2);
}

TEST_CASE("geo_guides: a stored table that cannot be read is an error") {
  GuidesRig rig;
  rig.SetTable("nonsense", "e1");
  const auto guide = rig.Ask();
  REQUIRE_FALSE(guide);
  CHECK(guide.error().code == Errc::kInternal);
  CHECK(guide.error().message.find("0ne00ABCDEF") != std::string::npos);
  rig.SetTable("10.0.0.0/8,a,5\n", "e2");
  CHECK(rig.Ask());
}

}  // namespace dps
