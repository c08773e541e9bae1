// SPDX-License-Identifier: Apache-2.0
#include "plugin/client_address.h"

#include <doctest/doctest.h>

#include <string>

namespace dps {
namespace {

std::string Text(std::string_view broker_says) {
  const auto address = AddressOf({.handle = nullptr, .address = broker_says});
  return address ? address->text() : "none";
}

}  // namespace

TEST_CASE("client_address: each form the broker shows is understood") {
  CHECK(Text("192.0.2.1") == "192.0.2.1");
  CHECK(Text("2001:db8::1") == "2001:db8::1");
  // WebSocket listeners take IPv4 through IPv6.
  CHECK(Text("::ffff:192.0.2.1") == "192.0.2.1");
}

TEST_CASE("client_address: a client of a unix socket has none") {
  CHECK(Text("/run/mosquitto/dps.sock") == "none");
  CHECK(Text("") == "none");
}

}  // namespace dps
