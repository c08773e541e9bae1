// SPDX-License-Identifier: Apache-2.0
// dpsctl: the operator's commands on the store of the DPS plugin, or on the
// service or the broker that has it.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>

#include "apps/dpsctl/option_words.h"
#include "apps/dpsctl/options.h"

namespace dps {
namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr const char* kDefaultStore = "/var/lib/mosquitto/dps";

constexpr const char* kStart =
    "\nEXAMPLES:\n"
    "dpsctl instance create --dps-name my-dps\n"
    "dpsctl linked-hub add --hub-name hub-1.example.com\n"
    "dpsctl enrollment-group create --enrollment-id line-1\n"
    "dpsctl compute-device-key --registration-id dev-1 --enrollment-id line-1\n"
    "dpsctl registration list --output table\n";

constexpr const char* kEverywhere =
    "\nALSO, AS WITH EVERY COMMAND (see dpsctl --help): --store DIR, --login "
    "STRING or --broker URL, --dps-name NAME, --id-scope SCOPE, --output "
    "json|table";

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (auto commands :
       {InstanceCommands, LinkedHubCommands, EnrollmentGroupCommands,
        EnrollmentCommands, ImportCommands, ExportCommands, CertificateCommands,
        LatencyTableCommands, AllocationCommands, RegistrationCommands,
        RegistrationDeleteCommands, HubTaskCommands, ReprovisionCommands,
        ExplainCommands, RegistrationWhyCommands, ApplyCommands, PolicyCommands,
        DeviceKeyCommands, SasTokenCommands}) {
    for (Command& command : commands()) all.push_back(std::move(command));
  }
  return all;
}

const char* DescriptionOf(std::string_view noun) {
  if (noun == "instance") return "DPS instances: tenants with an ID scope";
  if (noun == "linked-hub") return "Hubs that devices are sent to";
  if (noun == "enrollment-group") {
    return "Enrollments of many devices by a key or a CA";
  }
  if (noun == "enrollment") return "Enrollments of single devices";
  if (noun == "certificate") return "CA certificates that groups refer to";
  if (noun == "certificate crl") return "What a CA has revoked";
  if (noun == "latency-table") return "Latencies between networks and hubs";
  if (noun == "hub-task") return "What is still to be done at linked hubs";
  if (noun == "policy") return "Access policies: who may use the service API";
  if (noun == "connection-string") return "What clients log in with";
  if (noun == "allocation") return "Which hub a device gets, and why";
  return "What became of devices that registered";
}

void AddLoginOptions(CLI::App& app, Arguments& arguments) {
  if (const char* login = std::getenv("DPS_LOGIN")) {
    arguments.login_of_environment = login;
  }
  CLI::Option* store = app.get_option("--store");
  CLI::Option* login =
      app.add_option("--login", arguments.login,
                     "Connection string of a dps-service to use in place of a "
                     "store: HostName=HOST[:PORT];SharedAccessKeyName=POLICY;"
                     "SharedAccessKey=KEY (default: $DPS_LOGIN, which no list "
                     "of processes shows)")
          ->excludes(store);
  app.add_option("--login-file", arguments.login_file,
                 "File that holds that connection string")
      ->check(NotEmpty())
      ->excludes(store)
      ->excludes(login);
  app.add_option("--login-ca-file", arguments.login_ca_file,
                 "PEM of the CAs to trust (default: the system's)")
      ->check(NotEmpty());
}

// Named apart from the options of hubs that are brokers, too.
void AddBrokerOptions(CLI::App& app, Arguments& arguments) {
  if (const char* password = std::getenv("DPS_BROKER_PASSWORD")) {
    arguments.broker_password_of_environment = password;
  }
  CLI::Option* broker =
      app.add_option("--broker", arguments.broker,
                     "Broker whose plugin to ask in place of a store: "
                     "mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; the password "
                     "is in $DPS_BROKER_PASSWORD, which no list of processes "
                     "shows, or in a file")
          ->excludes("--store")
          ->excludes("--login")
          ->excludes("--login-file");
  const auto add = [&](const char* name, std::optional<std::string>& target,
                       const char* description) {
    app.add_option(name, target, description)->check(NotEmpty())->needs(broker);
  };
  add("--broker-username", arguments.broker_username,
      "User of the broker who may publish to $CONTROL/dps/v1");
  add("--broker-password-file", arguments.broker_password_file,
      "File that holds the user's password");
  add("--broker-ca-file", arguments.broker_ca_file,
      "PEM of the CAs to trust (default: the system's)");
  add("--broker-certificate-file", arguments.broker_certificate_file,
      "PEM of a certificate to show to the broker");
  add("--broker-key-file", arguments.broker_key_file, "PEM of its key");
}

void AddGlobalOptions(CLI::App& app, Arguments& arguments) {
  const char* from_environment = std::getenv("DPS_STORE");
  arguments.store = from_environment ? from_environment : kDefaultStore;
  app.add_option("--store", arguments.store,
                 "Directory of the store (default: $DPS_STORE, else " +
                     std::string(kDefaultStore) + ")")
      ->check(NotEmpty());
  AddLoginOptions(app, arguments);
  AddBrokerOptions(app, arguments);
  app.add_option("--dps-name,-n", arguments.dps_name,
                 "Instance; may be left out when the store holds just one")
      ->check(NotEmpty());
  app.add_option("--id-scope", arguments.id_scope,
                 "Instance, by its ID scope instead of its name")
      ->check(NotEmpty());
  app.add_option("--output,-o", arguments.output, "Form of the answer")
      ->check(CLI::IsMember({"json", "table"}))
      ->default_str("json");
  app.set_version_flag("--version", DPS_VERSION);
}

// The app of a noun, made at its first command; each adds its examples.
CLI::App* NounApp(CLI::App& app, const std::string& noun, const char* examples,
                  std::map<std::string, CLI::App*>& nouns) {
  if (noun.empty()) return &app;
  const std::size_t space = noun.rfind(' ');
  const bool is_nested = space != std::string::npos;
  CLI::App* parent =
      NounApp(app, is_nested ? noun.substr(0, space) : "", examples, nouns);
  CLI::App*& own = nouns[noun];
  if (own == nullptr) {
    own = parent->add_subcommand(is_nested ? noun.substr(space + 1) : noun,
                                 DescriptionOf(noun));
    own->require_subcommand(1);
    own->footer("\nEXAMPLES:\n");
  }
  own->footer(own->get_footer() + examples);
  return own;
}

// The command that the line named.
struct Chosen {
  const Command* command = nullptr;
  const CLI::App* leaf = nullptr;
};

void AddCommands(CLI::App& app, Arguments& arguments,
                 const std::vector<Command>& commands, Chosen& chosen) {
  std::map<std::string, CLI::App*> nouns;
  for (const Command& command : commands) {
    CLI::App* leaf = NounApp(app, command.noun, command.examples, nouns)
                         ->add_subcommand(command.verb, command.description);
    for (const AddOption add : command.options) add(*leaf, arguments);
    leaf->footer("\nEXAMPLES:\n" + std::string(command.examples) + kEverywhere);
    leaf->callback([&chosen, &command, leaf] {
      chosen = {.command = &command, .leaf = leaf};
    });
  }
}

int ReportUsage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  // CLI11 would only miss a command where there is an unknown one.
  const auto unknown = app.remaining(true);
  const std::string message =
      unknown.empty() ? error.what()
                      : "there is no command or option " + unknown.front();
  std::cerr << "dpsctl: " << message << "\nTry --help after the command.\n";
  return kUsage;
}

int Main(int argc, char** argv) {
  CLI::App app("Operates the Device Provisioning Service of a Mosquitto broker",
               "dpsctl");
  Arguments arguments;
  Chosen chosen;
  const std::vector<Command> commands = AllCommands();
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(kStart);
  AddGlobalOptions(app, arguments);
  AddCommands(app, arguments, commands, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ReportUsage(app, error);
  }
  arguments.store_is_given = app.count("--store") > 0;
  int exit_code = EXIT_SUCCESS;
  arguments.exit_code = &exit_code;
  const Status done = chosen.command->run(arguments);
  if (done) return exit_code;
  std::cerr << "dpsctl: " << InWordsOf(*chosen.leaf, done.error().message)
            << "\n";
  return kRefused;
}

}  // namespace
}  // namespace dps

int main(int argc, char** argv) {
  try {
    return dps::Main(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "dpsctl: " << failure.what() << "\n";
    return dps::kRefused;
  }
}
