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

void RegistrationsToDelete(CLI::App& command, Arguments& arguments) {
  CLI::Option_group* which = command.add_option_group("Which");
  which
      ->add_option("--enrollment-group,--enrollment-id,--eid,--group-id,--gid",
                   arguments.enrollment_id,
                   "All devices of this enrollment group that fit")
      ->check(NotEmpty());
  RegistrationConditions(*which, arguments);
  which->add_flag("--all", arguments.all, "All devices of the instance");
  const auto of_many = which->get_options();
  CLI::Option* one =
      which
          ->add_option("--registration-id,--rid", arguments.registration_id,
                       "Registration id of the one device")
          ->check(NotEmpty());
  for (CLI::Option* other : of_many) one->excludes(other);
  which->require_option(1, 0);
  command.add_flag("--dry-run", arguments.dry_run,
                   "Only count those that would be deleted");
  command.add_flag("--yes,-y", arguments.yes,
                   "Really all of an enrollment group, or with --all of the "
                   "instance; needed where no other condition is given");
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
