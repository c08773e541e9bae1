// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/options.h"

namespace dps {
namespace {

// An empty text takes what is there away; CLI11 would take it for no option.
void TextOption(CLI::App& command, const char* names,
                std::optional<std::string>& target, const char* description) {
  command.add_option_function<std::string>(
      names, [&target](const std::string& text) { target = text; },
      description);
}

}  // namespace

namespace option {

void HubNameIfAny(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--hub-name,--hn,--linked-hub", arguments.hub_name,
                  "Host name of the hub")
      ->check(NotEmpty());
}

void Connector(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--connector", arguments.connector,
                  "How devices get to be known at the hub: none (the hub is "
                  "just a name), mosquitto, iothub or webhook")
      ->check(CLI::IsMember({"none", "mosquitto", "iothub", "webhook"}));
  TextOption(
      command, "--connector-url", arguments.connector_url,
      "mosquitto: mqtt://HOST[:PORT] or mqtts://...; webhook: http(s)://...");
  TextOption(command, "--connector-username", arguments.connector_username,
             "mosquitto: user of the hub's dynamic-security plugin");
  TextOption(
      command, "--connector-password", arguments.connector_password,
      "mosquitto: that user's password. This and all other secrets: the "
      "secret itself, which is stored encrypted; @FILE or - to read it from "
      "a file or from stdin now; file:/PATH or env:NAME for the broker to "
      "read it from there each time");
  TextOption(command, "--connection-string", arguments.connection_string,
             "iothub, which it implies: HostName=...;SharedAccessKeyName=...;"
             "SharedAccessKey=..., a secret as above");
  TextOption(
      command, "--connector-key", arguments.connector_key,
      "webhook: key that signs the requests, base64 of 24 to 64 bytes, a "
      "secret as above");
  TextOption(command, "--ca-file", arguments.ca_file,
             "File of CAs that the hub's certificate must be of (default: the "
             "system's)");
  TextOption(command, "--certificate-file", arguments.certificate_file,
             "mosquitto: certificate to log in by, with --key-file");
  TextOption(command, "--key-file", arguments.key_file,
             "mosquitto: private key of --certificate-file");
  TextOption(command, "--device-role", arguments.device_role,
             "mosquitto: a role of the hub that each device gets");
  TextOption(
      command, "--device-role-template", arguments.device_role_template,
      "mosquitto: file with the ACLs of a role of its own for each device, a "
      "JSON array, {deviceId} standing for the device");
  TextOption(command, "--twin-topic", arguments.twin_topic,
             "mosquitto: topic under which twins are kept; holds {deviceId}");
  TextOption(
      command, "--notice-topic", arguments.notice_topic,
      "mosquitto: topic on which a device is asked to register again; holds "
      "{deviceId}");
}

void HubTaskId(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--task-id,--id", arguments.task_id,
                  "Id of the task, as `dpsctl hub-task list` shows it")
      ->required()
      ->check(NotEmpty());
}

void HubTaskFilter(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--hub-name,--hn,--linked-hub", arguments.hub_name,
                  "Only tasks that name this hub")
      ->check(NotEmpty());
  command.add_option("--kind", arguments.task_kind, "Only tasks of this kind")
      ->check(CLI::IsMember({"provision", "remove", "notify"}));
}

void Deprovisioning(CLI::App& command, Arguments& arguments) {
  command.add_flag("--with-hub-identity", arguments.with_hub_identity,
                   "Also have the hub forget the device and all it keeps of "
                   "it; a broker does that as soon as it can");
  command.add_flag("--disenroll", arguments.disenroll,
                   "Also delete the device's enrollment or, where a group "
                   "accepted it, make a disabled one, so that it stays out");
}

void EnrollmentGroup(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--enrollment-group,--enrollment-id,--eid,--group-id,--gid",
                  arguments.enrollment_id, "Enrollment group id")
      ->required()
      ->check(NotEmpty());
}

void Reprovisioning(CLI::App& command, Arguments& arguments) {
  CLI::Option_group* what = command.add_option_group("What");
  what->add_flag("--plan", arguments.plan,
                 "Show who would move if every device registered again now; "
                 "changes nothing");
  what->add_flag("--notify", arguments.notify,
                 "Have their hubs ask the devices that would move to register "
                 "again");
  what->require_option(1, 2);
  command
      .add_option("--rate", arguments.rate, "Notices a second (default: 10)")
      ->check(CLI::Range(0.01, 1000.0));
  command.add_flag("--all", arguments.all,
                   "All devices, also those that would stay where they are");
}

}  // namespace option
}  // namespace dps
