// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/list_conditions.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"

namespace dps {
namespace {

std::vector<Column> RegistrationColumns() {
  return {"registrationId",  "status",    "substatus",
          "assignedHub",     "deviceId",  "lastUpdatedDateTimeUtc",
          "lastAssignedHub", "errorCode", "errorMessage"};
}

std::string RegistrationPath(const Arguments& arguments) {
  return PathOf("registrations", *arguments.registration_id);
}

Status ShowRegistration(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response shown,
          service->Send("GET", RegistrationPath(arguments)));
  return Print(arguments, shown.body, RegistrationColumns());
}

Status ListRegistrations(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const std::string path =
      arguments.enrollment_id
          ? PathOf("registrations", *arguments.enrollment_id) + "/query"
          : "/registrations/query";
  DPS_TRY(const std::string rows,
          service->Query(WithRegistrationConditions(path, arguments),
                         arguments.top));
  return Print(arguments, rows, RegistrationColumns());
}

std::string DeleteQuery(const Arguments& arguments) {
  return std::string("?withHubIdentity=") +
         (arguments.with_hub_identity ? "true" : "false") +
         "&disenroll=" + (arguments.disenroll ? "true" : "false");
}

// What was done about one device, and what is left to do.
Status NoteGoodbye(const Arguments& arguments, const std::string& answer) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(answer));
  const JsonView device = document.root();
  DPS_TRY(const auto hub, device.OptionalString("hub"));
  DPS_TRY(const auto tasks, device.OptionalStrings("hubTasks"));
  DPS_TRY(const auto reached, device.OptionalBool("hubHasConnector"));
  DPS_TRY(const auto enrollment, device.OptionalString("enrollment"));
  if (!tasks.empty()) {
    PrintNote(
        "a broker has the device removed from its hub as soon as it "
        "can, or when a registration under way has certainly ended; `dpsctl "
        "hub-task list` shows what is left to do and when, `dpsctl hub-task "
        "retry` has it done at once");
  }
  if (arguments.with_hub_identity && !reached.value_or(false)) {
    PrintNote(hub ? "hub " + *hub +
                        " has no connector: what it knows of the device stays"
                  : "the device was assigned to no hub");
  }
  if (enrollment == "deleted") PrintNote("its enrollment is deleted, too");
  if (enrollment == "disabled") {
    PrintNote(
        "a disabled enrollment of its own keeps it out of its group; "
        "delete that to let it in again");
  }
  if (arguments.disenroll && !enrollment) {
    PrintNote("it had no enrollment to be removed from");
  }
  return {};
}

// Of a group's devices.
struct Goodbyes {
  std::int64_t deleted = 0;
  std::int64_t hub_tasks = 0;
  std::int64_t without_connector = 0;
  std::int64_t enrollments_deleted = 0;
  std::int64_t enrollments_disabled = 0;
};

Status Count(const std::string& page, Goodbyes& sum) {
  DPS_TRY(const Rows rows, Rows::Parse(page));
  for (const JsonView device : rows.items()) {
    DPS_TRY(const auto tasks, device.OptionalStrings("hubTasks"));
    DPS_TRY(const auto reached, device.OptionalBool("hubHasConnector"));
    DPS_TRY(const auto enrollment, device.OptionalString("enrollment"));
    ++sum.deleted;
    sum.hub_tasks += std::ssize(tasks);
    sum.without_connector += reached.value_or(false) ? 0 : 1;
    sum.enrollments_deleted += enrollment == "deleted" ? 1 : 0;
    sum.enrollments_disabled += enrollment == "disabled" ? 1 : 0;
  }
  return {};
}

std::string ToJson(const Goodbyes& sum, bool with_hub_identity) {
  JsonWriter json;
  json.StartObject().Key("deleted").Int(sum.deleted);
  json.Key("hubTasks").Int(sum.hub_tasks);
  if (with_hub_identity) {
    json.Key("withoutConnector").Int(sum.without_connector);
  }
  json.Key("enrollmentsDeleted").Int(sum.enrollments_deleted);
  json.Key("enrollmentsDisabled").Int(sum.enrollments_disabled);
  return json.EndObject().Take();
}

Status CheckGroupIsMeant(const Arguments& arguments) {
  if (arguments.etag) {
    return Fail(Errc::kInvalidArgument, "--etag is of one registration");
  }
  if (arguments.yes) return {};
  return Fail(Errc::kInvalidArgument,
              "this deletes the registrations of all devices of enrollment "
              "group " +
                  *arguments.enrollment_id + "; say --yes if it is meant");
}

Status DeleteOfGroup(const Arguments& arguments) {
  DPS_CHECK(CheckGroupIsMeant(arguments));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const std::string path = PathOf("registrations", *arguments.enrollment_id) +
                           "/delete" + DeleteQuery(arguments);
  Goodbyes sum;
  Headers headers;
  for (bool more = true; more;) {
    DPS_TRY(const Response page, service->Send("POST", path, headers));
    DPS_CHECK(Count(page.body, sum));
    const auto next = page.headers.find("x-ms-continuation");
    more = next != page.headers.end();
    if (more) headers["x-ms-continuation"] = next->second;
  }
  if (sum.hub_tasks > 0) {
    PrintNote(
        "a broker has the devices removed from their hubs; `dpsctl "
        "hub-task list` shows what is left to do");
  }
  return Print(arguments, ToJson(sum, arguments.with_hub_identity),
               {"deleted", "hubTasks", "withoutConnector", "enrollmentsDeleted",
                "enrollmentsDisabled"});
}

Status DeleteRegistration(const Arguments& arguments) {
  if (arguments.enrollment_id) return DeleteOfGroup(arguments);
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response deleted,
          service->Send("DELETE",
                        RegistrationPath(arguments) + DeleteQuery(arguments),
                        {{"If-Match", arguments.etag.value_or("*")}}));
  if (deleted.body.empty()) return {};
  return NoteGoodbye(arguments, deleted.body);
}

}  // namespace

std::vector<Command> RegistrationCommands() {
  return {
      {"registration",
       "show",
       "Show what became of a device's last registration",
       "dpsctl registration show --registration-id dev-1\n",
       {option::RegistrationId},
       ShowRegistration},
      {"registration",
       "list",
       "List registrations",
       "dpsctl registration list --output table\n"
       "dpsctl registration list --enrollment-id line-1 --top 20\n"
       "dpsctl registration list --status failed --updated-since "
       "2026-11-22T00:00:00Z\n",
       {option::GroupFilter, option::RegistrationConditions, option::Top},
       ListRegistrations},
      {"registration",
       "delete",
       "Forget a registration; the device's next one counts as its first",
       "dpsctl registration delete --registration-id dev-1\n"
       "dpsctl registration delete --rid dev-1 --with-hub-identity "
       "--disenroll\n"
       "dpsctl registration delete --enrollment-group line-1 "
       "--with-hub-identity --yes\n",
       {option::RegistrationsToDelete, option::Deprovisioning, option::Etag},
       DeleteRegistration},
  };
}

}  // namespace dps
