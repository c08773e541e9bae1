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
  };
}

}  // namespace dps
