// SPDX-License-Identifier: Apache-2.0
#include "core/registration/reprovision_plan.h"

#include <algorithm>
#include <array>

#include "core/base/json.h"
#include "core/model/words.h"

namespace dps {
namespace {

constexpr std::array kOutcomeWords = {
    Word{PlannedOutcome::kStays, "stays"},
    Word{PlannedOutcome::kMoves, "moves"},
    Word{PlannedOutcome::kFails, "fails"},
    Word{PlannedOutcome::kUnknown, "unknown"},
};

// What nobody but the device and its webhook can tell; empty = nothing.
std::string Unknowable(const AllocationPreview& preview) {
  if (preview.held) return {};
  if (preview.policy == AllocationPolicy::kCustom) {
    return "the webhook decides";
  }
  const auto eligible =
      std::ranges::count(preview.hubs, true, &HubPreview::eligible);
  if (preview.policy == AllocationPolicy::kGeoLatency && eligible > 1) {
    return "the device's address decides";
  }
  return {};
}

void Conclude(const AllocationPreview& preview, PlannedRegistration& planned) {
  if (!preview.hub) {
    planned.outcome = PlannedOutcome::kFails;
    planned.reason = preview.hub.error().message;
    return;
  }
  planned.reason = Unknowable(preview);
  if (!planned.reason.empty()) return;
  // A webhook is asked about a device that is held, but has no choice.
  planned.to = preview.hub->empty() ? planned.from : *preview.hub;
  planned.outcome = planned.to == planned.from ? PlannedOutcome::kStays
                                               : PlannedOutcome::kMoves;
  planned.data =
      MoveBetween(planned.from, planned.to, preview.reprovisioning).data;
}

}  // namespace

Result<PlannedRegistration> PlanRegistration(Snapshot& snapshot,
                                             const IdScope& scope,
                                             const RegistrationRecord& record,
                                             PreviewMemory& memory) {
  PlannedRegistration planned{.registration_id = record.registration_id,
                              .from = record.assigned_hub,
                              .to = {}};
  const PreviewQuestion question{.id_scope = scope,
                                 .registration_id = record.registration_id,
                                 .group = record.enrollment_group_id};
  const auto preview = PreviewAllocation(snapshot, question, memory);
  if (preview) {
    Conclude(*preview, planned);
    return planned;
  }
  if (preview.error().code != Errc::kNotFound) {
    return tl::unexpected(preview.error());
  }
  planned.outcome = PlannedOutcome::kFails;
  planned.reason = preview.error().message;
  return planned;
}

std::string ToJson(const PlannedRegistration& planned) {
  const bool is_known = planned.outcome == PlannedOutcome::kStays ||
                        planned.outcome == PlannedOutcome::kMoves;
  JsonWriter json;
  json.StartObject();
  json.Member("registrationId", planned.registration_id.text());
  json.Member("outcome", TextOf(kOutcomeWords, planned.outcome));
  json.MemberNonempty("from", planned.from).MemberNonempty("to", planned.to);
  if (is_known) json.Member("deviceData", ToText(planned.data));
  json.MemberNonempty("reason", planned.reason);
  return json.EndObject().Take();
}

}  // namespace dps
