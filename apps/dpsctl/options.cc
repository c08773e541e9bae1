// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/options.h"

#include <cmath>

namespace dps {

CLI::Validator NotEmpty() {
  return {[](const std::string& text) {
            return text.empty() ? "the value must not be empty" : "";
          },
          ""};
}

namespace {

// JSON has no other numbers. An empty text means none, as 0 does.
CLI::Validator Finite() {
  return {[](std::string& text) {
            if (text.empty()) text = "0";
            double number = 0;
            return CLI::detail::lexical_cast(text, number) &&
                           std::isfinite(number)
                       ? ""
                       : "must be a number, not " + text;
          },
          ""};
}

// An empty text is a value that says something; CLI11 would take it for no
// option.
CLI::Option* AddText(CLI::App& command, const char* names,
                     std::optional<std::string>& target,
                     const char* description) {
  return command.add_option_function<std::string>(
      names, [&target](const std::string& text) { target = text; },
      description);
}

}  // namespace

namespace option {

void DpsNameRequired(CLI::App& command, Arguments& arguments) {
  command.add_option("--dps-name,-n", arguments.dps_name, "Instance name")
      ->required()
      ->check(NotEmpty());
}

void IdScopeOfNew(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--id-scope", arguments.id_scope,
                  "ID scope of the new instance; made up if not given")
      ->check(NotEmpty());
}

void EnrollmentId(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--enrollment-id,--eid", arguments.enrollment_id,
                  "Enrollment or enrollment group id")
      ->required()
      ->check(NotEmpty());
}

void GroupFilter(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--enrollment-id,--eid,--group-id,--gid",
                  arguments.enrollment_id,
                  "Only the devices of this enrollment group")
      ->check(NotEmpty());
}

void RegistrationId(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--registration-id,--rid", arguments.registration_id,
                  "Registration id of the device")
      ->required()
      ->check(NotEmpty());
}

void HubName(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--hub-name,--hn,--linked-hub", arguments.hub_name,
                  "Host name of the hub")
      ->required()
      ->check(NotEmpty());
}

void LatencyTablePath(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--path,-p", arguments.path,
                  "File of lines cidr,hub,milliseconds")
      ->required()
      ->check(NotEmpty());
}

void Address(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--address", arguments.address,
                  "Address of a device, IPv4 or IPv6")
      ->required()
      ->check(NotEmpty());
}

void AllocationTrial(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--enrollment-id,--eid,--group-id,--gid",
                  arguments.enrollment_id,
                  "Enrollment group that a device without an individual "
                  "enrollment would register by (default: that of its last "
                  "registration, else the only one there is)")
      ->check(NotEmpty());
  command
      .add_option("--address", arguments.address,
                  "geoLatency: address that the device would call from, IPv4 "
                  "or IPv6")
      ->check(NotEmpty());
  command
      .add_option("--geo-database", arguments.geo_database,
                  "geoLatency: as the broker's plugin_opt_dps_geo_database")
      ->check(NotEmpty());
  command.add_flag("--call-webhook", arguments.call_webhook,
                   "custom: really ask the webhook, as if the device "
                   "registered. From here it may be at a private address, "
                   "whatever the broker's plugin_opt_dps_webhook_private_"
                   "targets says");
  command
      .add_option("--webhook-ca-file", arguments.webhook_ca_file,
                  "custom: as the broker's plugin_opt_dps_webhook_ca_file")
      ->check(NotEmpty());
}

void Etag(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--etag,-e", arguments.etag,
                  "Refuse unless this is still the etag")
      ->check(NotEmpty());
}

void Top(CLI::App& command, Arguments& arguments) {
  command.add_option("--top", arguments.top, "At most so many (default: all)")
      ->check(CLI::Range(1, 1'000'000'000));
}

void ShowKeys(CLI::App& command, Arguments& arguments) {
  command.add_flag("--show-keys,--keys", arguments.show_keys,
                   "Show the symmetric keys, too");
}

void KeySource(CLI::App& command, Arguments& arguments) {
  CLI::Option_group* source = command.add_option_group("Group key");
  source->add_option("--key", arguments.key,
                     "Symmetric key of the enrollment group, base64");
  source
      ->add_option("--enrollment-id,--eid,--group-id,--gid",
                   arguments.enrollment_id,
                   "Enrollment group whose primary key is taken")
      ->check(NotEmpty());
  source->require_option(1);
}

void DeviceKey(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--key", arguments.key, "Symmetric key of the device, base64")
      ->required()
      ->check(NotEmpty());
  command
      .add_option("--duration,--du", arguments.duration_s,
                  "Seconds until the token expires (default: 3600)")
      ->check(CLI::Range(1, 1'000'000'000));
}

void InstanceSettings(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--allocation-policy,--ap", arguments.allocation_policy,
                  "How hubs are chosen where the enrollment does not say: "
                  "hashed, geoLatency or static")
      ->check(NotEmpty());
  command
      .add_option("--load-bound", arguments.load_bound,
                  "hashed: pass over a hub above this multiple of its "
                  "weighted share, 1 to 100; 0 or \"\": never")
      ->transform(Finite());
  command
      .add_option("--latency-tolerance-ms", arguments.latency_tolerance_ms,
                  "geoLatency: hubs not slower than the nearest by more "
                  "are as near (default: 0)")
      ->check(NotEmpty());
  command
      .add_option("--linked-hubs-max", arguments.linked_hubs_max,
                  "How many hubs may be linked, 1 to 1024 (Azure: 50), not "
                  "fewer than are")
      ->check(NotEmpty());
  AddText(command, "--webhook-key", arguments.webhook_key,
          "Sign requests to webhooks with this key, base64 of 24 to 64 bytes; "
          "\"\": do not sign");
  AddText(command, "--service-host-name", arguments.service_host_name,
          "Host name that the instance's service API is reached by, as "
          "dps.example.com; \"\": by none of its own");
}

void DeviceId(CLI::App& command, Arguments& arguments) {
  command.add_option("--device-id", arguments.device_id,
                     "Device id at the hub (default: the registration id)");
}

void HubShare(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--allocation-weight", arguments.allocation_weight,
                  "Share of the hub relative to others, 1 to 1000")
      ->check(NotEmpty());
  command
      .add_option("--apply-allocation-policy",
                  arguments.apply_allocation_policy,
                  "false: no device is sent to the hub")
      ->check(NotEmpty());
}

void HubPlace(CLI::App& command, Arguments& arguments) {
  AddText(command, "--region,--location,-l", arguments.region,
          "Where the hub stands, for people to read");
  AddText(command, "--coordinates", arguments.coordinates,
          "LATITUDE,LONGITUDE in degrees, for policy geoLatency; \"\": none");
}

void Repair(CLI::App& command, Arguments& arguments) {
  command.add_flag("--repair", arguments.repair, "Correct what is wrong");
}

void Switch(CLI::App& command, const char* names, std::optional<bool>& target,
            const char* description) {
  // Without a value CLI11 would read an empty text, and that as false.
  command
      .add_option_function<std::string>(
          names,
          [&target](const std::string& text) { target = text != "false"; },
          description)
      ->expected(0, 1)
      ->check(CLI::IsMember({"", "true", "false"}))
      ->type_name("BOOLEAN");
}

void EnrollmentTerms(CLI::App& command, Arguments& arguments) {
  command.add_option("--attestation-type,--at", arguments.attestation_type,
                     "How devices prove who they are: symmetricKey or x509 "
                     "(default: what the other options are of, else "
                     "symmetricKey)");
  command.add_option("--primary-key,--pk", arguments.primary_key,
                     "Base64 of 16 to 64 bytes; made up on create if absent");
  command.add_option("--secondary-key,--sk", arguments.secondary_key,
                     "As the primary key; either is accepted at any time");
  AddText(command, "--allocation-policy,--ap", arguments.allocation_policy,
          "How the hub is chosen: hashed, geoLatency, static or custom "
          "(default, or \"\": as the instance does)");
  AddText(command, "--webhook-url,--wh", arguments.webhook_url,
          "Policy custom: where to ask for the hub; \"\": nowhere");
  command.add_option("--api-version,--av", arguments.api_version,
                     "Policy custom: version of the webhook's contract "
                     "(default: 2021-10-01)");
  command
      .add_option("--iot-hub-host-name", arguments.iot_hub_host_name,
                  "The one hub, by policy static; the older form of "
                  "--iot-hubs")
      ->check(NotEmpty());
  // One empty text means no hubs; CLI11 would take it for no option.
  command.add_option_function<std::vector<std::string>>(
      "--iot-hubs,--ih",
      [&arguments](const std::vector<std::string>& hubs) {
        arguments.iot_hubs = hubs;
      },
      "Hubs to choose from, separated by spaces (default, or \"\": all "
      "linked)");
  command
      .add_option("--provisioning-status,--ps", arguments.provisioning_status,
                  "Whether devices may register (default: enabled)")
      ->check(CLI::IsMember({"enabled", "disabled"}));
  command
      .add_option("--reprovision-policy,--rp", arguments.reprovision_policy,
                  "Device data when the hub changes (default on create: "
                  "reprovisionandmigratedata)")
      ->check(CLI::IsMember({"reprovisionandmigratedata",
                             "reprovisionandresetdata", "never", "none"}));
  Switch(command, "--edge-enabled,--ee", arguments.edge_enabled,
         "IoT Edge devices; without a value: true");
  command.add_option("--initial-twin-tags,--tags", arguments.initial_twin_tags,
                     "Tags of the initial twin, a JSON object");
  command.add_option("--initial-twin-properties,--props",
                     arguments.initial_twin_properties,
                     "Desired properties of the initial twin, a JSON object");
}

}  // namespace option
}  // namespace dps
