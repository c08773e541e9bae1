// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/hub_tasks.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/model/json_times.h"
#include "core/service_api/decision.h"
#include "core/service_api/paging.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

// Tasks that one request looks at.
constexpr std::size_t kLookedAtMax = 10 * limits::kQueryPageMax;
constexpr std::int64_t kIntervalMaxMs = 3'600'000;

std::string TaskText(const Call& call) {
  return "hub task " + Printable(call.id);
}

struct Filter {
  std::optional<HubName> hub;
  std::string kind;

  // Of one that cannot be read nobody knows whose it is.
  bool Takes(const ListedHubTask& listed) const {
    if (!listed.task) return true;
    const HubTask& task = *listed.task;
    const bool of_hub = !hub || task.hub == *hub || task.from_hub == hub ||
                        task.carry_to == hub;
    return of_hub && (kind.empty() || kind == ToText(task.kind));
  }
};

Result<Filter> ParseFilter(const Request& request) {
  Filter filter;
  const auto& query = request.query;
  if (const auto hub = query.find("hub"); hub != query.end()) {
    DPS_TRY(filter.hub, HubName::Parse(hub->second));
  }
  const auto kind = query.find("kind");
  if (kind == query.end()) return filter;
  filter.kind = kind->second;
  for (const HubTaskKind known :
       {HubTaskKind::kProvision, HubTaskKind::kRemove, HubTaskKind::kNotify}) {
    if (filter.kind == ToText(known)) return filter;
  }
  return Fail(Errc::kInvalidArgument,
              "kind must be provision, remove or notify");
}

// What a walk over the tasks found, and where it stopped before the end.
struct Found {
  std::vector<ListedHubTask> tasks;
  std::string stopped_at;  // empty: it did not
};

Result<Found> FindTasks(Snapshot& snapshot, const IdScope& scope,
                        const Filter& filter, const Page& page) {
  Found found;
  Page walk{.after = page.after, .limit = limits::kQueryPageMax};
  for (std::size_t seen = 0; seen < kLookedAtMax; seen += walk.limit) {
    DPS_TRY(auto tasks, snapshot.ListHubTasks(scope, walk));
    const bool more = tasks.size() == walk.limit;
    if (more) walk.after = tasks.back().key;
    for (ListedHubTask& task : tasks) {
      if (!filter.Takes(task)) continue;
      if (found.tasks.size() == page.limit) {
        found.stopped_at = found.tasks.back().key;
        return found;
      }
      found.tasks.push_back(std::move(task));
    }
    if (!more) return found;
  }
  found.stopped_at = walk.after;
  return found;
}

std::string RowOf(const std::string& key, const Result<HubTask>& task) {
  if (task) return ToJson(*task, HubTaskView::kOperator);
  JsonWriter json;
  json.StartObject().Member("id", key).Member("lastError",
                                              task.error().message);
  return json.EndObject().Take();
}

// A provisioning holds what its broker is at; the others may be taken up by
// anybody at any time.
Status CheckFree(const HubTask& task) {
  if (task.kind != HubTaskKind::kProvision) return {};
  return Fail(Errc::kConflict,
              "a provisioning belongs to its broker until " +
                  FormatUtc(task.due) +
                  ", then any broker takes it up; who wants to end it deletes "
                  "the registration of " +
                  task.registration_id.text());
}

// `change` turns what is stored, readable or not, into what becomes of it.
template <class Change>
Result<Response> ChangeTask(const Call& call, Change change) {
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        auto task = snapshot.FindHubTask(call.scope(), call.id);
        DPS_TRY(const Expect expect,
                Precondition::Of(call.request.headers)
                    .ForDelete(task.map(EtagOf<HubTask>), TaskText(call)));
        // Nobody has one in hand that cannot be read.
        if (!task) return change(Forward(std::move(task)), expect);
        DPS_CHECK(CheckFree(**task));
        return change(**std::move(task), expect);
      });
}

// The members of PutNotices().
struct Notices {
  std::vector<RegistrationId> devices;
  UtcTime first_due{};
  std::chrono::milliseconds interval{0};
};

Result<Notices> ParseNotices(const Call& call) {
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(call.request.body));
  const JsonView object = document.root();
  Notices notices;
  DPS_TRY(const auto ids, object.OptionalStrings("registrationIds"));
  if (ids.empty() || ids.size() > limits::kQueryPageMax) {
    return Fail(Errc::kInvalidArgument,
                "registrationIds must be 1 to " +
                    std::to_string(limits::kQueryPageMax) + " ids");
  }
  for (const std::string& text : ids) {
    DPS_TRY(RegistrationId id, RegistrationId::Parse(text));
    notices.devices.push_back(std::move(id));
  }
  DPS_TRY(notices.first_due, ParseOptionalTime(object, "firstDueDateTimeUtc"));
  notices.first_due = std::max(notices.first_due, call.clock.Now());
  DPS_TRY(const auto interval,
          object.OptionalInt("intervalMs", 0, kIntervalMaxMs));
  notices.interval = std::chrono::milliseconds(interval.value_or(0));
  return notices;
}

// Empty: the device can be asked.
std::string WhyNot(const std::optional<RegistrationRecord>& record,
                   const std::set<std::string>& with_connector) {
  if (!record) return "it has no registration";
  if (record->assigned_hub.empty()) return "it is not assigned to a hub";
  if (with_connector.contains(record->assigned_hub)) return {};
  return "hub " + record->assigned_hub + " has no connector";
}

Result<Decision> DecideNotices(Snapshot& snapshot, const Call& call,
                               const Notices& notices) {
  DPS_TRY(const auto hubs, snapshot.ListLinkedHubs(call.scope()));
  std::set<std::string> with_connector;
  for (const LinkedHub& hub : hubs) {
    if (HasConnector(hub)) with_connector.insert(hub.key());
  }
  Decision decision;
  UtcTime due = notices.first_due;
  JsonWriter skipped;
  skipped.StartArray();
  for (const RegistrationId& id : notices.devices) {
    DPS_TRY(const auto record, snapshot.FindRegistration(call.scope(), id));
    if (const auto why = WhyNot(record, with_connector); !why.empty()) {
      skipped.StartObject().Member("registrationId", id.text());
      skipped.Member("why", why).EndObject();
      continue;
    }
    DPS_TRY(const HubName hub, HubName::Parse(record->assigned_hub));
    decision.batch.changes.emplace_back(
        Put<HubTask>{call.scope(),
                     {.kind = HubTaskKind::kNotify,
                      .hub = hub,
                      .device_id = record->device_id,
                      .registration_id = record->registration_id,
                      .due = due,
                      .etag_text = NewGuid(),
                      .created = call.clock.Now()},
                     Expect::Anything()});
    due += notices.interval;
  }
  JsonWriter json;
  json.StartObject().Key("put").Int(std::ssize(decision.batch.changes));
  json.Key("skipped").Raw(skipped.EndArray().Take());
  decision.response = JsonResponse(json.EndObject().Take());
  return decision;
}

}  // namespace

Result<Response> ListHubTasks(const Call& call) {
  DPS_TRY(const Page page, ParsePage(call.request, PageOf::kHubTasks));
  DPS_TRY(const Filter filter, ParseFilter(call.request));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const Found found, FindTasks(*snapshot, call.scope(), filter, page));
  JsonWriter rows;
  rows.StartArray();
  for (const auto& [key, task] : found.tasks) rows.Raw(RowOf(key, task));
  Response response = JsonResponse(rows.EndArray().Take());
  if (!found.stopped_at.empty()) {
    response.headers["x-ms-continuation"] = Base64Encode(found.stopped_at);
  }
  return response;
}

Result<Response> GetHubTask(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  auto found = snapshot->FindHubTask(call.scope(), call.id);
  if (!found && found.error().code == Errc::kInternal) {
    return JsonResponse(RowOf(call.id, Forward(std::move(found))));
  }
  DPS_TRY(const auto task, std::move(found));
  if (!task) return Fail(Errc::kNotFound, "there is no " + TaskText(call));
  return DocumentResponse(ToJson(*task, HubTaskView::kOperator), task->etag());
}

Result<Response> RetryHubTask(const Call& call) {
  return ChangeTask(
      call,
      [&](Result<HubTask> stored, const Expect& expect) -> Result<Decision> {
        if (!stored) {
          return Fail(Errc::kConflict, TaskText(call) +
                                           " cannot be read, so it cannot be "
                                           "tried: it can only be deleted");
        }
        HubTask task = *std::move(stored);
        task.due = call.clock.Now();
        task.attempts = 0;
        task.etag_text = NewGuid();
        Decision decision{
            .response = DocumentResponse(ToJson(task, HubTaskView::kOperator),
                                         task.etag())};
        decision.batch.changes = {Put<HubTask>{call.scope(), task, expect}};
        return decision;
      });
}

Result<Response> DeleteHubTask(const Call& call) {
  return ChangeTask(
      call,
      [&](const Result<HubTask>&, const Expect& expect) -> Result<Decision> {
        Decision decision{.response = EmptyResponse()};
        decision.batch.changes = {
            Remove<HubTask>{call.scope(), call.id, expect}};
        return decision;
      });
}

Result<Response> PutNotices(const Call& call) {
  DPS_TRY(const Notices notices, ParseNotices(call));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideNotices(snapshot, call, notices);
  });
}

}  // namespace dps
