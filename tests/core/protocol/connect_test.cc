// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/connect.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/limits.h"

namespace dps {
namespace {

const std::string kDevice = "0ne00ABCDEF/registrations/dev-01/";

Errc UsernameErrorOf(const std::string& username) {
  const auto parsed = ParseUsername(username, ApiVersionRule::kAny);
  REQUIRE_FALSE(parsed);
  return parsed.error().code;
}

Status Check(std::string_view client_id) {
  return CheckClientId(client_id, *RegistrationId::Parse("Dev-01"));
}

}  // namespace

TEST_CASE("connect: parameters stand in any order, unknown ones are ignored") {
  const auto request = ParseUsername(
      kDevice + "x=1&ClientVersion=a%2Fb&&flag&api-version=2019-03-31&y=2",
      ApiVersionRule::kKnown);
  REQUIRE(request);
  CHECK(request->id_scope.text() == "0ne00ABCDEF");
  CHECK(request->registration_id.text() == "dev-01");
  CHECK(request->api_version == "2019-03-31");
  CHECK(request->client_version == "a/b");
}

TEST_CASE("connect: a username without exactly one api-version is refused") {
  for (const char* parameters :
       {"", "ClientVersion=1.2", "api-version",
        "api-version=", "API-VERSION=2019-03-31", "xapi-version=2019-03-31",
        "api-version=2019-03-31&api-version=2021-06-01"}) {
    CAPTURE(parameters);
    CHECK(UsernameErrorOf(kDevice + parameters) == Errc::kInvalidArgument);
  }
  CHECK(UsernameErrorOf("0ne00ABCDEF/registrations/dev-01") ==
        Errc::kInvalidArgument);
}

TEST_CASE("connect: an api-version is a date, with or without -preview") {
  for (const char* version : {"2031-12-24", "2031-12-24-preview"}) {
    CHECK(ParseUsername(kDevice + "api-version=" + version,
                        ApiVersionRule::kAny));
  }
  for (const char* version :
       {"2019", "2019-03-3", "2019-03-311", "2019/03/31", "x019-03-31",
        "2019-03-31-beta", "2019-03-31-previews", "2019-03-31%20", "latest"}) {
    CAPTURE(version);
    CHECK(UsernameErrorOf(kDevice + "api-version=" + version) ==
          Errc::kInvalidArgument);
  }
}

TEST_CASE("connect: the strict rule takes published api-versions only") {
  const std::string before = kDevice + "api-version=";
  CHECK(ParseUsername(before + "2018-11-01", ApiVersionRule::kKnown));
  const auto made_up =
      ParseUsername(before + "2019-04-01", ApiVersionRule::kKnown);
  REQUIRE_FALSE(made_up);
  CHECK(made_up.error().message == "api-version 2019-04-01 is not supported");
}

TEST_CASE("connect: a bad scope or registration id is refused") {
  const std::string after = "/api-version=2019-03-31";
  for (const char* path :
       {"/registrations/dev", "a b/registrations/dev", "s/registrations/",
        "s/registrations/-dev", "s/registrations/a/b", "s/registrations/a#",
        "s/registrations/+", "s/registrations/a\xc3\xa9",
        "s/registrations/x/registrations/dev", "s%2F/registrations/dev"}) {
    CAPTURE(path);
    CHECK(UsernameErrorOf(path + after) == Errc::kInvalidArgument);
  }
  CHECK(UsernameErrorOf(std::string("s/registrations/a\0b", 19) + after) ==
        Errc::kInvalidArgument);
}

TEST_CASE("connect: a username over the limit is refused before it is read") {
  CHECK(UsernameErrorOf(std::string(limits::kUsernameMax + 1, 'x')) ==
        Errc::kTooLarge);
}

TEST_CASE("connect: a client version is shown harmlessly and never refused") {
  const auto shown = [](const std::string& sent) {
    return ParseUsername(
               kDevice + "api-version=2019-03-31&ClientVersion=" + sent,
               ApiVersionRule::kKnown)
        ->client_version;
  };
  CHECK(shown("a%0Ab") == "a\\x0ab");
  CHECK(shown("100%") == "100%");
  CHECK(shown(std::string(500, 'x')).size() < 200);
}

TEST_CASE("connect: only a username with /registrations/ is meant for DPS") {
  CHECK(SpeaksDps("s/registrations/dev/api-version=2019-03-31"));
  CHECK(SpeaksDps("/registrations/"));
  for (const char* other : {"", "admin", "registrations/", "/registrations",
                            "s/Registrations/dev/api-version=2019-03-31"}) {
    CHECK_FALSE(SpeaksDps(other));
  }
}

TEST_CASE("connect: a client id is the registration id, or lies below it") {
  for (const char* client_id :
       {"Dev-01", "dev-01", "DEV-01/", "dev-01/sub/1"}) {
    CHECK(Check(client_id));
  }
}

TEST_CASE("connect: a client id of another device is Unauthenticated") {
  for (const char* client_id :
       {"", "dev-0", "dev-012", "dev-02", "/dev-01", "dev-01 ", "dev-01\\a"}) {
    CAPTURE(client_id);
    CHECK(Check(client_id).error().code == Errc::kUnauthenticated);
  }
}

}  // namespace dps
