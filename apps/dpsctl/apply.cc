// SPDX-License-Identifier: Apache-2.0
// An instance as a file says it is to be.
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/broker_login.h"
#include "apps/dpsctl/fleet_file.h"
#include "apps/dpsctl/fleet_plan.h"
#include "apps/dpsctl/login.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"

namespace dps {
namespace {

Status DoFleetSteps(Service& service, const std::vector<FleetStep>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Status done = DoFleetStep(service, steps[i]);
    if (!done) {
      return Fail(done.error().code,
                  done.error().message + "; " + std::to_string(i) + " of " +
                      std::to_string(steps.size()) +
                      " changes were made, the same command goes on");
    }
    DPS_CHECK(PrintRaw(LineOf(steps[i]) + "\n"));
  }
  return {};
}

Status ApplyFleetFile(const Arguments& arguments) {
  DPS_TRY(const Fleet fleet, ReadFleetFile(*arguments.path));
  FleetWish wish{.fleet = fleet,
                 .instance_name = {},
                 .prune = arguments.prune,
                 .login_policy = {}};
  if (HasLogin(arguments) && !HasBroker(arguments)) {
    DPS_TRY(const ConnectionString login, ReadLogin(arguments));
    wish.login_policy = login.policy;
  }
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  if (fleet.sections.contains(FleetKind::kInstance)) {
    DPS_TRY(wish.instance_name, service->PickInstance(arguments));
  }
  DPS_TRY(const FleetPlan plan, MakeFleetPlan(*service, wish));
  if (arguments.dry_run) {
    for (const FleetStep& step : plan.steps) {
      DPS_CHECK(PrintRaw(LineOf(step) + "\n"));
    }
    if (!plan.steps.empty()) *arguments.exit_code = kWouldChange;
  } else {
    DPS_CHECK(DoFleetSteps(*service, plan.steps));
  }
  DPS_CHECK(PrintRaw("= " + std::to_string(plan.unchanged) + " unchanged\n"));
  if (plan.steps.empty()) return PrintRaw("nothing to change\n");
  return {};
}

}  // namespace

std::vector<Command> ApplyCommands() {
  return {
      {"",
       "apply",
       "Make an instance what a file says: its settings, linked hubs, "
       "certificates, enrollments and policies",
       "dpsctl apply -f fleet.yaml --dry-run\n"
       "dpsctl apply -f fleet.yaml\n"
       "dpsctl apply -f fleet.yaml --prune\n",
       {option::FleetFile},
       ApplyFleetFile},
  };
}

}  // namespace dps
