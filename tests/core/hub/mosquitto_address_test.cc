// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_address.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("mosquitto_address: a URL says host, port and whether TLS") {
  const auto plain = ParseMosquittoUrl("mqtt://hub-1.example.com");
  REQUIRE(plain.has_value());
  CHECK(plain->host == "hub-1.example.com");
  CHECK(plain->port == 1883);
  CHECK_FALSE(plain->tls);
  const auto tls = ParseMosquittoUrl("mqtts://hub");
  CHECK(tls->port == 8883);
  CHECK(tls->tls);
  CHECK(ParseMosquittoUrl("mqtt://10.0.0.1:65535")->port == 65'535);
  const auto v6 = ParseMosquittoUrl("mqtts://[fe80::1]:1");
  REQUIRE(v6.has_value());
  CHECK(v6->host == "fe80::1");
  CHECK(v6->port == 1);
  CHECK(ParseMosquittoUrl("mqtt://[::1]")->port == 1883);
}

TEST_CASE("mosquitto_address: anything but host and port is refused") {
  for (const std::string_view url :
       {"", "hub", "http://hub", "mqtt:/hub", "mqtt://", "mqtt://:1883",
        "mqtt://hub:", "mqtt://hub:0", "mqtt://hub:65536", "mqtt://hub:1x",
        "mqtt://hub/", "mqtt://user@hub", "mqtt://h ub", "mqtt://[::1",
        "mqtt://[::1]1", "mqtt://[]", "mqtt://[hub?]", "mqtt://hub:1:2",
        "MQTT://hub"}) {
    CAPTURE(url);
    const auto parsed = ParseMosquittoUrl(url);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == Errc::kInvalidArgument);
  }
  CHECK_FALSE(ParseMosquittoUrl("mqtt://" + std::string(254, 'a')));
}

}  // namespace dps
