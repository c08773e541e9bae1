// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/text.h"

namespace dps {
namespace {

std::vector<Column> TaskColumns() {
  return {"id",       "kind",     "hub", "deviceId", "dueDateTimeUtc",
          "attempts", "lastError"};
}

std::string TaskPath(const Arguments& arguments) {
  return PathOf("hubTasks", *arguments.task_id);
}

Status ListTasks(const Arguments& arguments) {
  std::string query = "?";
  if (arguments.hub_name) query += "hub=" + PercentEncode(*arguments.hub_name);
  if (arguments.task_kind) query += "&kind=" + *arguments.task_kind;
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const std::string rows,
          service->List("/hubTasks" + query, arguments.top));
  return Print(arguments, rows, TaskColumns());
}

Status ShowTask(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response shown, service->Send("GET", TaskPath(arguments)));
  return Print(arguments, shown.body, TaskColumns());
}

Status Retry(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response retried,
          service->Send("POST", TaskPath(arguments) + "/retry",
                        {{"If-Match", arguments.etag.value_or("*")}}));
  return Print(arguments, retried.body, TaskColumns());
}

Status DeleteTask(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(TaskPath(arguments), arguments.etag);
}

}  // namespace

std::vector<Command> HubTaskCommands() {
  return {
      {"hub-task",
       "list",
       "List what is still to be done at linked hubs",
       "dpsctl hub-task list --output table\n"
       "dpsctl hub-task list --hub-name hub-1.example.com --kind remove\n",
       {option::HubTaskFilter, option::Top},
       ListTasks},
      {"hub-task",
       "show",
       "Show a task",
       "dpsctl hub-task show --task-id r/hub-1.example.com/dev-1\n",
       {option::HubTaskId},
       ShowTask},
      {"hub-task",
       "retry",
       "Have a broker try a removal or a notice again at once",
       "dpsctl hub-task retry --task-id r/hub-1.example.com/dev-1\n",
       {option::HubTaskId, option::Etag},
       Retry},
      {"hub-task",
       "delete",
       "Give a removal or a notice up; the hub stays as it is",
       "dpsctl hub-task delete --task-id r/hub-1.example.com/dev-1\n",
       {option::HubTaskId, option::Etag},
       DeleteTask},
  };
}

}  // namespace dps
