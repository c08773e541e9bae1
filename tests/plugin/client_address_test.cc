// SPDX-License-Identifier: Apache-2.0
#include "plugin/client_address.h"

#include <doctest/doctest.h>

#include <string>

namespace dps {
namespace {

std::string Text(const Client& client,
                 WebSocketAddress web_socket = WebSocketAddress::kIgnore) {
  const auto address = AddressOf(client, web_socket);
  return address ? address->text() : "none";
}

std::string Text(std::string_view broker_says) {
  return Text(Client{.handle = nullptr, .address = broker_says});
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

TEST_CASE("client_address: that of a WebSocket client counts where trusted") {
  const Client client{
      .handle = nullptr, .address = "192.0.2.1", .web_socket = true};
  CHECK(Text(client, WebSocketAddress::kIgnore) == "none");
  CHECK(Text(client, WebSocketAddress::kTrust) == "192.0.2.1");
}

TEST_CASE("client_address: nothing but an address is one, trusted or not") {
  for (const char* said : {"203.0.113.7, 10.0.0.1", "unknown", "203.0.113.7:80",
                           "\"[2001:db8::1]\""}) {
    const Client client{.handle = nullptr, .address = said, .web_socket = true};
    CHECK(Text(client, WebSocketAddress::kTrust) == "none");
  }
}

}  // namespace dps
