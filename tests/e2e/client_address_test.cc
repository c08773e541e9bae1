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

void UseGeoLatencyTable(DpsBroker& dps, const std::string& csv) {
  Instance instance = **(*dps.store().Read())->FindInstance(TestScope());
  instance.allocation_policy = AllocationPolicy::kGeoLatency;
  instance.latency_table_etag = csv;
  REQUIRE(dps.store().Commit(
      {.changes = {Put<LatencyTableDocument>{
                       TestScope(), {.csv = csv, .etag_text = csv}, {}},
                   Put<Instance>{TestScope(), instance, {}}}}));
}

// Of a device that comes by WebSocket.
std::string HubThroughWebSocket(DpsBroker& dps, std::string_view id) {
  const Answer answer = Device(dps.broker().Ws(), id).Provision();
  CHECK(answer.Text("status") == "assigned");
  return answer.State("assignedHub");
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

TEST_CASE("client_address: that of a WebSocket does not count by default") {
  DpsBroker dps;
  UseGeoLatencyTable(dps, "127.0.0.0/8,hub-1.example.com,1\n");
  HubThroughWebSocket(dps, "dev-1");
  CHECK(dps.broker().WaitForLog("reason=no address of the device is known"));
}

TEST_CASE("client_address: that of a WebSocket counts where it is trusted") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_websocket_address trust\n"});
  for (const std::string_view hub : {kHub1, kHub2, kHub1}) {
    UseGeoLatencyTable(dps, "127.0.0.0/8," + std::string(hub) + ",1\n");
    CHECK(HubThroughWebSocket(dps, "dev-1") == hub);
  }
}

}  // namespace dps
