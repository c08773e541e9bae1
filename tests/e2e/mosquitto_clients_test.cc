// SPDX-License-Identifier: Apache-2.0
// Devices played by Mosquitto's own command-line clients.
#include <doctest/doctest.h>

#include "tests/e2e/dps_broker.h"
#include "tests/support/child_process.h"

namespace dps {
namespace {

// The words every client needs to connect over TLS as device `id`.
std::vector<std::string> Login(const Endpoint& endpoint, std::string_view id,
                               std::string client_id) {
  return {"-h",       "127.0.0.1",      "-p", std::to_string(endpoint.port),
          "--cafile", endpoint.ca_file, "-i", std::move(client_id),
          "-u",       UsernameOf(id),   "-P", FreshToken(id)};
}

std::vector<std::string> Argv(std::string program,
                              const std::vector<std::string>& login,
                              const std::vector<std::string>& more) {
  std::vector<std::string> argv = {std::move(program)};
  argv.insert(argv.end(), login.begin(), login.end());
  argv.insert(argv.end(), more.begin(), more.end());
  return argv;
}

// Sends one request with mosquitto_rr; the answer's topic and payload.
std::string RequestByTool(const Endpoint& endpoint, const std::string& version,
                          const std::string& topic) {
  const auto result = RunCommand(
      {.argv = Argv("mosquitto_rr", Login(endpoint, "dev-1", "dev-1"),
                    {"-V", version, "-q", "1", "-W", "10", "-n", "-t", topic,
                     "-e", "$dps/registrations/res", "-F", "%t %p"})});
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  REQUIRE_MESSAGE(result->exit_code == 0, result->err);
  return result->out;
}

std::string OperationIn(const std::string& answer) {
  const std::size_t brace = answer.find('{');
  REQUIRE(brace != std::string::npos);
  const auto body = JsonDocument::ParseObject(answer.substr(brace));
  REQUIRE(body.has_value());
  return *body->root().String("operationId");
}

}  // namespace

TEST_CASE("mosquitto_clients: mosquitto_rr provisions over TLS") {
  DpsBroker dps;
  for (const char* version : {"311", "5"}) {
    CAPTURE(version);
    const Endpoint tls = dps.broker().Tls();
    const std::string accepted =
        RequestByTool(tls, version, RegisterTopic("a"));
    CHECK(accepted.starts_with(
        "$dps/registrations/res/202/?$rid=a&retry-after=3 {"));
    const std::string operation = OperationIn(accepted);
    std::string done = RequestByTool(tls, version, StatusTopic("b", operation));
    while (done.starts_with("$dps/registrations/res/202/")) {
      done = RequestByTool(tls, version, StatusTopic("b", operation));
    }
    CHECK(done.starts_with("$dps/registrations/res/200/?$rid=b {"));
    CHECK(done.find("\"status\":\"assigned\"") != std::string::npos);
  }
}

TEST_CASE("mosquitto_clients: pub and sub act for one device side by side") {
  DpsBroker dps;
  const Endpoint tls = dps.broker().Tls();
  auto subscriber = ChildProcess::Start(
      {.argv = Argv(
           "mosquitto_sub", Login(tls, "dev-1", "dev-1/sub"),
           {"-q", "1", "-C", "1", "-v", "-t", "$dps/registrations/res/#"})});
  REQUIRE(subscriber.has_value());
  REQUIRE(dps.broker().WaitForLog("Sending SUBACK to dev-1/sub"));
  const auto published = RunCommand(
      {.argv = Argv("mosquitto_pub", Login(tls, "dev-1", "dev-1/pub"),
                    {"-q", "1", "-t", RegisterTopic("1"), "-m", "{}"})});
  REQUIRE(published.has_value());
  CHECK(published->exit_code == 0);
  CHECK((*subscriber)->Wait() == 0);
  CHECK((*subscriber)
            ->out()
            .starts_with("$dps/registrations/res/202/?$rid=1&retry-after=3 "));
}

TEST_CASE("mosquitto_clients: a wrong key is told not authorised") {
  DpsBroker dps;
  auto login = Login(dps.broker().Tls(), "dev-1", "dev-1");
  login.back() = FreshToken("dev-2");
  const auto published =
      RunCommand({.argv = Argv("mosquitto_pub", login,
                               {"-t", RegisterTopic("1"), "-m", "{}"})});
  REQUIRE(published.has_value());
  CHECK(published->exit_code != 0);
  CHECK(published->err.find("not authorised") != std::string::npos);
}

}  // namespace dps
