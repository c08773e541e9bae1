// SPDX-License-Identifier: Apache-2.0
#include "core/http/connection_string.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace dps {
namespace {

// Ends in `=`, as most do.
const std::string kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const std::string kHost = "HostName=Hub.example;";
const std::string kPolicy = "SharedAccessKeyName=iothubowner;";
const std::string kKeyField = "SharedAccessKey=" + kKey;

Result<ConnectionString> Parse(const std::string& text) {
  return ParseConnectionString(text, "the hub's connection string");
}

void CheckRefused(const std::string& text, const std::string& reason) {
  const auto parsed = Parse(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error() ==
        Error{Errc::kInvalidArgument, "the hub's connection string " + reason});
}

}  // namespace

TEST_CASE("connection_string: a policy's string gives host, policy and key") {
  const auto parsed = Parse(kHost + kPolicy + kKeyField);
  REQUIRE(parsed);
  CHECK(*parsed == ConnectionString{.host = "hub.example",
                                    .authority = "hub.example",
                                    .policy = "iothubowner",
                                    .key = Base64Decode(kKey).value()});
}

TEST_CASE(
    "connection_string: order, a line's end and a gateway do not matter") {
  const auto parsed = Parse(" " + kKeyField + ";" + kPolicy +
                            "GatewayHostName=gate.example;" + kHost + "\n");
  REQUIRE(parsed);
  CHECK(parsed == Parse(kHost + kPolicy + kKeyField));
}

TEST_CASE("connection_string: the host may have a port") {
  const auto parsed = Parse("HostName=localhost:8443;" + kPolicy + kKeyField);
  REQUIRE(parsed);
  CHECK(parsed->host == "localhost");
  CHECK(parsed->authority == "localhost:8443");
}

TEST_CASE("connection_string: a device's string is told from a hub's") {
  CheckRefused(kHost + "DeviceId=dev-1;" + kKeyField,
               "is a device's (it has DeviceId); that of a shared access "
               "policy is needed");
}

TEST_CASE("connection_string: what is missing or malformed is named") {
  const std::string rest = kPolicy + kKeyField;
  for (const auto& [text, reason] :
       {std::pair<std::string, std::string>{"", "lacks HostName"},
        {kPolicy + kKeyField, "lacks HostName"},
        {"hostname=h;" + rest, "lacks HostName"},
        {"HostName=;" + rest, "lacks HostName"},
        {kHost + kKeyField, "lacks SharedAccessKeyName"},
        {kHost + kPolicy, "lacks SharedAccessKey"},
        {kHost + kHost + rest, "has two of HostName"},
        {kHost + rest + ";" + kKeyField, "has two of SharedAccessKey"},
        {"HostName=h/x;" + rest, "has a malformed HostName"},
        {"HostName=u@h;" + rest, "has a malformed HostName"},
        {"HostName=h:0;" + rest, "has a malformed port behind its HostName"},
        {"HostName=h:65536;" + rest,
         "has a malformed port behind its HostName"},
        {"HostName=h:1:2;" + rest, "has a malformed port behind its HostName"},
        {kHost + "SharedAccessKeyName=a\r\nb;" + kKeyField,
         "has a malformed SharedAccessKeyName"},
        {kHost + "SharedAccessKeyName=" + std::string(65, 'a') + ";" +
             kKeyField,
         "has a malformed SharedAccessKeyName"},
        {kHost + kPolicy + "SharedAccessKey=c2hvcnQ=",
         "has a malformed SharedAccessKey"},
        {kHost + kPolicy + "SharedAccessKey=***",
         "has a malformed SharedAccessKey"},
        {kHost + rest + ";" + std::string(2048, 'a'), "is too long"}}) {
    CheckRefused(text, reason);
  }
}

}  // namespace dps
