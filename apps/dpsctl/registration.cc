// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"

namespace dps {
namespace {

std::vector<Column> Columns() {
  return {"registrationId", "status",      "substatus",
          "assignedHub",    "deviceId",    "lastUpdatedDateTimeUtc",
          "errorCode",      "errorMessage"};
}

std::string Path(const Arguments& arguments) {
  return PathOf("registrations", *arguments.registration_id);
}

Status Show(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response shown, service->Send("GET", Path(arguments)));
  return Print(arguments, shown.body, Columns());
}

Status List(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const std::string path =
      arguments.enrollment_id
          ? PathOf("registrations", *arguments.enrollment_id) + "/query"
          : "/registrations/query";
  DPS_TRY(const std::string rows, service->Query(path, arguments.top));
  return Print(arguments, rows, Columns());
}

Status Delete(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(Path(arguments), arguments.etag);
}

}  // namespace

std::vector<Command> RegistrationCommands() {
  return {
      {"registration",
       "show",
       "Show what became of a device's last registration",
       "dpsctl registration show --registration-id dev-1\n",
       {option::RegistrationId},
       Show},
      {"registration",
       "list",
       "List registrations",
       "dpsctl registration list --output table\n"
       "dpsctl registration list --enrollment-id line-1 --top 20\n",
       {option::GroupFilter, option::Top},
       List},
      {"registration",
       "delete",
       "Forget a registration; the device's next one counts as its first",
       "dpsctl registration delete --registration-id dev-1\n",
       {option::RegistrationId, option::Etag},
       Delete},
  };
}

}  // namespace dps
