// SPDX-License-Identifier: Apache-2.0
// Registrations that are to be forgotten: one, or all that fit.
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/list_conditions.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"

namespace dps {
namespace {

std::string WithGoodbye(const std::string& path, const Arguments& arguments) {
  return path + (path.find('?') == path.npos ? '?' : '&') +
         "withHubIdentity=" + (arguments.with_hub_identity ? "true" : "false") +
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

bool HasCondition(const Arguments& arguments) {
  return arguments.registration_status || arguments.hub_name ||
         arguments.updated_since || arguments.updated_before;
}

Status CheckManyAreMeant(const Arguments& arguments) {
  if (arguments.etag) {
    return Fail(Errc::kInvalidArgument, "--etag is of one registration");
  }
  if (arguments.yes || arguments.dry_run || HasCondition(arguments)) return {};
  const std::string whose = arguments.enrollment_id
                                ? "enrollment group " + *arguments.enrollment_id
                                : "the instance";
  return Fail(Errc::kInvalidArgument,
              "this deletes the registrations of all devices of " + whose +
                  "; say --yes if it is meant");
}

// `verb` is query or delete.
std::string PathOfMany(const Arguments& arguments, const std::string& verb) {
  const std::string path =
      (arguments.enrollment_id
           ? PathOf("registrations", *arguments.enrollment_id)
           : std::string("/registrations")) +
      "/" + verb;
  // The service does not delete without a condition; this one always holds.
  if (!arguments.enrollment_id && !HasCondition(arguments)) {
    return path + "?updatedSince=1970-01-01T00:00:00Z";
  }
  return WithRegistrationConditions(path, arguments);
}

// Page after page; `count` is given the rows of each.
template <class CountRows>
Status WalkPages(Service& service, const std::string& path, CountRows count) {
  Headers headers;
  for (bool more = true; more;) {
    DPS_TRY(const Response page, service.Send("POST", path, headers));
    DPS_CHECK(count(page.body));
    const auto next = page.headers.find("x-ms-continuation");
    more = next != page.headers.end();
    if (more) headers["x-ms-continuation"] = next->second;
  }
  return {};
}

Status CountMany(const Arguments& arguments, Service& service) {
  std::int64_t fitting = 0;
  DPS_CHECK(WalkPages(service, PathOfMany(arguments, "query"),
                      [&](const std::string& page) -> Status {
                        DPS_TRY(const Rows rows, Rows::Parse(page));
                        fitting += std::ssize(rows.items());
                        return {};
                      }));
  PrintNote("nothing was deleted");
  JsonWriter json;
  json.StartObject().Key("wouldBeDeleted").Int(fitting);
  return Print(arguments, json.EndObject().Take(), {"wouldBeDeleted"});
}

Status DeleteMany(const Arguments& arguments) {
  DPS_CHECK(CheckManyAreMeant(arguments));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  if (arguments.dry_run) return CountMany(arguments, *service);
  Goodbyes sum;
  DPS_CHECK(WalkPages(
      *service, WithGoodbye(PathOfMany(arguments, "delete"), arguments),
      [&](const std::string& page) { return Count(page, sum); }));
  if (sum.hub_tasks > 0) {
    PrintNote(
        "a broker has the devices removed from their hubs; `dpsctl "
        "hub-task list` shows what is left to do");
  }
  return Print(arguments, ToJson(sum, arguments.with_hub_identity),
               {"deleted", "hubTasks", "withoutConnector", "enrollmentsDeleted",
                "enrollmentsDisabled"});
}

Status DeleteRegistrationsOrOne(const Arguments& arguments) {
  if (!arguments.registration_id) return DeleteMany(arguments);
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response deleted,
          service->Send(
              "DELETE",
              WithGoodbye(PathOf("registrations", *arguments.registration_id),
                          arguments),
              {{"If-Match", arguments.etag.value_or("*")}}));
  if (deleted.body.empty()) return {};
  return NoteGoodbye(arguments, deleted.body);
}

}  // namespace

std::vector<Command> RegistrationDeleteCommands() {
  return {
      {"registration",
       "delete",
       "Forget a registration, or all that fit; the device's next one counts "
       "as "
       "its first",
       "dpsctl registration delete --registration-id dev-1\n"
       "dpsctl registration delete --rid dev-1 --with-hub-identity "
       "--disenroll\n"
       "dpsctl registration delete --enrollment-group line-1 "
       "--with-hub-identity --yes\n"
       "dpsctl registration delete --status failed --updated-before "
       "2026-11-22T00:00:00Z --dry-run\n",
       {option::RegistrationsToDelete, option::Deprovisioning, option::Etag},
       DeleteRegistrationsOrOne},
  };
}

}  // namespace dps
