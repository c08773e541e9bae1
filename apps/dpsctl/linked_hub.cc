// SPDX-License-Identifier: Apache-2.0
#include "core/model/linked_hub.h"

#include <algorithm>
#include <locale>
#include <sstream>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/connector_wish.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/text.h"

namespace dps {
namespace {

// A text of an object in the row.
std::string Inner(JsonView row, std::string_view object,
                  std::string_view name) {
  const auto inner = row.OptionalObject(object);
  if (!inner || !*inner) return {};
  return (*inner)->OptionalString(name).value_or(std::nullopt).value_or("");
}

std::string ConnectorCell(JsonView row) {
  return Inner(row, "connector", "type");
}

std::string HealthCell(JsonView row) {
  const std::string error = Inner(row, "health", "error");
  return Inner(row, "health", "status") + (error.empty() ? "" : ": ") + error;
}

std::vector<Column> HubColumns() {
  return {"name",
          "allocationWeight",
          "applyAllocationPolicy",
          "region",
          "assignedDevices",
          "assignedShare",
          {"connector", ConnectorCell},
          {"health", HealthCell}};
}

std::string HubPath(const Arguments& arguments) {
  return PathOf("linkedHubs", *arguments.hub_name);
}

Result<std::optional<Coordinates>> ParseCoordinates(const std::string& text) {
  if (text.empty()) return std::nullopt;
  Coordinates place;
  char comma = 0;
  std::istringstream in(text);
  in.imbue(std::locale::classic());
  if (in >> place.latitude >> comma >> place.longitude && comma == ',' &&
      in.peek() == std::istringstream::traits_type::eof()) {
    return place;
  }
  return Fail(Errc::kInvalidArgument,
              "--coordinates must be LATITUDE,LONGITUDE in degrees, as "
              "52.37,4.9");
}

Status ApplyHub(const Arguments& arguments, const ConnectorWish& wish,
                LinkedHub& hub) {
  DPS_CHECK(ApplyConnector(wish, hub));
  hub.allocation_weight =
      arguments.allocation_weight.value_or(hub.allocation_weight);
  hub.apply_allocation_policy =
      arguments.apply_allocation_policy.value_or(hub.apply_allocation_policy);
  hub.region = arguments.region.value_or(hub.region);
  if (arguments.coordinates) {
    DPS_TRY(hub.coordinates, ParseCoordinates(*arguments.coordinates));
  }
  return {};
}

Status NoteWhoNames(Service& service, const Arguments& arguments) {
  DPS_TRY(const Response listed,
          service.Send("GET", HubPath(arguments) + "/enrollments"));
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(listed.body));
  for (const auto& [member, noun] :
       {std::pair{"enrollmentGroups", "enrollment groups"},
        {"enrollments", "enrollments"}}) {
    DPS_TRY(const auto ids, document.root().OptionalStrings(member));
    if (ids.empty()) continue;
    PrintNote("the hub is still named by " + std::string(noun) + ": " +
              FirstOf(ids) +
              "; devices that may go nowhere else will fail to register");
  }
  return {};
}

// What the hub was still in use for, by what was shown of it before.
Status NoteWhatIsLeft(const Arguments& arguments, const std::string& before) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(before));
  const auto count = [&](const char* member) {
    const auto number = document.root().OptionalInt(member, 0, INT64_MAX);
    return number ? number->value_or(0) : 0;
  };
  if (const auto devices = count("assignedDevices"); devices > 0) {
    PrintNote(
        "devices still assigned to the hub, each until it registers again: " +
        std::to_string(devices));
  }
  if (const auto tasks = count("hubTasks"); tasks > 0) {
    PrintNote(std::to_string(tasks) +
              " hub tasks name the hub and cannot be done while it is not "
              "linked; `dpsctl hub-task list --hub-name " +
              *arguments.hub_name + "` shows them");
  }
  return {};
}

Status Add(const Arguments& arguments) {
  DPS_TRY(const ConnectorWish wish, ReadConnectorWish(arguments));
  DPS_TRY(const HubName name, HubNameOf(arguments, wish));
  LinkedHub hub{.name = name};
  DPS_CHECK(ApplyHub(arguments, wish, hub));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response added,
          service->Send("PUT", PathOf("linkedHubs", name.text()), {},
                        ToJson(hub, Secrets::kAll)));
  return Print(arguments, added.body, HubColumns());
}

// Every row tells of all of them.
Status NoteUnreadableTasks(const std::string& hubs) {
  DPS_TRY(const Rows rows, Rows::Parse(hubs));
  if (rows.items().empty()) return {};
  DPS_TRY(const auto count,
          rows.items().front().OptionalInt("unreadableHubTasks", 0, INT64_MAX));
  if (count.value_or(0) == 0) return {};
  PrintNote("hub tasks that cannot be read, of whatever hub: " +
            std::to_string(*count) + "; `dpsctl hub-task list` names them");
  return {};
}

Status PrintHubs(const Arguments& arguments, const std::string& hubs) {
  DPS_CHECK(Print(arguments, hubs, HubColumns()));
  return NoteUnreadableTasks(hubs);
}

Status ListHubs(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response listed, service->Send("GET", "/linkedHubs"));
  return PrintHubs(arguments, listed.body);
}

Status ShowHub(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response shown, service->Send("GET", HubPath(arguments)));
  return PrintHubs(arguments, shown.body);
}

Status UpdateHub(const Arguments& arguments) {
  DPS_TRY(const ConnectorWish wish, ReadConnectorWish(arguments));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const auto change = [&](const std::string& body) -> Service::Changed {
    DPS_TRY(const LinkedHub stored, ParseLinkedHub(body));
    LinkedHub hub = stored;
    DPS_CHECK(ApplyHub(arguments, wish, hub));
    if (hub == stored) return std::nullopt;
    return ToJson(hub, Secrets::kAll);
  };
  DPS_TRY(const Response updated,
          service->Update(HubPath(arguments), arguments.etag, change));
  return Print(arguments, updated.body, HubColumns());
}

Status Unlink(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const auto before = service->Send("GET", HubPath(arguments));
  DPS_CHECK(service->Delete(HubPath(arguments), arguments.etag));
  // The hub is gone, whatever comes of this.
  if (before) DPS_CHECK(NoteWhatIsLeft(arguments, before->body));
  const Status noted = NoteWhoNames(*service, arguments);
  if (!noted) PrintNote("who still names it: " + noted.error().message);
  return {};
}

Status Recount(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response counted,
          service->Send("POST", "/assignmentCounts/recount", {},
                        arguments.repair ? R"({"repair":true})" : ""));
  DPS_TRY(const JsonDocument answer, JsonDocument::ParseObject(counted.body));
  const bool is_table = arguments.output != "json";
  DPS_CHECK(Print(arguments,
                  is_table ? answer.root().Find("hubs")->Text() : counted.body,
                  {"name", "counted", "stored"}));
  DPS_TRY(const auto correct, answer.root().OptionalBool("correct"));
  DPS_TRY(const auto repaired, answer.root().OptionalBool("repaired"));
  if (is_table && repaired.value_or(false)) {
    PrintNote("the counts were wrong, and are corrected");
  }
  if (correct.value_or(false) || arguments.repair) return {};
  return Fail(Errc::kInvalidArgument,
              "the counts are wrong; --repair corrects them");
}

}  // namespace

std::vector<Command> LinkedHubCommands() {
  return {
      {"linked-hub",
       "add",
       "Link a hub to the instance",
       "dpsctl linked-hub add --hub-name hub-1.example.com\n"
       "dpsctl linked-hub add --hn hub-2.example.com --allocation-weight 3 "
       "--region west --coordinates 52.37,4.9\n"
       "dpsctl linked-hub add --hn broker-2.example.com --connector mosquitto "
       "--connector-url mqtts://broker-2.example.com --connector-username dps "
       "--connector-password @password.txt\n"
       "dpsctl linked-hub add --connection-string @connection-string.txt\n",
       {option::HubNameIfAny, option::HubShare, option::HubPlace,
        option::Connector},
       Add},
      {"linked-hub",
       "list",
       "List the linked hubs",
       "dpsctl linked-hub list --output table\n",
       {},
       ListHubs},
      {"linked-hub",
       "show",
       "Show a linked hub",
       "dpsctl linked-hub show --hub-name hub-1.example.com\n",
       {option::HubName},
       ShowHub},
      {"linked-hub",
       "update",
       "Change a linked hub's share, participation, place and connector; what "
       "no option names stays, and devices keep their hub until they register "
       "again",
       "dpsctl linked-hub update --hub-name hub-1.example.com "
       "--allocation-weight 10\n"
       "dpsctl linked-hub update --hub-name hub-1.example.com "
       "--apply-allocation-policy false\n"
       "dpsctl linked-hub update --hn hub-1.example.com --coordinates "
       "52.37,4.9\n"
       "dpsctl linked-hub update --hub-name hub-1.example.com "
       "--connector-password file:/etc/mosquitto/dps/hub-1.password\n",
       {option::HubName, option::HubShare, option::HubPlace, option::Connector,
        option::Etag},
       UpdateHub},
      {"linked-hub",
       "remove",
       "Unlink a hub, which is not touched itself; devices keep it until they "
       "register again. Says how many do, and which enrollments name it",
       "dpsctl linked-hub remove --hub-name hub-1.example.com\n"
       "dpsctl linked-hub remove --hn hub-1.example.com --etag ETAG\n",
       {option::HubName, option::Etag},
       Unlink},
      {"linked-hub",
       "recount",
       "Check how many devices each hub is said to hold, record by record",
       "dpsctl linked-hub recount --output table\n"
       "dpsctl linked-hub recount --repair\n",
       {option::Repair},
       Recount},
  };
}

}  // namespace dps
