// SPDX-License-Identifier: Apache-2.0
#include "core/registration/allocation_preview.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/base/json.h"
#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/fleet.h"
#include "tests/support/mentions.h"
#include "tests/support/mmdb_writer.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr const char* kPreviewUrl = "https://webhook.example/f?code=secret";
constexpr const char* kThirdHub = "hub-3.example.com";

// A device of the group `fleet`, kHub1, kHub2, and kThirdHub that is excluded.
struct PreviewRig {
  PreviewRig() {
    AddInstance(store);
    PutHub(kThirdHub, false);
    SaveGroup();
  }

  void Commit(Change change) {
    REQUIRE(store.Commit({.changes = {std::move(change)}}));
  }
  void PutHub(std::string_view name, bool applies,
              std::optional<Coordinates> place = {}) {
    Commit(Put<LinkedHub>{TestScope(),
                          {.name = *HubName::Parse(name),
                           .apply_allocation_policy = applies,
                           .coordinates = place,
                           .etag_text = "e"},
                          {}});
  }
  void SaveGroup() { Save(store, group); }
  void UsePolicy(AllocationPolicy policy) {
    group.terms.allocation_policy = policy;
    if (policy == AllocationPolicy::kCustom) {
      group.terms.custom_allocation = CustomAllocation{
          .webhook_url = kPreviewUrl, .api_version = "2021-10-01"};
    }
    SaveGroup();
  }
  void NameHubs(const std::vector<std::string>& hubs) {
    group.terms.iot_hubs.clear();
    for (const std::string& hub : hubs) {
      group.terms.iot_hubs.push_back(*HubName::Parse(hub));
    }
    SaveGroup();
  }
  Instance StoredInstance() {
    return **(*store.Read())->FindInstance(TestScope());
  }
  void PutInstance(Instance instance) {
    Commit(Put<Instance>{TestScope(), std::move(instance), {}});
  }
  void UseTable(const std::string& csv) {
    Instance instance = StoredInstance();
    instance.latency_table_etag = "t";
    PutInstance(instance);
    Commit(Put<LatencyTableDocument>{
        TestScope(), {.csv = csv, .etag_text = "t"}, {}});
  }
  void Assign(std::string_view id, std::string_view hub) {
    Commit(Put<RegistrationRecord>{TestScope(),
                                   {.registration_id = Rid(id),
                                    .assigned_hub = std::string(hub),
                                    .device_id = std::string(id),
                                    .request_payload_json = "{\"site\":1}",
                                    .etag_text = "e"},
                                   {}});
  }
  AllocationPreview Preview() {
    auto preview = PreviewAllocation(**store.Read(), question, database.get());
    REQUIRE(preview);
    return *std::move(preview);
  }

  MemoryStore store;
  EnrollmentGroup group = GroupOf("fleet");
  PreviewQuestion question{.id_scope = TestScope(),
                           .registration_id = Rid("dev-1")};
  std::unique_ptr<GeoDatabase> database;
};

const HubPreview& RowOf(const AllocationPreview& preview,
                        std::string_view hub) {
  const auto row = std::ranges::find_if(
      preview.hubs,
      [&](const HubPreview& each) { return each.name.text() == hub; });
  REQUIRE(row != preview.hubs.end());
  return *row;
}

}  // namespace

TEST_CASE("allocation_preview: hashed shows costs, and the least is chosen") {
  PreviewRig rig;
  const AllocationPreview preview = rig.Preview();
  CHECK(preview.policy == AllocationPolicy::kHashed);
  CHECK(preview.policy_is_instances);
  CHECK(preview.group == rig.group.enrollment_group_id);
  REQUIRE(preview.hubs.size() == 3);
  const HubPreview& one = RowOf(preview, kHub1);
  const HubPreview& two = RowOf(preview, kHub2);
  CHECK(one.chosen == (*one.hashed_cost < *two.hashed_cost));
  CHECK(two.chosen != one.chosen);
  CHECK(*preview.hub == (one.chosen ? kHub1 : kHub2));
  CHECK(preview.reason == "the least cost of those that are left");
  const HubPreview& out = RowOf(preview, kThirdHub);
  CHECK_FALSE(out.eligible);
  CHECK(out.why_not == "excluded from allocation");
  CHECK_FALSE(out.hashed_cost);
}

TEST_CASE("allocation_preview: hubs the enrollment does not name are out") {
  PreviewRig rig;
  rig.NameHubs({std::string(kHub2), "gone.example.com"});
  const AllocationPreview preview = rig.Preview();
  CHECK(RowOf(preview, kHub1).why_not == "not named by the enrollment");
  CHECK(RowOf(preview, kThirdHub).why_not == "not named by the enrollment");
  CHECK(*preview.hub == kHub2);
  CHECK(preview.reason == "the only one that is left");
  REQUIRE(preview.unlinked.size() == 1);
  CHECK(preview.unlinked[0].text() == "gone.example.com");
}

TEST_CASE("allocation_preview: a hub over the load bound is passed over") {
  PreviewRig rig;
  const std::string favourite = *rig.Preview().hub;
  for (int i = 0; i < 4; ++i) {
    rig.Assign("other-" + std::to_string(i), favourite);
  }
  CHECK(RowOf(rig.Preview(), favourite).assigned_devices == 4);
  CHECK(*rig.Preview().hub == favourite);
  Instance instance = rig.StoredInstance();
  instance.load_bound = 1.25;
  rig.PutInstance(instance);
  const AllocationPreview preview = rig.Preview();
  CHECK(*preview.hub != favourite);
  CHECK(RowOf(preview, favourite).within_load_bound == false);
  CHECK(RowOf(preview, favourite).why_not == "over the load bound");
  CHECK(RowOf(preview, *preview.hub).within_load_bound == true);
  CHECK_FALSE(RowOf(preview, kThirdHub).within_load_bound);
  // So it is where geoLatency knows nothing.
  rig.UsePolicy(AllocationPolicy::kGeoLatency);
  const AllocationPreview lost = rig.Preview();
  CHECK(*lost.hub == *preview.hub);
  CHECK(RowOf(lost, favourite).why_not == "over the load bound");
}

TEST_CASE("allocation_preview: hashed leaves a device where it is") {
  PreviewRig rig;
  const std::string other =
      *rig.Preview().hub == kHub1 ? std::string(kHub2) : std::string(kHub1);
  rig.Assign("dev-1", other);
  const AllocationPreview preview = rig.Preview();
  CHECK(preview.current_hub == other);
  CHECK_FALSE(preview.held);
  CHECK(*preview.hub == other);
  CHECK(Mentions(preview.reason, "the device is there"));
}

TEST_CASE("allocation_preview: policy never holds a device, eligible or not") {
  PreviewRig rig;
  rig.Assign("dev-1", kThirdHub);
  rig.group.terms.reprovision_policy = ReprovisionPolicy{false, false};
  rig.SaveGroup();
  const AllocationPreview held = rig.Preview();
  CHECK(held.held);
  CHECK(*held.hub == kThirdHub);
  CHECK(RowOf(held, kThirdHub).chosen);
  CHECK_FALSE(RowOf(held, kThirdHub).eligible);
  CHECK(Mentions(held.reason, "reprovision policy never"));
  RemoveHub(rig.store, kThirdHub);
  const AllocationPreview stuck = rig.Preview();
  REQUIRE_FALSE(stuck.hub);
  CHECK(Mentions(stuck.hub.error().message, "no longer linked"));
}

TEST_CASE("allocation_preview: geoLatency shows the rows of the table") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kGeoLatency);
  rig.UseTable("10.0.0.0/8," + std::string(kHub1) + ",20\n10.1.0.0/16," +
               std::string(kHub2) + ",2.5\n192.0.2.0/24," + std::string(kHub1) +
               ",1\n");
  rig.question.address = *IpAddress::Parse("10.1.2.3");
  const AllocationPreview both = rig.Preview();
  CHECK(both.latency_source == LatencySource::kTable);
  CHECK(RowOf(both, kHub1).latency_prefix == "10.0.0.0/8");
  CHECK(Mentions(RowOf(both, kHub1).why_not, "another is nearer"));
  CHECK(RowOf(both, kHub2).latency == std::chrono::microseconds(2500));
  CHECK(RowOf(both, kHub2).latency_prefix == "10.1.0.0/16");
  CHECK(*both.hub == kHub2);
  CHECK(both.reason == "the nearest");
  rig.question.address = *IpAddress::Parse("192.0.2.1");
  const AllocationPreview one = rig.Preview();
  CHECK(*one.hub == kHub1);
  CHECK(RowOf(one, kHub2).why_not == "its latency is not known");
  CHECK_FALSE(RowOf(one, kHub2).latency);
}

TEST_CASE("allocation_preview: geoLatency shows distances by coordinates") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kGeoLatency);
  rig.PutHub(kHub1, true, Coordinates{52.52, 13.405});
  rig.PutHub(kHub2, true, Coordinates{-33.8688, 151.2093});
  const TempDir directory;
  MmdbWriter cities;
  cities.Add("192.0.2.0/24", MmdbCity({47.3769, 8.5417}));
  const FakeClock clock;
  FakeLog log;
  rig.database = *GeoDatabase::Open(
      directory.Write("cities.mmdb", cities.Finish()), clock, log);
  rig.question.address = *IpAddress::Parse("192.0.2.9");
  const AllocationPreview preview = rig.Preview();
  CHECK(preview.latency_source == LatencySource::kCoordinates);
  CHECK(preview.device_place == Coordinates{47.3769, 8.5417});
  CHECK(*preview.hub == kHub1);
  CHECK(RowOf(preview, kHub1).latency_prefix.empty());
  const std::string json = ToJson(preview);
  CHECK(Mentions(json, R"("latencySource":"coordinates")"));
  // Zurich to Berlin.
  CHECK(Mentions(json, R"("latencyMs":6.691,"distanceKm":669.1)"));
}

TEST_CASE("allocation_preview: geoLatency without knowledge says why") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kGeoLatency);
  const AllocationPreview preview = rig.Preview();
  CHECK(preview.latency_source == LatencySource::kNothing);
  REQUIRE(preview.hub);
  CHECK(preview.remark == "there is no latency table and no geo database");
  CHECK(RowOf(preview, *preview.hub).hashed_cost.has_value());
}

TEST_CASE("allocation_preview: static is one hub, or the reason for none") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kStatic);
  const AllocationPreview none = rig.Preview();
  REQUIRE_FALSE(none.hub);
  CHECK(none.hub.error().code == Errc::kNoHub);
  CHECK(RowOf(none, kHub1).why_not ==
        "the enrollment names no hub, and policy static needs one");
  rig.NameHubs({std::string(kHub1), std::string(kHub2)});
  const AllocationPreview two = rig.Preview();
  CHECK(Mentions(two.hub.error().message, "names 2"));
  CHECK(RowOf(two, kHub1).eligible);
  CHECK(RowOf(two, kHub1).why_not ==
        "one of 2 that the enrollment names, and policy static takes one");
  rig.NameHubs({std::string(kHub2)});
  CHECK(*rig.Preview().hub == kHub2);
  CHECK_FALSE(rig.Preview().policy_is_instances);
}

TEST_CASE("allocation_preview: a disabled enrollment ends in disabled") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kCustom);
  rig.group.terms.provisioning_status = ProvisioningStatus::kDisabled;
  rig.SaveGroup();
  const AllocationPreview preview = rig.Preview();
  REQUIRE_FALSE(preview.hub);
  CHECK(preview.hub.error().code == Errc::kForbidden);
  CHECK_FALSE(preview.webhook_call);
  CHECK(Mentions(ToJson(preview), R"("status":"disabled")"));
}

TEST_CASE("allocation_preview: custom shows what would be asked, no secret") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kCustom);
  Instance instance = rig.StoredInstance();
  instance.webhook_key = TestKey('w');
  rig.PutInstance(instance);
  rig.Assign("dev-1", kHub2);
  const AllocationPreview preview = rig.Preview();
  REQUIRE(preview.hub);
  CHECK(preview.hub->empty());
  REQUIRE(preview.webhook_call);
  CHECK(preview.webhook_call->url == kPreviewUrl);
  CHECK(preview.webhook_call->signing_key == TestKey('w'));
  const std::string json = ToJson(preview);
  CHECK(Mentions(json,
                 R"("url":"https://webhook.example/f?****","signed":true)"));
  CHECK(Mentions(json, R"("linkedHubs":["hub-1.example.com",)"));
  CHECK(Mentions(json, R"("payload":{"site":1})"));
  CHECK(Mentions(json, R"("status":"assigning")"));
  CHECK_FALSE(Mentions(json, "secret"));
  CHECK_FALSE(Mentions(json, std::string(8, 'w')));
}

TEST_CASE("allocation_preview: custom judges an answer as registering does") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kCustom);
  const auto answered = [&](Result<WebhookAnswer> answer) {
    rig.question.webhook =
        WebhookReply{.webhook_url = kPreviewUrl, .answer = std::move(answer)};
    return rig.Preview();
  };
  const AllocationPreview good = answered(WebhookAnswer{
      .hub = *HubName::Parse(kHub2), .payload_json = "{\"a\":1}"});
  CHECK(*good.hub == kHub2);
  CHECK(good.reason == "the webhook says so");
  CHECK(RowOf(good, kHub2).chosen);
  CHECK(Mentions(ToJson(good),
                 R"("answer":{"iotHubHostName":"hub-2.example.com",)"
                 R"("payload":{"a":1}})"));
  const AllocationPreview bad =
      answered(WebhookAnswer{.hub = *HubName::Parse(kThirdHub)});
  REQUIRE_FALSE(bad.hub);
  CHECK(bad.hub.error().code == Errc::kWebhookFailed);
  CHECK(Mentions(bad.hub.error().message, "among the hubs"));
  CHECK(Mentions(ToJson(bad), R"("errorCode":400207)"));
  const AllocationPreview dead =
      answered(Fail(Errc::kWebhookFailed, "timed out"));
  CHECK(dead.hub.error().message == "timed out");
  CHECK(dead.webhook_call.has_value());
}

TEST_CASE("allocation_preview: custom keeps a held device where it is") {
  PreviewRig rig;
  rig.UsePolicy(AllocationPolicy::kCustom);
  rig.Assign("dev-1", kHub1);
  rig.group.terms.reprovision_policy = ReprovisionPolicy{false, false};
  rig.SaveGroup();
  CHECK(Mentions(rig.Preview().webhook_call->body,
                 R"("linkedHubs":["hub-1.example.com"])"));
  rig.question.webhook =
      WebhookReply{.webhook_url = kPreviewUrl,
                   .answer = WebhookAnswer{*HubName::Parse(kHub2)}};
  CHECK(*rig.Preview().hub == kHub1);
}

TEST_CASE("allocation_preview: a certificate that is not at hand is noted") {
  PreviewRig rig;
  rig.group.terms.attestation = X509Attestation();
  rig.UsePolicy(AllocationPolicy::kCustom);
  CHECK(Mentions(rig.Preview().remark, "certificate"));
}

TEST_CASE("allocation_preview: a scope nobody knows is refused") {
  PreviewRig rig;
  rig.question.id_scope = *IdScope::Parse("0neOTHER");
  const auto preview = PreviewAllocation(**rig.store.Read(), rig.question);
  REQUIRE_FALSE(preview);
  CHECK(preview.error().code == Errc::kUnauthenticated);
}

}  // namespace dps
