// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/options.h"

namespace dps::option {
namespace {

void Updated(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--updated-since", arguments.updated_since,
                  "Changed at this time or later, like 2026-11-22T16:00:00Z")
      ->check(NotEmpty());
  command
      .add_option("--updated-before", arguments.updated_before,
                  "Changed before this time")
      ->check(NotEmpty());
}

}  // namespace

void RegistrationConditions(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--status", arguments.registration_status,
                  "assigning, assigned, failed or disabled")
      ->check(CLI::IsMember({"assigning", "assigned", "failed", "disabled"}));
  command
      .add_option("--hub-name,--hn", arguments.hub_name,
                  "Assigned last to this hub")
      ->check(NotEmpty());
  Updated(command, arguments);
}

void EnrollmentConditions(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--provisioning-status,--ps", arguments.provisioning_status,
                  "enabled or disabled")
      ->check(CLI::IsMember({"enabled", "disabled"}));
  command
      .add_option("--hub-name,--hn", arguments.hub_name,
                  "That name this hub themselves")
      ->check(NotEmpty());
  Updated(command, arguments);
}

void WithRegistrationState(CLI::App& command, Arguments& arguments) {
  command.add_flag("--with-registration-state",
                   arguments.with_registration_state,
                   "Show what became of each device, too");
}

}  // namespace dps::option
