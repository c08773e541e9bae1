// SPDX-License-Identifier: Apache-2.0
#include "core/model/instance.h"

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/text.h"

namespace dps {
namespace {

std::vector<Column> Columns() {
  return {"name", "idScope", "allocationPolicy", "createdDateTimeUtc"};
}

std::string WishJson(const Arguments& arguments) {
  JsonWriter json;
  json.StartObject();
  if (arguments.id_scope) json.Member("idScope", *arguments.id_scope);
  if (arguments.allocation_policy) {
    json.Member("allocationPolicy", *arguments.allocation_policy);
  }
  return json.EndObject().Take();
}

Status Create(const Arguments& arguments) {
  // Before a store is made for nothing.
  DPS_CHECK(CheckInstanceName(*arguments.dps_name));
  if (arguments.id_scope) DPS_CHECK(IdScope::Parse(*arguments.id_scope));
  if (arguments.allocation_policy) {
    DPS_CHECK(ParseAllocationPolicy(*arguments.allocation_policy));
  }
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kCreate));
  DPS_TRY(const Response created,
          service->Send("PUT", PathOf("instances", *arguments.dps_name), {},
                        WishJson(arguments)));
  return Print(arguments, created.body, Columns());
}

Status Show(const Arguments& arguments) {
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kExisting));
  DPS_TRY(const std::string name, service->PickInstance(arguments));
  DPS_TRY(const Response shown,
          service->Send("GET", PathOf("instances", name)));
  return Print(arguments, shown.body, Columns());
}

Status List(const Arguments& arguments) {
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kExisting));
  DPS_TRY(const Response listed, service->Send("GET", "/instances"));
  return Print(arguments, listed.body, Columns());
}

Status Update(const Arguments& arguments) {
  const auto change = [&](const std::string& body) -> Service::Changed {
    const auto& policy = arguments.allocation_policy;
    DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(body));
    DPS_TRY(const std::string stored,
            document.root().String("allocationPolicy"));
    if (!policy || EqualsIgnoreCase(*policy, stored)) return std::nullopt;
    return WishJson(arguments);
  };
  DPS_TRY(const auto service,
          Service::OfStore(arguments, Service::Open::kExisting));
  DPS_TRY(const std::string name, service->PickInstance(arguments));
  DPS_TRY(const Response updated,
          service->Update(PathOf("instances", name), arguments.etag, change));
  return Print(arguments, updated.body, Columns());
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
        option::AllocationPolicy},
       Create},
      {"instance",
       "show",
       "Show an instance",
       "dpsctl instance show --dps-name my-dps\n",
       {},
       Show},
      {"instance",
       "list",
       "List all instances of the store",
       "dpsctl instance list --output table\n",
       {},
       List},
      {"instance",
       "update",
       "Change the default allocation policy of an instance",
       "dpsctl instance update -n my-dps --allocation-policy hashed\n",
       {option::AllocationPolicy, option::Etag},
       Update},
  };
}

}  // namespace dps
