// SPDX-License-Identifier: Apache-2.0
#include "core/hub/device_json.h"

#include <doctest/doctest.h>

#include <string>

namespace dps {

TEST_CASE("device_json: a state is read as it was written") {
  const DeviceState state{.tags = R"({"a":[1,2.5,"x"]})",
                          .desired = R"({"b":null})",
                          .reported = R"({"c":{"d":true}})"};
  const auto json = StateJson(state, HubDialect::kWebhook);
  REQUIRE(json);
  CHECK(ParseDeviceState(*json) == state);
}

TEST_CASE("device_json: what is empty or not there is empty") {
  for (const char* json :
       {"{}", R"({"tags":null,"properties":null})",
        R"({"tags":{},"properties":{"desired":{"$version":1}}})"}) {
    CHECK(ParseDeviceState(json) == DeviceState{});
  }
}

TEST_CASE("device_json: what is no state is kInternal") {
  for (const std::string& json :
       {std::string(), std::string("null"), std::string("[]"),
        std::string(R"({"tags":"x"})"),
        std::string(R"({"properties":{"desired":1}})"),
        std::string(R"({"properties":{"reported":[]}})"),
        std::string(R"({"tags":)") + std::string(100'000, '[')}) {
    const auto state = ParseDeviceState(json);
    REQUIRE_FALSE(state);
    CHECK(state.error().code == Errc::kInternal);
    CHECK(state.error().message.starts_with("answered what makes no sense: "));
  }
}

TEST_CASE("device_json: an identity is the device's by its exact id") {
  CHECK(CheckIdentity(R"({"deviceId":"dev-1"})", "dev-1"));
  CHECK_FALSE(CheckIdentity(R"({"deviceId":"Dev-1"})", "dev-1"));
  CHECK_FALSE(CheckIdentity(R"({"deviceId":1})", "1"));
}

TEST_CASE("device_json: an identity is disabled with all that stands in it") {
  const auto identity = ParseIdentity(
      R"({"deviceId":"dev-1","status":"enabled","deviceScope":"s","etag":"x="})",
      "dev-1");
  REQUIRE(identity);
  CHECK(identity->etag == "x=");
  CHECK_FALSE(identity->is_disabled);
  CHECK(
      identity->disabled_json ==
      R"({"deviceId":"dev-1","deviceScope":"s","etag":"x=","status":"disabled"})");
  CHECK(ParseIdentity(identity->disabled_json, "dev-1")->is_disabled);
}

TEST_CASE("device_json: an identity without an etag for a header is none") {
  for (const std::string& etag :
       {std::string(), std::string(R"(,"etag":"")"),
        std::string(R"(,"etag":1)"), std::string(R"(,"etag":"a\r\nb: c")"),
        std::string(R"(,"etag":"a\"b")"), std::string(R"(,"etag":"\u00e4")")}) {
    CAPTURE(etag);
    const auto identity =
        ParseIdentity(R"({"deviceId":"dev-1")" + etag + "}", "dev-1");
    REQUIRE_FALSE(identity);
    CHECK(identity.error().code == Errc::kInternal);
  }
  CHECK_FALSE(ParseIdentity(R"({"deviceId":"dev-2","etag":"x"})", "dev-1"));
}

}  // namespace dps
