// SPDX-License-Identifier: Apache-2.0
// Who is let in, and who is not: statements 1 to 12 of the device protocol.
#include <doctest/doctest.h>

#include "tests/e2e/dps_broker.h"
#include "tests/support/vectors.h"

namespace dps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// Refused in both versions of MQTT.
void CheckRefused(const Endpoint& endpoint, ConnectOptions options) {
  for (const int version : kMqttVersions) {
    options.version = version;
    CHECK(ConnackOf(endpoint, options) == NotAuthorised(version));
  }
}

UtcTime In(seconds time) { return SystemClock().Now() + time; }

}  // namespace

TEST_CASE("protocol_connect: the username of every SDK is let in") {
  DpsBroker dps;
  ForEachVector("usernames.json", [&](JsonView vector) {
    ConnectOptions options{
        .client_id = *vector.String("client_id"),
        .username = *vector.String("username"),
        .password = FreshToken(*vector.String("registration_id"))};
    for (const int version : kMqttVersions) {
      options.version = version;
      CHECK(ConnackOf(dps.broker().Tls(), options) == 0);
    }
  });
}

TEST_CASE("protocol_connect: an api-version must be there, others may") {
  DpsBroker dps;
  ConnectOptions options = DeviceOptions("dev-1");
  for (const char* suffix :
       {"ClientVersion=1.0&api-version=2019-03-31", "api-version=2019-03-31&",
        "x=y&api-version=2021-06-01&DeviceClientType=z&api=",
        "a=%zz&b&c==&"
        "api-version=2018-11-01"}) {
    CAPTURE(suffix);
    options.username = UsernameOf("dev-1", suffix);
    CHECK(ConnackOf(dps.broker().Tls(), options) == 0);
  }
  for (const char* suffix :
       {"", "api-version=", "ClientVersion=1.0", "api-version=latest",
        "api-version=2019-03-31&ClientVersion=a/1",
        "api-version=2019-03-31&api-version=2019-03-31"}) {
    CAPTURE(suffix);
    options.username = UsernameOf("dev-1", suffix);
    CheckRefused(dps.broker().Tls(), options);
  }
}

TEST_CASE("protocol_connect: every SDK's keepalive is accepted, 0 too") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    for (const std::uint16_t keepalive_s :
         std::initializer_list<std::uint16_t>{0, 60, 180, 240, 1740}) {
      ConnectOptions options = DeviceOptions("dev-1", version);
      options.keepalive_s = keepalive_s;
      auto client = MqttClient::Open(dps.broker().Tls());
      REQUIRE(client.has_value());
      const auto connack = client->Connect(options);
      REQUIRE(connack.has_value());
      CHECK(connack->code == 0);
      CHECK_FALSE(connack->session_present);
    }
  }
}

TEST_CASE("protocol_connect: without a password, or an empty one, no way in") {
  DpsBroker dps;
  ConnectOptions options = DeviceOptions("dev-1");
  options.password.reset();
  CheckRefused(dps.broker().Tls(), options);
  options.password = "";
  CheckRefused(dps.broker().Tls(), options);
}

TEST_CASE("protocol_connect: the client id is that of the device") {
  DpsBroker dps;
  ConnectOptions options = DeviceOptions("dev-1");
  for (const char* id : {"dev-1", "DEV-1", "dev-1/sub", "dev-1/"}) {
    CAPTURE(id);
    options.client_id = id;
    CHECK(ConnackOf(dps.broker().Tls(), options) == 0);
  }
  for (const char* id : {"dev-2", "dev-10", "dev-", "", "/dev-1", "dev-1 "}) {
    CAPTURE(id);
    options.client_id = id;
    CheckRefused(dps.broker().Tls(), options);
  }
}

TEST_CASE("protocol_connect: a bad or expired SAS token is refused") {
  DpsBroker dps;
  ConnectOptions options = DeviceOptions("dev-1");
  std::string forged = FreshToken("dev-1");
  char& digit = forged[forged.find("&sig=") + 5];
  digit = digit == 'A' ? 'B' : 'A';
  for (const std::string& password :
       {forged, GroupTokenFor("dev-1", In(-hours(1))),
        GroupTokenFor("dev-1", In(seconds(-62))),
        TokenFor("dev-1", TestKey('z'), In(hours(1))),
        // The group's own key is not the device's.
        TokenFor("dev-1", TestKey('p'), In(hours(1))),
        std::string("SharedAccessSignature "), std::string("secret")}) {
    options.password = password;
    CheckRefused(dps.broker().Tls(), options);
  }
  options.password = GroupTokenFor("dev-1", In(seconds(-30)));
  CHECK(ConnackOf(dps.broker().Tls(), options) == 0);  // within the skew
}

TEST_CASE("protocol_connect: a token that expires later is 401 on requests") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_sas_clock_skew_s 0\n"
                                   "plugin_opt_dps_polls_per_10s 0\n"});
  ConnectOptions options = DeviceOptions("dev-1");
  options.password = GroupTokenFor("dev-1", In(seconds(3)));
  Device device(dps.broker().Tls(), options);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Answer answer = device.Poll("unknown");
  CHECK(answer.status == 404);
  while (answer.status == 404) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    answer = device.Poll("unknown");
  }
  CHECK(answer.Text("errorCode") == "401000");
  CHECK(device.Register().Text("errorCode") == "401000");
  CHECK_FALSE(dps.RecordOf("dev-1").has_value());
}

TEST_CASE("protocol_connect: an unknown ID scope is refused") {
  DpsBroker dps;
  AddInstance(dps.store(), *IdScope::Parse("0neOTHER"));
  for (const char* scope : {"0neNONE", "0ne00abcdef", "0neOTHER", ""}) {
    CAPTURE(scope);
    ConnectOptions options = DeviceOptions("dev-1");
    options.username =
        std::string(scope) + "/registrations/dev-1/api-version=2019-03-31";
    CheckRefused(dps.broker().Tls(), options);
  }
}

TEST_CASE("protocol_connect: a refusal is the same on every transport") {
  DpsBroker dps;
  ConnectOptions options = DeviceOptions("dev-1");
  options.password = FreshToken("dev-2");
  for (const Endpoint& endpoint :
       {dps.broker().Tcp(), dps.broker().Tls(), dps.broker().Ws(),
        dps.broker().Wss({.path = "/$iothub/websocket"})}) {
    CheckRefused(endpoint, options);
  }
}

TEST_CASE("protocol_connect: a refusal is logged with its reason, no secret") {
  DpsBroker dps;
  ConnectOptions options = DeviceOptions("dev-1");
  options.password = TokenFor("dev-1", TestKey('z'), In(hours(1)));
  CHECK(ConnackOf(dps.broker().Tls(), options) == 5);
  REQUIRE(dps.broker().WaitForLog("dps: connection refused: client=dev-1"));
  const std::string log = dps.broker().log();
  CHECK(log.find("no enrollment group's key signed") != std::string::npos);
  CHECK(log.find("tracking=") != std::string::npos);
  CHECK(log.find("SharedAccessSignature") == std::string::npos);
}

}  // namespace dps
