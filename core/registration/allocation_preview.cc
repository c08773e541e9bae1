// SPDX-License-Identifier: Apache-2.0
#include "core/registration/allocation_preview.h"

#include <algorithm>
#include <utility>

#include "core/allocation/candidates.h"
#include "core/allocation/hashed.h"
#include "core/allocation/load_bound.h"
#include "core/base/crypto.h"
#include "core/registration/decide_by_webhook.h"
#include "core/registration/presumed_enrollment.h"
#include "core/registration/reprovisioning.h"

namespace dps {
namespace {

// The registration to be explained, all of it.
struct Case {
  const Ground& ground;
  const Selection& selection;
  const RegistrationRecord& record;  // an empty one for a new device
  const RegistrationRequest& request;
  const GeoGuide* geo = nullptr;  // of policy geoLatency

  const EnrollmentTerms& terms() const { return selection.terms(); }
  const Instance& instance() const { return ground.config.instance; }
  const HubTable& linked() const { return ground.config.linked_hubs; }
  Reprovisioning reprovisioning() const {
    return ReprovisioningOf(terms(), request.api_version);
  }
  AllocationPolicy policy() const { return PolicyFor(terms(), instance()); }
  AllocationQuestion question() const {
    return {.registration_id = record.registration_id,
            .terms = terms(),
            .instance = instance(),
            .linked = linked(),
            .current_hub = record.assigned_hub,
            .assigned = ground.assigned,
            .address = request.address,
            .geo = geo};
  }
};

bool IsNamed(const Case& of, const HubName& hub) {
  const auto& named = of.terms().iot_hubs;
  if (named.empty()) return of.policy() != AllocationPolicy::kStatic;
  return std::ranges::find(named, hub) != named.end();
}

// Why a linked hub does not take part, or empty.
std::string WhyOut(const Case& of, const HubEntry& entry) {
  const auto& named = of.terms().iot_hubs;
  const bool is_static = of.policy() == AllocationPolicy::kStatic;
  if (is_static && named.empty()) {
    return "the enrollment names no hub, and policy static needs one";
  }
  if (!IsNamed(of, entry.name())) return "not named by the enrollment";
  if (!entry.hub.apply_allocation_policy) return "excluded from allocation";
  if (!is_static || named.size() == 1) return "";
  return "one of " + std::to_string(named.size()) +
         " that the enrollment names, and policy static takes one";
}

Candidates CandidatesOf(const Case& of) {
  Candidates candidates =
      EligibleHubs(of.terms(), of.linked()).value_or(Candidates());
  std::erase_if(candidates, [&](const HubEntry* entry) {
    return !IsNamed(of, entry->name());
  });
  return candidates;
}

// Of all linked hubs, in their order.
std::vector<HubPreview> RowsOf(const Case& of, const Candidates& candidates) {
  std::vector<HubPreview> rows;
  for (const HubEntry& entry : of.linked().entries()) {
    const auto count = of.ground.assigned.find(entry.name().text());
    HubPreview row{
        .name = entry.name(),
        .allocation_weight = entry.hub.allocation_weight,
        .eligible = std::ranges::find(candidates, &entry) != candidates.end(),
        .assigned_devices =
            count == of.ground.assigned.end() ? 0 : count->second};
    row.why_not = WhyOut(of, entry);
    rows.push_back(std::move(row));
  }
  return rows;
}

HubPreview& RowOf(const Case& of, AllocationPreview& preview,
                  const HubEntry& entry) {
  return preview
      .hubs[static_cast<std::size_t>(&entry - of.linked().entries().data())];
}

void AddCosts(const Case& of, const Candidates& candidates,
              AllocationPreview& preview) {
  for (const HubEntry* entry : candidates) {
    RowOf(of, preview, *entry).hashed_cost =
        HashedCost(preview.registration_id, *entry);
  }
}

void AddLoads(const Case& of, const Candidates& candidates,
              AllocationPreview& preview) {
  if (!of.instance().load_bound) return;
  const Candidates within = WithinLoadBound(candidates, of.ground.assigned,
                                            *of.instance().load_bound);
  for (const HubEntry* entry : candidates) {
    HubPreview& row = RowOf(of, preview, *entry);
    row.within_load_bound = std::ranges::find(within, entry) != within.end();
    if (!*row.within_load_bound) row.why_not = "over the load bound";
  }
}

std::string PrefixOf(const Case& of, const HubName& hub) {
  const LatencyTable& table = *of.geo->table;
  return table.RowFor(*table.Locate(*of.request.address), *table.NumberOf(hub))
      ->prefix.text();
}

void AddLatencies(const Case& of, const Candidates& candidates,
                  AllocationPreview& preview) {
  const GeoAnswer answer = NearestOf(of.question(), candidates);
  preview.latency_source = answer.source;
  preview.device_place = answer.device;
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    HubPreview& row = RowOf(of, preview, *candidates[i]);
    row.latency = answer.latencies[i];
    if (row.latency && answer.source == LatencySource::kTable) {
      row.latency_prefix = PrefixOf(of, row.name);
    }
    if (std::ranges::find(answer.nearest, i) != answer.nearest.end()) continue;
    row.why_not = row.latency ? "another is nearer by more than the tolerance"
                              : "its latency is not known";
  }
}

std::string ReasonFor(const AllocationPreview& preview,
                      const std::string& hub) {
  if (preview.held) return "reprovision policy never keeps the device there";
  if (preview.policy == AllocationPolicy::kCustom) return "the webhook says so";
  if (preview.policy == AllocationPolicy::kStatic) {
    return "the one hub that the enrollment names";
  }
  const bool by_latency = preview.latency_source != LatencySource::kNothing;
  if (hub == preview.current_hub) {
    return by_latency ? "the device is there, and no hub is nearer by more "
                        "than the tolerance"
                      : "the device is there, and the hub is eligible";
  }
  const auto left =
      std::ranges::count(preview.hubs, std::string(), &HubPreview::why_not);
  if (left > 1) return "the least cost of those that are left";
  return by_latency ? "the nearest" : "the only one that is left";
}

// As Assign() chooses where nobody is asked.
Result<std::string> ChooseHub(const Case& of, AllocationPreview& preview) {
  DPS_TRY(const auto held,
          HeldHub(of.linked(), of.reprovisioning(), of.record.assigned_hub));
  if (held) return held->text();
  DPS_TRY(Allocation allocation, Allocate(of.question()));
  preview.remark = std::move(allocation.remark);
  return allocation.hub->name().text();
}

Result<std::string> AskForHub(const Case& of, AllocationPreview& preview) {
  RegistrationRequest unanswered = of.request;
  unanswered.webhook.reset();
  DPS_TRY(auto call,
          DecideByWebhook(of.ground, of.selection, of.record, unanswered));
  preview.webhook_call = std::get<WebhookCall>(std::move(call));
  if (!std::holds_alternative<SymmetricKeyAttestation>(
          of.terms().attestation)) {
    preview.remark =
        "the request would hold the device's certificate, which is not known "
        "here";
  }
  DPS_TRY(auto outcome,
          DecideByWebhook(of.ground, of.selection, of.record, of.request));
  auto* answer = std::get_if<WebhookAnswer>(&outcome);
  if (answer == nullptr) return std::string();
  preview.webhook_answer = std::move(*answer);
  return preview.webhook_answer->hub.text();
}

Result<std::string> DecideHub(const Case& of, AllocationPreview& preview) {
  if (of.terms().provisioning_status == ProvisioningStatus::kDisabled) {
    return Fail(Errc::kForbidden, "the enrollment is disabled");
  }
  return preview.policy == AllocationPolicy::kCustom ? AskForHub(of, preview)
                                                     : ChooseHub(of, preview);
}

bool IsOutcome(const Error& error) {
  return error.code == Errc::kForbidden || error.code == Errc::kNoHub ||
         error.code == Errc::kWebhookFailed;
}

void TakeHub(AllocationPreview& preview) {
  if (!preview.hub || preview.hub->empty()) return;
  preview.reason = ReasonFor(preview, *preview.hub);
  for (HubPreview& row : preview.hubs) {
    if (row.name.text() != *preview.hub) continue;
    row.chosen = true;
    row.why_not.clear();
  }
}

// As Allocate() sees it: geoLatency without knowledge is hashed.
bool IsByWeight(const AllocationPreview& preview) {
  return preview.policy == AllocationPolicy::kHashed ||
         (preview.policy == AllocationPolicy::kGeoLatency &&
          preview.latency_source == LatencySource::kNothing);
}

AllocationPreview DescribeCase(const Case& of) {
  const EnrollmentTerms& terms = of.terms();
  const auto held =
      HeldHub(of.linked(), of.reprovisioning(), of.record.assigned_hub);
  const Candidates candidates = CandidatesOf(of);
  AllocationPreview preview{.registration_id = of.record.registration_id,
                            .group = of.selection.acceptance.group,
                            .policy = of.policy(),
                            .policy_is_instances = !terms.allocation_policy,
                            .current_hub = of.record.assigned_hub,
                            .held = !held || *held,
                            .reprovisioning = of.reprovisioning(),
                            .address = of.request.address,
                            .device_place = {},
                            .hubs = RowsOf(of, candidates),
                            .unlinked = {},
                            .webhook_call = {},
                            .webhook_answer = {},
                            .hub = {},
                            .reason = {},
                            .remark = {}};
  for (const HubName& hub : terms.iot_hubs) {
    if (of.linked().Find(hub.text()) == nullptr) {
      preview.unlinked.push_back(hub);
    }
  }
  if (preview.policy == AllocationPolicy::kGeoLatency) {
    AddLatencies(of, candidates, preview);
  }
  if (IsByWeight(preview)) AddLoads(of, candidates, preview);
  if (preview.policy == AllocationPolicy::kHashed ||
      preview.policy == AllocationPolicy::kGeoLatency) {
    AddCosts(of, candidates, preview);
  }
  return preview;
}

}  // namespace

Result<AllocationPreview> PreviewAllocation(Snapshot& snapshot,
                                            const PreviewQuestion& question,
                                            GeoDatabase* database) {
  PreviewMemory memory{.cache = {}, .guides = GeoGuides(database)};
  return PreviewAllocation(snapshot, question, memory);
}

Result<AllocationPreview> PreviewAllocation(Snapshot& snapshot,
                                            const PreviewQuestion& question,
                                            PreviewMemory& memory) {
  GeoGuides& guides = memory.guides;
  const IdScope& scope = question.id_scope;
  DPS_TRY(ScopeConfig * config, memory.cache.At(snapshot, scope));
  DPS_TRY(AssignedCounts assigned, snapshot.CountAssigned(scope));
  DPS_TRY(auto found,
          snapshot.FindRegistration(scope, question.registration_id));
  const RegistrationRecord record =
      found ? *std::move(found)
            : RegistrationRecord{.registration_id = question.registration_id};
  DPS_TRY(const Selection selection,
          PresumeEnrollment(snapshot, scope, record, question.group));
  const RegistrationRequest request{
      .proof = {scope, question.registration_id, SasToken()},
      .accepted = {},
      .operation_id = NewGuid(),
      .payload_json = record.request_payload_json,
      .address = question.address,
      .webhook = question.webhook};
  const Ground ground{snapshot, *config, assigned, {}, guides};
  Case the_case{ground, selection, record, request};
  if (the_case.policy() == AllocationPolicy::kGeoLatency) {
    DPS_TRY(the_case.geo, guides.At(snapshot, *config));
  }
  AllocationPreview preview = DescribeCase(the_case);
  preview.hub = DecideHub(the_case, preview);
  if (!preview.hub && !IsOutcome(preview.hub.error())) {
    return Forward(std::move(preview.hub));
  }
  TakeHub(preview);
  return preview;
}

}  // namespace dps
