// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/linked_hubs.h"

#include <algorithm>
#include <iterator>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/service_api/connectors.h"
#include "core/service_api/decision.h"
#include "core/service_api/hub_view.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

std::string HubText(const HubName& name) { return "linked hub " + name.text(); }

std::optional<LinkedHub> HubNamed(const std::vector<LinkedHub>& hubs,
                                  const HubName& name) {
  const auto hub = std::ranges::find(hubs, name, &LinkedHub::name);
  return hub == hubs.end() ? std::nullopt : std::optional(*hub);
}

Result<Decision> DecideHubPut(Snapshot& snapshot, const Call& call,
                              LinkedHub hub) {
  // Read first: a change between this and the list must be noticed.
  DPS_TRY(const auto version, snapshot.ConfigVersion(call.scope()));
  DPS_TRY(const auto hubs, snapshot.ListLinkedHubs(call.scope()));
  const auto stored = HubNamed(hubs, hub.name);
  DPS_TRY(const Expect expect, Precondition::Of(call.request.headers)
                                   .ForPut(EtagOf(stored), HubText(hub.name)));
  DPS_TRY(const auto instance, snapshot.FindInstance(call.scope()));
  const int most =
      instance ? instance->linked_hubs_max : limits::kLinkedHubsMax;
  if (!stored && std::ssize(hubs) >= most) {
    return Fail(Errc::kForbidden, "the instance can have " +
                                      std::to_string(most) + " linked hubs");
  }
  const LinkedHub* known = stored ? &*stored : nullptr;
  DPS_CHECK(KeepSecret(known, hub));
  if (!call.request.caller.is_local) {
    DPS_CHECK(CheckReferencesOfStranger(known, hub));
  }
  hub.last_updated = call.clock.Now();
  hub.created = stored ? stored->created : hub.last_updated;
  hub.etag_text = NewGuid();
  DPS_TRY(const HubView view, HubView::Of(snapshot, call.scope()));
  Decision decision;
  decision.batch.changes = {Put<LinkedHub>{call.scope(), hub, expect}};
  // What was known of the other connector's health is of no use for this one.
  const bool health_stays = stored && stored->connector == hub.connector;
  if (!health_stays) {
    decision.batch.changes.emplace_back(
        Remove<HubHealth>{call.scope(), hub.key(), Expect::Anything()});
  }
  decision.response = DocumentResponse(
      health_stays ? view.ToJson(hub) : view.WithoutHealth().ToJson(hub),
      hub.etag());
  if (!stored) decision.batch.unchanged_config = {{call.scope(), version}};
  return decision;
}

}  // namespace

Result<Response> PutLinkedHub(const Call& call) {
  DPS_TRY(const HubName name, HubName::Parse(call.id));
  DPS_TRY(LinkedHub hub, ParseLinkedHub(call.request.body));
  if (hub.name != name) {
    return Fail(Errc::kInvalidArgument, "the path names the hub " +
                                            name.text() + ", the body " +
                                            hub.name.text());
  }
  DPS_CHECK(CheckConnector(hub.connector));
  DPS_CHECK(SealSecret(call.secrets, call.scope(), hub));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideHubPut(snapshot, call, hub);
  });
}

Result<Response> GetLinkedHub(const Call& call) {
  DPS_TRY(const HubName name, HubName::Parse(call.id));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto hubs, snapshot->ListLinkedHubs(call.scope()));
  const auto hub = HubNamed(hubs, name);
  if (!hub) return Fail(Errc::kNotFound, "there is no " + HubText(name));
  DPS_TRY(const HubView view, HubView::Of(*snapshot, call.scope()));
  return DocumentResponse(view.ToJson(*hub), hub->etag());
}

Result<Response> ListLinkedHubs(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto hubs, snapshot->ListLinkedHubs(call.scope()));
  JsonWriter rows;
  rows.StartArray();
  DPS_TRY(const HubView view, HubView::Of(*snapshot, call.scope()));
  for (const LinkedHub& hub : hubs) rows.Raw(view.ToJson(hub));
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
                                return EtagOf(HubNamed(hubs, name));
                              });
        DPS_TRY(const Expect expect, Precondition::Of(call.request.headers)
                                         .ForDelete(etag, HubText(name)));
        Decision decision{.response = EmptyResponse()};
        decision.batch.changes = {
            Remove<LinkedHub>{call.scope(), name.key(), expect},
            Remove<HubHealth>{call.scope(), name.key(), Expect::Anything()}};
        return decision;
      });
}

}  // namespace dps
