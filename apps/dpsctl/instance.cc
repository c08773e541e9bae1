// SPDX-License-Identifier: Apache-2.0
#include "core/model/instance.h"

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"

namespace dps {
namespace {

std::vector<Column> InstanceColumns() {
  return {"name",
          "idScope",
          "allocationPolicy",
          "loadBound",
          "latencyToleranceMs",
          "linkedHubsMax",
          "webhookSigned",
          "serviceOperationsHostName",
          "createdDateTimeUtc"};
}

std::string SettingsJson(const Arguments& arguments) {
  JsonWriter json;
  json.StartObject();
  if (arguments.id_scope) json.Member("idScope", *arguments.id_scope);
  if (arguments.allocation_policy) {
    json.Member("allocationPolicy", *arguments.allocation_policy);
  }
  if (arguments.load_bound) {
    json.Key("loadBound").Number(*arguments.load_bound);
  }
  for (const auto& [member, value] :
       {std::pair{"latencyToleranceMs", arguments.latency_tolerance_ms},
        {"linkedHubsMax", arguments.linked_hubs_max}}) {
    if (value) json.Key(member).Int(*value);
  }
  if (arguments.webhook_key) json.Member("webhookKey", *arguments.webhook_key);
  if (arguments.service_host_name) {
    json.Member("serviceOperationsHostName", *arguments.service_host_name);
  }
  return json.EndObject().Take();
}

Status CreateInstance(const Arguments& arguments) {
  // Before a store is made for nothing.
  DPS_CHECK(CheckInstanceName(*arguments.dps_name));
  const IdScope any = *IdScope::Parse("0ne");
  Instance wished{.name = *arguments.dps_name, .id_scope = any};
  if (arguments.id_scope) {
    DPS_TRY(wished.id_scope, IdScope::Parse(*arguments.id_scope));
  }
  DPS_TRY(const JsonDocument settings,
          JsonDocument::ParseObject(SettingsJson(arguments)));
  DPS_CHECK(ApplySettings(settings.root(), wished));
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kCreate));
  DPS_TRY(const Response created,
          service->Send("PUT", PathOf("instances", *arguments.dps_name), {},
                        SettingsJson(arguments)));
  return Print(arguments, created.body, InstanceColumns());
}

Status ShowInstance(const Arguments& arguments) {
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kExisting));
  DPS_TRY(const std::string name, service->PickInstance(arguments));
  DPS_TRY(const Response shown,
          service->Send("GET", PathOf("instances", name)));
  return Print(arguments, shown.body, InstanceColumns());
}

Status ListInstances(const Arguments& arguments) {
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kExisting));
  DPS_TRY(const Response listed, service->Send("GET", "/instances"));
  return Print(arguments, listed.body, InstanceColumns());
}

Status UpdateInstance(const Arguments& arguments) {
  const auto change = [&](const std::string& body) -> Service::Changed {
    DPS_TRY(const JsonDocument shown, JsonDocument::ParseObject(body));
    DPS_TRY(const std::string name, shown.root().String("name"));
    DPS_TRY(const std::string scope, shown.root().String("idScope"));
    DPS_TRY(const IdScope id_scope, IdScope::Parse(scope));
    Instance stored{.name = name, .id_scope = id_scope};
    DPS_CHECK(ApplySettings(shown.root(), stored));
    Instance changed = stored;
    const std::string settings = SettingsJson(arguments);
    DPS_TRY(const JsonDocument wish, JsonDocument::ParseObject(settings));
    DPS_CHECK(ApplySettings(wish.root(), changed));
    // A key is not shown, so nobody can say that it is the same.
    if (changed == stored && !arguments.webhook_key) return std::nullopt;
    return settings;
  };
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kExisting));
  DPS_TRY(const std::string name, service->PickInstance(arguments));
  DPS_TRY(const Response updated,
          service->Update(PathOf("instances", name), arguments.etag, change));
  return Print(arguments, updated.body, InstanceColumns());
}

}  // namespace

std::vector<Command> InstanceCommands() {
  return {
      {"instance",
       "create",
       "Create an instance, and the store if there is none",
       "dpsctl instance create --dps-name my-dps\n"
       "dpsctl instance create -n my-dps --id-scope 0ne00000001\n",
       {option::DpsNameRequired, option::IdScopeOfNew,
        option::InstanceSettings},
       CreateInstance},
      {"instance",
       "show",
       "Show an instance",
       "dpsctl instance show --dps-name my-dps\n",
       {},
       ShowInstance},
      {"instance",
       "list",
       "List all instances of the store",
       "dpsctl instance list --output table\n",
       {},
       ListInstances},
      {"instance",
       "update",
       "Change how an instance allocates devices to hubs, or its host name",
       "dpsctl instance update -n my-dps --allocation-policy hashed "
       "--load-bound 1.25\n"
       "dpsctl instance update -n my-dps --allocation-policy geoLatency "
       "--latency-tolerance-ms 5\n"
       "dpsctl instance update -n my-dps --webhook-key BASE64\n"
       "dpsctl instance update -n my-dps --service-host-name "
       "dps.example.com\n",
       {option::InstanceSettings, option::Etag},
       UpdateInstance},
  };
}

}  // namespace dps
