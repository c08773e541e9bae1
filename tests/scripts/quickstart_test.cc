// SPDX-License-Identifier: Apache-2.0
// scripts/quickstart for real, on what is built already.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/broker_process.h"
#include "tests/support/loopback_ports.h"

namespace dps {
namespace {

bool Holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class Quickstart {
 public:
  CommandResult Run(const std::vector<std::string>& arguments) const {
    ChildCommand command{.argv = {DPS_SOURCE_DIR "/scripts/quickstart"},
                         .environment = {"DPS_QUICKSTART_BUILD=" DPS_BUILD_DIR,
                                         "DPS_QUICKSTART_WORK=" + work()}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    const auto result = RunCommand(command, std::chrono::minutes(2));
    REQUIRE(result);
    return *result;
  }
  struct Ports {
    std::uint16_t mqtt;
    std::uint16_t web_sockets;
    std::uint16_t https;
  };
  CommandResult RunOnce(const Ports& ports) const {
    return Run({"--once", "--port", std::to_string(ports.mqtt), "--ws-port",
                std::to_string(ports.web_sockets), "--https-port",
                std::to_string(ports.https)});
  }
  std::string work() const { return directory_.File("work"); }

 private:
  TempDir directory_;
};

bool Listens(std::uint16_t port) {
  return OpenStream({.port = port},
                    std::chrono::steady_clock::now() + kPatience)
      .has_value();
}

}  // namespace

TEST_CASE("quickstart: --once provisions a device, a second time too") {
  const Quickstart quickstart;
  const auto ports = FreeLoopbackPorts(3);
  const CommandResult first =
      quickstart.RunOnce({ports[0], ports[1], ports[2]});
  INFO(first.out << first.err);
  REQUIRE(first.exit_code == 0);
  CHECK(Holds(first.out, "\ndpsctl enrollment-group create"));
  CHECK(Holds(first.out, "\"status\":\"assigning\""));
  CHECK(Holds(first.out, "\n  assigned hub: hub-"));
  CHECK(Holds(first.out, "\n  device id:    simulated-device\n"));
  CHECK(first.out.ends_with("\nquickstart: OK\n"));
  CHECK(Holds(first.out, "\n  connection string: HostName=localhost:" +
                             std::to_string(ports[2]) +
                             ";SharedAccessKeyName=provisioningserviceowner;"
                             "SharedAccessKey="));
  for (const std::uint16_t port : ports) CHECK_FALSE(Listens(port));

  const CommandResult second =
      quickstart.RunOnce({ports[0], ports[1], ports[2]});
  CHECK(second.exit_code == 0);
  CHECK_FALSE(Holds(second.out, "\ndpsctl "));
  const std::size_t hub = first.out.find("  assigned hub: ");
  CHECK(second.out.substr(second.out.find("  assigned hub: ")) ==
        first.out.substr(hub));
}

TEST_CASE("quickstart: a taken port is named, and the option for another") {
  const Quickstart quickstart;
  const auto other = BrokerProcess::Start({});
  REQUIRE(other);
  const std::uint16_t taken = (*other)->Tcp().port;
  const auto free = FreeLoopbackPorts(2);
  const std::string is_taken = "quickstart: error: port " +
                               std::to_string(taken) +
                               " is taken by another program; choose another "
                               "with ";
  const CommandResult port = quickstart.RunOnce({taken, free[0], free[1]});
  CHECK(port.exit_code == 1);
  CHECK(port.err == is_taken + "--port PORT\n");
  const CommandResult ws_port = quickstart.RunOnce({free[0], taken, free[1]});
  CHECK(ws_port.exit_code == 1);
  CHECK(ws_port.err == is_taken + "--ws-port PORT\n");
  const CommandResult https = quickstart.RunOnce({free[0], free[1], taken});
  CHECK(https.exit_code == 1);
  CHECK(https.err == is_taken + "--https-port PORT\n");
  CHECK_FALSE(std::filesystem::exists(quickstart.work()));
}

TEST_CASE("quickstart: a bad argument shows the usage and ends with 2") {
  const Quickstart quickstart;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--frob"},
        {"once"},
        {"--port"},
        {"--port", ""},
        {"--port", "0"},
        {"--ws-port", "65536"},
        {"--port", "8883x"},
        {"--port", "8443"},
        {"--https-port", "8883"}}) {
    CAPTURE(arguments.back());
    const CommandResult result = quickstart.Run(arguments);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.starts_with("quickstart: "));
    CHECK(Holds(result.err, "\nusage: scripts/quickstart [--once] "));
  }
  CHECK_FALSE(std::filesystem::exists(quickstart.work()));
}

TEST_CASE("quickstart: --help tells what it does and what it takes") {
  const CommandResult help = Quickstart().Run({"--help"});
  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  CHECK(help.out.starts_with("From nothing to a provisioned device"));
  CHECK(Holds(help.out, "--ws-port"));
}

}  // namespace dps
