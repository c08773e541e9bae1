// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/options.h"

namespace dps {
namespace {

CLI::Option* AddPolicyName(CLI::App& command, Arguments& arguments,
                           const char* description) {
  return command
      .add_option("--policy-name,--pn", arguments.policy_name, description)
      ->check(NotEmpty());
}

CLI::Option* AddRights(CLI::App& command, Arguments& arguments) {
  return command
      .add_option("--rights,-r", arguments.rights,
                  "Of ServiceConfig, EnrollmentRead, EnrollmentWrite, "
                  "RegistrationStatusRead, RegistrationStatusWrite and "
                  "DeviceConnect, separated by spaces; to write is to read, "
                  "too")
      ->check(NotEmpty());
}

CLI::Option* AddKeySlot(CLI::App& command, Arguments& arguments,
                        const char* description) {
  return command
      .add_option("--key,--key-type,--kt", arguments.key_slot, description)
      ->check(CLI::IsMember({"primary", "secondary"}));
}

}  // namespace

namespace option {

void PolicyName(CLI::App& command, Arguments& arguments) {
  AddPolicyName(command, arguments, "Access policy")->required();
}

void Rights(CLI::App& command, Arguments& arguments) {
  AddRights(command, arguments);
}

void RightsRequired(CLI::App& command, Arguments& arguments) {
  AddRights(command, arguments)->required();
}

void PolicyKeys(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--primary-key,--pk", arguments.primary_key,
                  "Base64 of 16 to 64 bytes; made up on create if absent")
      ->check(NotEmpty());
  command
      .add_option("--secondary-key,--sk", arguments.secondary_key,
                  "As the primary key; either is accepted at any time")
      ->check(NotEmpty());
}

void KeySlotRequired(CLI::App& command, Arguments& arguments) {
  AddKeySlot(command, arguments, "Which: primary or secondary")->required();
}

void ConnectionStringParts(CLI::App& command, Arguments& arguments) {
  AddPolicyName(command, arguments,
                "Access policy (default: provisioningserviceowner)");
  AddKeySlot(command, arguments, "primary (default) or secondary");
  command
      .add_option("--host-name", arguments.host_name,
                  "Host of the service, with :PORT unless it is 443 (default: "
                  "the instance's --service-host-name)")
      ->check(NotEmpty());
}

}  // namespace option
}  // namespace dps
