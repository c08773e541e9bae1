// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/linked_hubs.h"

#include <algorithm>

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

Result<Decision> DecidePut(Snapshot& snapshot, const Call& call,
                           LinkedHub hub) {
  // Read first: a change between this and the list must be noticed.
  DPS_TRY(const auto version, snapshot.ConfigVersion(call.scope()));
  DPS_TRY(const auto hubs, snapshot.ListLinkedHubs(call.scope()));
  const auto stored = Find(hubs, hub.name);
  DPS_TRY(const Expect expect, Precondition::Of(call.request.headers)
                                   .ForPut(EtagOf(stored), Named(hub.name)));
  if (!stored && hubs.size() >= limits::kLinkedHubsMax) {
    return Fail(Errc::kForbidden, "an instance can have " +
                                      std::to_string(limits::kLinkedHubsMax) +
                                      " linked hubs");
  }
  hub.last_updated = call.clock.Now();
  hub.created = stored ? stored->created : hub.last_updated;
  hub.etag_text = NewGuid();
  Decision decision{.response = DocumentResponse(ToJson(hub), hub.etag())};
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
  return DocumentResponse(ToJson(*hub), hub->etag());
}

Result<Response> ListLinkedHubs(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto hubs, snapshot->ListLinkedHubs(call.scope()));
  JsonWriter rows;
  rows.StartArray();
  for (const LinkedHub& hub : hubs) rows.Raw(ToJson(hub));
  return JsonResponse(rows.EndArray().Take());
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
