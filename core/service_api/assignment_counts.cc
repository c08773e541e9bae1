// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/assignment_counts.h"

#include <map>
#include <string>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/service_api/decision.h"

namespace dps {
namespace {

struct Counts {
  std::uint64_t counted = 0;
  std::uint64_t stored = 0;
};
using CountsByHub = std::map<std::string, Counts>;

Result<CountsByHub> Recount(Snapshot& snapshot, const IdScope& scope) {
  CountsByHub hubs;
  DPS_TRY(const AssignedCounts stored, snapshot.CountAssigned(scope));
  for (const auto& [hub, count] : stored) hubs[hub].stored = count;
  Page page{.after = "", .limit = limits::kQueryPageMax};
  bool more = true;
  while (more) {
    DPS_TRY(const auto records,
            snapshot.ListRegistrations(scope, std::nullopt, page));
    for (const RegistrationRecord& record : records) {
      if (!record.assigned_hub.empty()) ++hubs[record.assigned_hub].counted;
    }
    more = records.size() == page.limit;
    if (more) page.after = records.back().key();
  }
  return hubs;
}

AdjustAssignedCounts Correction(const IdScope& scope, const CountsByHub& hubs) {
  AdjustAssignedCounts adjust{.scope = scope, .by_hub = {}};
  for (const auto& [hub, counts] : hubs) {
    if (counts.counted == counts.stored) continue;
    adjust.by_hub[hub] = static_cast<std::int64_t>(counts.counted) -
                         static_cast<std::int64_t>(counts.stored);
  }
  return adjust;
}

std::string ToJson(const CountsByHub& hubs, bool correct, bool repaired) {
  JsonWriter json;
  json.StartObject();
  json.Key("correct").Bool(correct).Key("repaired").Bool(repaired);
  json.Key("hubs").StartArray();
  for (const auto& [hub, counts] : hubs) {
    json.StartObject().Member("name", hub);
    json.Key("counted").Int(static_cast<std::int64_t>(counts.counted));
    json.Key("stored").Int(static_cast<std::int64_t>(counts.stored));
    json.EndObject();
  }
  return json.EndArray().EndObject().Take();
}

Result<bool> WantsRepair(const std::string& body) {
  if (body.empty()) return false;
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(body));
  DPS_TRY(const auto repair, document.root().OptionalBool("repair"));
  return repair.value_or(false);
}

}  // namespace

Result<Response> RecountAssignments(const Call& call) {
  DPS_TRY(const bool repair, WantsRepair(call.request.body));
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        DPS_TRY(const auto version, snapshot.ConfigVersion(call.scope()));
        DPS_TRY(const CountsByHub hubs, Recount(snapshot, call.scope()));
        AdjustAssignedCounts adjust = Correction(call.scope(), hubs);
        const bool correct = adjust.by_hub.empty();
        const bool repairs = repair && !correct;
        Decision decision{.response =
                              JsonResponse(ToJson(hubs, correct, repairs))};
        if (!repairs) return decision;
        decision.batch.changes = {std::move(adjust)};
        decision.batch.unchanged_config = {{call.scope(), version}};
        return decision;
      });
}

}  // namespace dps
