// SPDX-License-Identifier: Apache-2.0
// What address the real broker shows of a client: geoLatency rests on it.
#include <doctest/doctest.h>

#include "tests/e2e/dps_broker.h"

namespace dps {
namespace {

// A refusal's line in the log tells the address.
void CheckSeenAs(DpsBroker& dps, const Endpoint& endpoint, std::string_view id,
                 std::string_view address) {
  ConnectOptions options = DeviceOptions(id);
  options.password = "no token";
  CHECK(ConnackOf(endpoint, options) != 0);
  CHECK(dps.broker().WaitForLog("client=" + std::string(id) +
                                " address=" + std::string(address) + " "));
}

}  // namespace

TEST_CASE("client_address: the broker shows the peer through TCP and TLS") {
  DpsBroker dps;
  CheckSeenAs(dps, dps.broker().Tcp(), "by-tcp", "127.0.0.1");
  CheckSeenAs(dps, dps.broker().Tls(), "by-tls", "127.0.0.1");
}

TEST_CASE("client_address: no header of a WebSocket changes what is shown") {
  DpsBroker dps;
  constexpr const char* kPeer = "::ffff:127.0.0.1";
  CheckSeenAs(dps, dps.broker().Ws(), "plain", kPeer);
  const WebSocketOptions forged{
      .headers =
          "X-Forwarded-For: 203.0.113.7\r\nX-Real-IP: 203.0.113.7\r\n"
          "Forwarded: for=203.0.113.7\r\n"};
  CheckSeenAs(dps, dps.broker().Ws(forged), "forged", kPeer);
  CheckSeenAs(dps, dps.broker().Wss(forged), "forged-tls", kPeer);
  CHECK(dps.broker().log().find("203.0.113.7") == std::string::npos);
}

}  // namespace dps
