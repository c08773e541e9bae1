// SPDX-License-Identifier: Apache-2.0
// Whatever the configuration, the preview says what registering then does.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/registration/allocation_preview.h"
#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

constexpr const char* kDevice = "dev-1";

HubName Hub(int number) {
  return *HubName::Parse("hub-" + std::to_string(number) + ".example");
}

bool Maybe() { return *rc::gen::arbitrary<bool>(); }
int Below(int end) { return *rc::gen::inRange(0, end); }
bool OnceIn(int times) { return Below(times) == times - 1; }

Instance AnyInstance() {
  Instance instance{.name = "factory",
                    .id_scope = TestScope(),
                    .operation_key = TestKey('o'),
                    .etag_text = "i"};
  instance.allocation_policy = *rc::gen::element(AllocationPolicy::kHashed,
                                                 AllocationPolicy::kGeoLatency,
                                                 AllocationPolicy::kStatic);
  if (Maybe()) instance.load_bound = 1 + Below(100) / 100.0;
  instance.latency_tolerance_ms = Below(20);
  return instance;
}

// Names some hubs, one of which may not be linked.
EnrollmentGroup AnyGroup(int hubs) {
  EnrollmentGroup group = GroupOf("fleet");
  if (Maybe()) {
    group.terms.allocation_policy = *rc::gen::element(
        AllocationPolicy::kHashed, AllocationPolicy::kGeoLatency,
        AllocationPolicy::kStatic);
  }
  for (int i = 0; i <= hubs; ++i) {
    if (OnceIn(4)) group.terms.iot_hubs.push_back(Hub(i));
  }
  if (OnceIn(4)) {
    group.terms.reprovision_policy = ReprovisionPolicy{false, false};
  }
  if (OnceIn(16)) {
    group.terms.provisioning_status = ProvisioningStatus::kDisabled;
  }
  return group;
}

void AddRecord(Batch& batch, const std::string& id, int hub) {
  batch.changes.emplace_back(
      Put<RegistrationRecord>{TestScope(),
                              {.registration_id = Rid(id),
                               .assigned_hub = Hub(hub).text(),
                               .device_id = id,
                               .etag_text = "r"},
                              {}});
}

std::string AnyTable(int hubs) {
  std::string csv;
  for (int i = 0; i < hubs; ++i) {
    for (const char* prefix : {"10.0.0.0/8", "10.1.0.0/16"}) {
      if (Maybe()) continue;
      csv += std::string(prefix) + "," + Hub(i).text() + "," +
             std::to_string(Below(50)) + "\n";
    }
  }
  return csv;
}

void Fill(Store& store) {
  const int hubs = 6 - Below(7);
  Batch batch;
  Instance instance = AnyInstance();
  const std::string csv = AnyTable(hubs);
  if (!csv.empty()) {
    instance.latency_table_etag = "t";
    batch.changes.emplace_back(Put<LatencyTableDocument>{
        TestScope(), {.csv = csv, .etag_text = "t"}, {}});
  }
  batch.changes.emplace_back(Put<Instance>{TestScope(), instance, {}});
  for (int i = 0; i < hubs; ++i) {
    batch.changes.emplace_back(
        Put<LinkedHub>{TestScope(),
                       {.name = Hub(i),
                        .allocation_weight = 1 + Below(10),
                        .apply_allocation_policy = !OnceIn(4),
                        .etag_text = "h"},
                       {}});
  }
  batch.changes.emplace_back(
      Put<EnrollmentGroup>{TestScope(), AnyGroup(hubs), {}});
  for (int i = Below(20); i > 0; --i) {
    AddRecord(batch, "other-" + std::to_string(i), Below(hubs + 1));
  }
  if (Maybe()) AddRecord(batch, kDevice, Below(hubs + 1));
  RC_ASSERT(store.Commit(batch).has_value());
}

RegistrationRequest RequestOfDevice() {
  const std::string token =
      GroupTokenFor(kDevice, kNoon + std::chrono::hours(1));
  return {.proof = {TestScope(), Rid(kDevice), *ParseSasToken(token)},
          .operation_id = "4.op"};
}

Result<Assignment> AssignFrom(Store& store,
                              const std::optional<IpAddress>& address) {
  RegistrationRequest request = RequestOfDevice();
  request.address = address;
  const auto snapshot = *store.Read();
  ConfigCache cache;
  DPS_TRY(ScopeConfig * config, cache.At(*snapshot, TestScope()));
  AssignedCounts assigned = *snapshot->CountAssigned(TestScope());
  GeoGuides geo;
  DPS_TRY(AssignOutcome outcome,
          Assign({*snapshot, *config, assigned, {.now = kNoon}, geo}, request));
  return std::get<Assignment>(std::move(outcome));
}

// One row is chosen, and of a new device no row left has a lower cost.
void CheckRows(const AllocationPreview& preview) {
  const auto chosen =
      std::ranges::find(preview.hubs, true, &HubPreview::chosen);
  RC_ASSERT(chosen != preview.hubs.end());
  RC_ASSERT(chosen->name.text() == *preview.hub);
  RC_ASSERT(std::ranges::count(preview.hubs, true, &HubPreview::chosen) == 1);
  RC_ASSERT(chosen->why_not.empty());
  RC_ASSERT(!preview.reason.empty());
  if (!chosen->hashed_cost || *preview.hub == preview.current_hub) return;
  for (const HubPreview& row : preview.hubs) {
    if (!row.why_not.empty()) continue;
    RC_ASSERT(*row.hashed_cost >= *chosen->hashed_cost);
  }
}

}  // namespace

TEST_CASE("allocation_preview_properties: it is what registering comes to") {
  CHECK(rc::check([] {
    MemoryStore store;
    Fill(store);
    std::optional<IpAddress> address;
    if (!OnceIn(4)) {
      address = *IpAddress::Parse(
          *rc::gen::element<std::string>("10.1.2.3", "10.9.9.9", "192.0.2.1"));
    }
    const auto assignment = AssignFrom(store, address);
    RC_ASSERT(assignment.has_value());
    const RegistrationRecord& record = assignment->record;
    const auto preview =
        PreviewAllocation(**store.Read(), {.id_scope = TestScope(),
                                           .registration_id = Rid(kDevice),
                                           .address = address});
    RC_ASSERT(preview.has_value());
    const bool assigned = record.status == RegistrationStatus::kAssigned;
    RC_TAG(std::string(ToText(record.status)) + " " +
           std::string(ToText(preview->policy)));
    RC_ASSERT(preview->hub.has_value() == assigned);
    RC_ASSERT(preview->remark == assignment->remark);
    if (assigned) {
      RC_ASSERT(*preview->hub == record.assigned_hub);
      CheckRows(*preview);
    } else {
      RC_ASSERT(preview->hub.error().message == record.error_message);
    }
  }));
}

}  // namespace dps
