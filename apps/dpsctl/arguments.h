// SPDX-License-Identifier: Apache-2.0
// What an operator can say on the command line, for all commands together.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace dps {

// Only what was given has a value; the same option means the same everywhere.
struct Arguments {
  std::string store;
  std::string output = "json";
  std::optional<std::string> dps_name;
  std::optional<std::string> id_scope;

  std::optional<std::string> enrollment_id;
  std::optional<std::string> registration_id;
  std::optional<std::string> hub_name;
  std::optional<std::string> etag;
  std::optional<std::size_t> top;
  bool show_keys = false;

  std::optional<std::string> attestation_type;
  std::optional<std::string> primary_key;
  std::optional<std::string> secondary_key;
  std::optional<std::string> key;
  std::uint64_t duration_s = 3600;
  std::optional<std::string> allocation_policy;
  std::optional<std::vector<std::string>> iot_hubs;
  std::optional<std::string> provisioning_status;
  std::optional<std::string> reprovision_policy;
  std::optional<std::string> device_id;
  std::optional<std::string> initial_twin_tags;
  std::optional<std::string> initial_twin_properties;
  std::optional<bool> edge_enabled;
  std::optional<int> allocation_weight;
  std::optional<bool> apply_allocation_policy;
};

// Adds one option, or a few that belong together, to a command.
using AddOption = void (*)(CLI::App& command, Arguments& arguments);

// For values an empty shell variable must not stand for.
CLI::Validator NotEmpty();

// Names as in `az iot dps`.
namespace option {
void DpsNameRequired(CLI::App& command, Arguments& arguments);
void IdScopeOfNew(CLI::App& command, Arguments& arguments);
void EnrollmentId(CLI::App& command, Arguments& arguments);
void GroupFilter(CLI::App& command, Arguments& arguments);
void RegistrationId(CLI::App& command, Arguments& arguments);
void HubName(CLI::App& command, Arguments& arguments);
void Etag(CLI::App& command, Arguments& arguments);
void Top(CLI::App& command, Arguments& arguments);
void ShowKeys(CLI::App& command, Arguments& arguments);
// --key or --enrollment-id, one of them.
void KeySource(CLI::App& command, Arguments& arguments);
// --key of one device, --duration of what it signs.
void DeviceKey(CLI::App& command, Arguments& arguments);
void AllocationPolicy(CLI::App& command, Arguments& arguments);
void DeviceId(CLI::App& command, Arguments& arguments);
// --allocation-weight, --apply-allocation-policy.
void HubShare(CLI::App& command, Arguments& arguments);
// What individual enrollments and groups have in common.
void EnrollmentTerms(CLI::App& command, Arguments& arguments);
}  // namespace option

// A command of dpsctl. `noun` is empty for a command that stands alone.
struct Command {
  const char* noun;
  const char* verb;
  const char* description;
  const char* examples;  // each line a whole command
  std::vector<AddOption> options;
  // Prints the answer on stdout. Errors: the message for the operator.
  Status (*run)(const Arguments& arguments);
};

std::vector<Command> InstanceCommands();
std::vector<Command> LinkedHubCommands();
std::vector<Command> EnrollmentCommands();
std::vector<Command> EnrollmentGroupCommands();
std::vector<Command> RegistrationCommands();
std::vector<Command> DeviceKeyCommands();
std::vector<Command> SasTokenCommands();

}  // namespace dps
