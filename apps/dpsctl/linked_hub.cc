// SPDX-License-Identifier: Apache-2.0
#include "core/model/linked_hub.h"

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"

namespace dps {
namespace {

std::vector<Column> Columns() {
  return {"name", "allocationWeight", "applyAllocationPolicy"};
}

std::string Path(const Arguments& arguments) {
  return PathOf("linkedHubs", *arguments.hub_name);
}

void ApplyShare(const Arguments& arguments, LinkedHub& hub) {
  hub.allocation_weight =
      arguments.allocation_weight.value_or(hub.allocation_weight);
  hub.apply_allocation_policy =
      arguments.apply_allocation_policy.value_or(hub.apply_allocation_policy);
}

Status Add(const Arguments& arguments) {
  DPS_TRY(const HubName name, HubName::Parse(*arguments.hub_name));
  LinkedHub hub{.name = name};
  ApplyShare(arguments, hub);
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response added,
          service->Send("PUT", Path(arguments), {}, ToJson(hub)));
  return Print(arguments, added.body, Columns());
}

Status List(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response listed, service->Send("GET", "/linkedHubs"));
  return Print(arguments, listed.body, Columns());
}

Status Show(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response shown, service->Send("GET", Path(arguments)));
  return Print(arguments, shown.body, Columns());
}

Status Update(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const auto change = [&](const std::string& body) -> Service::Changed {
    DPS_TRY(const LinkedHub stored, ParseLinkedHub(body));
    LinkedHub hub = stored;
    ApplyShare(arguments, hub);
    if (hub == stored) return std::nullopt;
    return ToJson(hub);
  };
  DPS_TRY(const Response updated,
          service->Update(Path(arguments), arguments.etag, change));
  return Print(arguments, updated.body, Columns());
}

Status Unlink(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(Path(arguments), arguments.etag);
}

}  // namespace

std::vector<Command> LinkedHubCommands() {
  return {
      {"linked-hub",
       "add",
       "Link a hub to the instance",
       "dpsctl linked-hub add --hub-name hub-1.example.com\n"
       "dpsctl linked-hub add --hn hub-2.example.com --allocation-weight 3\n",
       {option::HubName, option::HubShare},
       Add},
      {"linked-hub",
       "list",
       "List the linked hubs",
       "dpsctl linked-hub list --output table\n",
       {},
       List},
      {"linked-hub",
       "show",
       "Show a linked hub",
       "dpsctl linked-hub show --hub-name hub-1.example.com\n",
       {option::HubName},
       Show},
      {"linked-hub",
       "update",
       "Change the share of a linked hub; assigned devices keep their hub",
       "dpsctl linked-hub update --hub-name hub-1.example.com "
       "--allocation-weight 10\n"
       "dpsctl linked-hub update --hub-name hub-1.example.com "
       "--apply-allocation-policy false\n",
       {option::HubName, option::HubShare, option::Etag},
       Update},
      {"linked-hub",
       "remove",
       "Unlink a hub; its devices get another when they register again",
       "dpsctl linked-hub remove --hub-name hub-1.example.com\n",
       {option::HubName, option::Etag},
       Unlink},
  };
}

}  // namespace dps
