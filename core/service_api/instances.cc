// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/instances.h"

#include <algorithm>
#include <iterator>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/service_api/access_policies.h"
#include "core/service_api/decision.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

constexpr std::size_t kOperationKeySize = 32;

std::string InstanceText(std::string_view name) {
  return "instance " + std::string(name);
}

std::optional<Instance> InstanceNamed(const std::vector<Instance>& instances,
                                      std::string_view name) {
  const auto found =
      std::ranges::find_if(instances, [&](const Instance& instance) {
        return EqualsIgnoreCase(instance.name, name);
      });
  return found == instances.end() ? std::nullopt : std::optional(*found);
}

bool IsThereFor(const Caller& caller, const std::optional<Instance>& instance) {
  return !caller.scope || (instance && instance->id_scope == *caller.scope);
}

// What an operator may say about an instance.
struct InstanceWish {
  std::string name;
  std::optional<IdScope> id_scope;
  JsonDocument settings;  // ApplySettings
};

Result<InstanceWish> ParseInstanceWish(const Call& call) {
  DPS_CHECK(CheckInstanceName(call.id));
  DPS_TRY(JsonDocument document, JsonDocument::ParseObject(call.request.body));
  InstanceWish wish{
      .name = call.id, .id_scope = {}, .settings = std::move(document)};
  const JsonView body = wish.settings.root();
  DPS_TRY(const auto name, body.OptionalString("name"));
  if (name && !EqualsIgnoreCase(*name, wish.name)) {
    return Fail(Errc::kInvalidArgument, "the path names the instance " +
                                            wish.name + ", the body " +
                                            Printable(*name));
  }
  DPS_TRY(const auto scope, body.OptionalString("idScope"));
  if (scope) {
    DPS_TRY(wish.id_scope, IdScope::Parse(*scope));
  }
  return wish;
}

Result<Instance> NewInstance(const InstanceWish& wish,
                             const std::vector<Instance>& instances) {
  if (instances.size() >= limits::kInstancesMax) {
    return Fail(Errc::kForbidden, "a store can hold " +
                                      std::to_string(limits::kInstancesMax) +
                                      " instances");
  }
  const IdScope scope = wish.id_scope.value_or(IdScope::Generate());
  const auto owner = std::ranges::find(instances, scope, &Instance::id_scope);
  if (owner != instances.end()) {
    return Fail(Errc::kConflict, "ID scope " + scope.text() + " belongs to " +
                                     InstanceText(owner->name));
  }
  return Instance{.name = wish.name,
                  .id_scope = scope,
                  .operation_key = RandomSecret(kOperationKeySize)};
}

// A bound that is only kept, or raised, may lie below: it bounds what is added.
Status CheckLinkedHubsMax(Snapshot& snapshot, const Instance& stored,
                          const Instance& wished) {
  if (wished.linked_hubs_max >= stored.linked_hubs_max) return {};
  DPS_TRY(const auto hubs, snapshot.ListLinkedHubs(stored.id_scope));
  if (std::ssize(hubs) <= wished.linked_hubs_max) return {};
  return Fail(Errc::kInvalidArgument,
              "linkedHubsMax must not be less than the number of hubs that "
              "are linked, " +
                  std::to_string(hubs.size()));
}

// A name may lead to another instance by its label or as the default, so a
// tenant does not choose his.
Status CheckHostName(const Caller& caller, const Instance& before,
                     const Instance& wished,
                     const std::vector<Instance>& instances) {
  const std::string& name = wished.service_host_name;
  if (name == before.service_host_name) return {};
  if (caller.scope) {
    return Fail(Errc::kForbidden,
                "the host name of an instance is given to it by dpsctl on the "
                "machine, not over the network");
  }
  const auto other = std::ranges::find_if(instances, [&](const Instance& one) {
    return one.id_scope != wished.id_scope && !name.empty() &&
           one.service_host_name == name;
  });
  if (other == instances.end()) return {};
  return Fail(Errc::kConflict, InstanceText(other->name) +
                                   " is reached by the host name " + name);
}

Result<Decision> DecideInstancePut(Snapshot& snapshot, const Call& call,
                                   const InstanceWish& wish) {
  DPS_TRY(const auto instances, snapshot.ListInstances());
  const auto stored = InstanceNamed(instances, wish.name);
  if (!IsThereFor(call.request.caller, stored)) {
    return Fail(Errc::kUnauthenticated,
                call.request.caller.name + " is of another instance");
  }
  DPS_TRY(const Expect expect,
          Precondition::Of(call.request.headers)
              .ForPut(EtagOf(stored), InstanceText(wish.name)));
  if (stored && wish.id_scope && *wish.id_scope != stored->id_scope) {
    return Fail(Errc::kInvalidArgument,
                "the ID scope of an instance cannot be changed");
  }
  DPS_TRY(Instance instance,
          stored ? Result<Instance>(*stored) : NewInstance(wish, instances));
  const Instance before = instance;
  DPS_CHECK(ApplySettings(wish.settings.root(), instance));
  DPS_CHECK(CheckHostName(call.request.caller, before, instance, instances));
  Decision decision;
  if (stored) {
    // Read first: a hub that is linked meanwhile must be noticed.
    DPS_TRY(const auto version, snapshot.ConfigVersion(stored->id_scope));
    DPS_CHECK(CheckLinkedHubsMax(snapshot, *stored, instance));
    decision.batch.unchanged_config = {{stored->id_scope, version}};
  }
  instance.last_updated = call.clock.Now();
  if (!stored) instance.created = instance.last_updated;
  instance.etag_text = NewGuid();
  decision.response =
      DocumentResponse(ToJson(instance, Secrets::kHide), instance.etag());
  decision.batch.changes = {Put<Instance>{instance.id_scope, instance, expect}};
  if (!stored) {
    decision.batch.changes.emplace_back(Put<AccessPolicy>{
        instance.id_scope, NewOwnerPolicy(instance.created), Expect::Absent()});
  }
  return decision;
}

}  // namespace

Result<Response> PutInstance(const Call& call) {
  DPS_TRY(const InstanceWish wish, ParseInstanceWish(call));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideInstancePut(snapshot, call, wish);
  });
}

Result<Response> GetInstance(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto instances, snapshot->ListInstances());
  const auto instance = InstanceNamed(instances, call.id);
  if (!instance || !IsThereFor(call.request.caller, instance)) {
    return Fail(Errc::kNotFound,
                "there is no " + InstanceText(Printable(call.id)));
  }
  return DocumentResponse(ToJson(*instance, Secrets::kHide), instance->etag());
}

Result<Response> ListInstances(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto instances, snapshot->ListInstances());
  JsonWriter rows;
  rows.StartArray();
  for (const Instance& instance : instances) {
    if (!IsThereFor(call.request.caller, instance)) continue;
    rows.Raw(ToJson(instance, Secrets::kHide));
  }
  return JsonResponse(rows.EndArray().Take());
}

}  // namespace dps
