// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/linked_hubs.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/service_api/decision.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

std::string Named(const HubName& name) { return "linked hub " + name.text(); }

std::optional<LinkedHub> Find(const std::vector<LinkedHub>& hubs,
                              const HubName& name) {
  const auto hub = std::ranges::find(hubs, name, &LinkedHub::name);
  return hub == hubs.end() ? std::nullopt : std::optional(*hub);
}

// A hub as operators see it: also what it holds of the instance's assignments.
std::string ViewOf(const LinkedHub& hub, const AssignedCounts& assigned) {
  std::uint64_t total = 0;
  for (const auto& [name, count] : assigned) total += count;
  const auto own = assigned.find(hub.name.text());
  const std::uint64_t count = own == assigned.end() ? 0 : own->second;
  constexpr double kDigits = 10'000;
  const double share =
      total == 0 ? 0 : static_cast<double>(count) / static_cast<double>(total);
  JsonWriter number;
  number.Number(std::round(share * kDigits) / kDigits);
  return AddMember(AddMember(ToJson(hub, Secrets::kHide), "assignedDevices",
                             std::to_string(count)),
                   "assignedShare", number.Take());
}

Result<Decision> DecidePut(Snapshot& snapshot, const Call& call,
                           LinkedHub hub) {
  // Read first: a change between this and the list must be noticed.
  DPS_TRY(const auto version, snapshot.ConfigVersion(call.scope()));
  DPS_TRY(const auto hubs, snapshot.ListLinkedHubs(call.scope()));
  const auto stored = Find(hubs, hub.name);
  DPS_TRY(const Expect expect, Precondition::Of(call.request.headers)
                                   .ForPut(EtagOf(stored), Named(hub.name)));
  DPS_TRY(const auto instance, snapshot.FindInstance(call.scope()));
  const int most =
      instance ? instance->linked_hubs_max : limits::kLinkedHubsMax;
  if (!stored && std::ssize(hubs) >= most) {
    return Fail(Errc::kForbidden, "the instance can have " +
                                      std::to_string(most) + " linked hubs");
  }
  hub.last_updated = call.clock.Now();
  hub.created = stored ? stored->created : hub.last_updated;
  hub.etag_text = NewGuid();
  DPS_TRY(const auto assigned, snapshot.CountAssigned(call.scope()));
  Decision decision{.response =
                        DocumentResponse(ViewOf(hub, assigned), hub.etag())};
  decision.batch.changes = {Put<LinkedHub>{call.scope(), hub, expect}};
  if (!stored) decision.batch.unchanged_config = {{call.scope(), version}};
  return decision;
}

}  // namespace

Result<Response> PutLinkedHub(const Call& call) {
  DPS_TRY(const HubName name, HubName::Parse(call.id));
  DPS_TRY(const LinkedHub hub, ParseLinkedHub(call.request.body));
  if (hub.name != name) {
    return Fail(Errc::kInvalidArgument, "the path names the hub " +
                                            name.text() + ", the body " +
                                            hub.name.text());
  }
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecidePut(snapshot, call, hub);
  });
}

Result<Response> GetLinkedHub(const Call& call) {
  DPS_TRY(const HubName name, HubName::Parse(call.id));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto hubs, snapshot->ListLinkedHubs(call.scope()));
  const auto hub = Find(hubs, name);
  if (!hub) return Fail(Errc::kNotFound, "there is no " + Named(name));
  DPS_TRY(const auto assigned, snapshot->CountAssigned(call.scope()));
  return DocumentResponse(ViewOf(*hub, assigned), hub->etag());
}

Result<Response> ListLinkedHubs(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto hubs, snapshot->ListLinkedHubs(call.scope()));
  JsonWriter rows;
  rows.StartArray();
  DPS_TRY(const auto assigned, snapshot->CountAssigned(call.scope()));
  for (const LinkedHub& hub : hubs) rows.Raw(ViewOf(hub, assigned));
  return JsonResponse(rows.EndArray().Take());
}

Result<Response> ListEnrollmentsOfHub(const Call& call) {
  DPS_TRY(const HubName name, HubName::Parse(call.id));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto entries,
          snapshot->FindIndexed(IndexTerm::NamesHub(name), call.scope(),
                                limits::kQueryPageMax + 1));
  const auto write = [&](JsonWriter& json, IndexedKind kind) {
    json.StartArray();
    for (const IndexEntry& entry : entries) {
      if (entry.kind == kind) json.String(entry.key);
    }
    json.EndArray();
  };
  JsonWriter json;
  json.StartObject();
  write(json.Key("enrollmentGroups"), IndexedKind::kEnrollmentGroup);
  write(json.Key("enrollments"), IndexedKind::kIndividualEnrollment);
  json.Key("andMore").Bool(entries.size() > limits::kQueryPageMax);
  return JsonResponse(json.EndObject().Take());
}

Result<Response> DeleteLinkedHub(const Call& call) {
  DPS_TRY(const HubName name, HubName::Parse(call.id));
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        const auto etag = snapshot.ListLinkedHubs(call.scope())
                              .map([&](const std::vector<LinkedHub>& hubs) {
                                return EtagOf(Find(hubs, name));
                              });
        DPS_TRY(const Expect expect, Precondition::Of(call.request.headers)
                                         .ForDelete(etag, Named(name)));
        Decision decision{.response = EmptyResponse()};
        decision.batch.changes = {
            Remove<LinkedHub>{call.scope(), name.key(), expect}};
        return decision;
      });
}

}  // namespace dps
