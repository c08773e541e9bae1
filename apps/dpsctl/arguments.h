// SPDX-License-Identifier: Apache-2.0
// What an operator can say on the command line, for all commands together.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/registration/service.h"

namespace dps {

// Only what was given has a value; the same option means the same everywhere.
struct Arguments {
  std::string store;
  std::optional<std::string> login;
  std::optional<std::string> login_file;
  std::optional<std::string> login_of_environment;
  std::optional<std::string> login_ca_file;
  std::optional<std::string> broker;
  std::optional<std::string> broker_username;
  std::optional<std::string> broker_password_file;
  std::optional<std::string> broker_password_of_environment;
  std::optional<std::string> broker_ca_file;
  std::optional<std::string> broker_certificate_file;
  std::optional<std::string> broker_key_file;
  std::string output = "json";
  std::optional<std::string> dps_name;
  std::optional<std::string> id_scope;

  std::optional<std::string> enrollment_id;
  std::optional<std::string> registration_id;
  std::optional<std::string> hub_name;
  std::optional<std::string> etag;
  std::optional<std::size_t> top;

  // Of the rows of a list.
  std::optional<std::string> registration_status;
  std::optional<std::string> updated_since;
  std::optional<std::string> updated_before;
  bool with_registration_state = false;

  bool show_keys = false;
  bool store_is_given = false;  // on the command line

  std::optional<std::string> attestation_type;
  std::optional<std::string> primary_key;
  std::optional<std::string> secondary_key;
  std::optional<std::string> key;
  std::uint64_t duration_s = 3600;
  std::optional<std::string> allocation_policy;
  std::optional<std::string> webhook_url;
  std::optional<std::string> api_version;
  std::optional<std::string> iot_hub_host_name;
  std::optional<std::vector<std::string>> iot_hubs;
  std::optional<std::string> provisioning_status;
  std::optional<std::string> reprovision_policy;
  std::optional<std::string> device_id;
  std::optional<std::string> initial_twin_tags;
  std::optional<std::string> initial_twin_properties;
  std::optional<std::string> address;
  std::optional<std::string> region;
  std::optional<std::string> coordinates;
  std::optional<int> allocation_weight;
  std::optional<bool> apply_allocation_policy;
  std::optional<bool> edge_enabled;
  bool repair = false;

  // Of an instance.
  std::optional<double> load_bound;
  std::optional<int> latency_tolerance_ms;
  std::optional<int> linked_hubs_max;
  std::optional<std::string> webhook_key;
  std::optional<std::string> service_host_name;

  // Of access policies.
  std::optional<std::string> policy_name;
  std::optional<std::vector<std::string>> rights;
  std::optional<std::string> key_slot;  // primary, secondary
  std::optional<std::string> host_name;

  // How a linked hub is reached.
  std::optional<std::string> connector;
  std::optional<std::string> connector_url;
  std::optional<std::string> connector_username;
  std::optional<std::string> connector_password;
  std::optional<std::string> connector_key;
  std::optional<std::string> connection_string;
  std::optional<std::string> ca_file;
  std::optional<std::string> certificate_file;
  std::optional<std::string> key_file;
  std::optional<std::string> device_role;
  std::optional<std::string> device_role_template;
  std::optional<std::string> twin_topic;
  std::optional<std::string> notice_topic;

  // Of hub tasks, of goodbyes, and of devices that are to register again.
  std::optional<std::string> task_id;
  std::optional<std::string> task_kind;
  bool with_hub_identity = false;
  bool disenroll = false;
  bool yes = false;
  bool dry_run = false;
  bool plan = false;
  bool notify = false;
  bool all = false;
  double rate = 10;  // notices a second

  // Of many enrollments in a file, which `path` is.
  std::optional<std::string> format;
  std::string import_mode = "createOrUpdate";
  std::optional<std::string> results_path;

  // Of a fleet file, which `path` is.
  bool prune = false;
  int* exit_code = nullptr;  // of a command that went well, if not 0

  // X.509: files, and names of certificates of the instance.
  std::optional<std::string> certificate_path;
  std::optional<std::string> secondary_certificate_path;
  std::optional<bool> remove_certificate;
  std::optional<bool> remove_secondary_certificate;
  std::optional<std::string> root_ca_name;
  std::optional<std::string> secondary_root_ca_name;
  std::optional<std::string> certificate_name;
  std::optional<std::string> path;
  std::optional<bool> verified;

  std::optional<std::string> sas_token;
  ProofRules rules = ServiceOptions().proofs;  // the broker's defaults

  // Of a trial of allocation.
  std::optional<std::string> geo_database;
  std::optional<std::string> webhook_ca_file;
  bool call_webhook = false;
};

// Adds one option, or a few that belong together, to a command.
using AddOption = void (*)(CLI::App& command, Arguments& arguments);

// A command of dpsctl. `noun` is empty for a command that stands alone; it may
// be several words, each below the one before.
struct Command {
  const char* noun;
  const char* verb;
  const char* description;
  const char* examples;  // each line a whole command
  std::vector<AddOption> options;
  // Prints the answer on stdout. Errors: the message for the operator.
  Status (*run)(const Arguments& arguments);
};

// The exit code of `apply --dry-run` if something would change.
inline constexpr int kWouldChange = 3;

std::vector<Command> ApplyCommands();
std::vector<Command> InstanceCommands();
std::vector<Command> LinkedHubCommands();
std::vector<Command> EnrollmentCommands();
std::vector<Command> EnrollmentGroupCommands();
std::vector<Command> ImportCommands();
std::vector<Command> ExportCommands();
std::vector<Command> CertificateCommands();
std::vector<Command> LatencyTableCommands();
std::vector<Command> AllocationCommands();
std::vector<Command> RegistrationCommands();
std::vector<Command> RegistrationDeleteCommands();
std::vector<Command> HubTaskCommands();
std::vector<Command> ReprovisionCommands();
std::vector<Command> ExplainCommands();
std::vector<Command> RegistrationWhyCommands();
std::vector<Command> PolicyCommands();
std::vector<Command> DeviceKeyCommands();
std::vector<Command> SasTokenCommands();

}  // namespace dps
