// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/command_line.h"

#include <cstdlib>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr const char* kDefaultStore = "/var/lib/mosquitto/dps";
constexpr const char* kSecurity = "Limits";
constexpr unsigned kThreadsMost = 64;
constexpr unsigned kConnectionsMost = 100'000;

constexpr const char* kMore =
    "\nEXAMPLES:\n"
    "dps-service --cert server.pem --key server.key\n"
    "dps-service --store /var/lib/mosquitto/dps --listen 0.0.0.0:443 --cert "
    "server.pem --key server.key --default-instance factory\n"
    "dpsctl connection-string show     # what clients are given\n"
    "\nSIGHUP reads the certificate anew; SIGTERM ends the service when what "
    "it was asked is answered.\n";

}  // namespace

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view digits =
      colon == std::string_view::npos ? "" : text.substr(colon + 1);
  constexpr std::uint64_t kNoPort = UINT16_MAX + 1;
  const std::uint64_t port = ParseDecimal(digits).value_or(kNoPort);
  std::string_view address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string_view::npos) {
    address = {};
  }
  if (port < kNoPort && !address.empty()) {
    return ListenAddress{std::string(address),
                         static_cast<std::uint16_t>(port)};
  }
  return Fail(Errc::kInvalidArgument,
              "--listen takes an address and a port, 127.0.0.1:443 or "
              "[::1]:443, not \"" +
                  Printable(text) + "\"");
}

std::string ToText(const ListenAddress& address) {
  const bool is_ipv6 = address.address.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.address + "]" : address.address) + ":" +
         std::to_string(address.port);
}

void AddOptions(CLI::App& app, CommandLine& line) {
  const char* from_environment = std::getenv("DPS_STORE");
  line.store = from_environment != nullptr ? from_environment : kDefaultStore;
  app.footer(kMore);
  app.add_option("--store", line.store,
                 "Directory of the store (default: $DPS_STORE, else " +
                     std::string(kDefaultStore) + ")");
  app.add_option("--listen", line.listen,
                 "Address and port (default: 127.0.0.1:443 if permitted, else "
                 "127.0.0.1:8444)");
  app.add_option("--cert", line.server.certificate_file,
                 "The server's certificate, PEM, with its chain")
      ->required();
  app.add_option("--key", line.server.key_file, "Its private key, PEM")
      ->required();
  app.add_option("--default-instance", line.face.default_instance,
                 "Instance of requests whose host name leads to none (default: "
                 "the only one there is)");
  app.add_option("--audit-file", line.audit_file,
                 "Where changes are written down (default: audit.log in the "
                 "store's directory)");
  app.add_option("--calls-per-minute", line.face.calls_per_minute,
                 "Calls of one instance; 0 = no limit, Azure's is 1000")
      ->group(kSecurity)
      ->default_str("0");
  app.add_option("--threads", line.server.threads,
                 "Threads that answer requests")
      ->group(kSecurity)
      ->check(CLI::Range(2U, kThreadsMost))
      ->default_str(std::to_string(line.server.threads));
  app.add_option("--connections-max", line.server.connections_max,
                 "Connections at once")
      ->group(kSecurity)
      ->check(CLI::Range(1U, kConnectionsMost))
      ->default_str(std::to_string(line.server.connections_max));
  app.add_option("--connections-per-address-max",
                 line.server.connections_per_address_max,
                 "Connections at once from one address")
      ->group(kSecurity)
      ->check(CLI::Range(1U, kConnectionsMost))
      ->default_str(std::to_string(line.server.connections_per_address_max));
  AddDeviceOptions(app, line.devices);
  app.set_version_flag("--version", DPS_VERSION);
}

}  // namespace dps
