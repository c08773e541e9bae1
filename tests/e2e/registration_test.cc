// SPDX-License-Identifier: Apache-2.0
// A device's way from CONNECT to its hub, on every transport.
#include <doctest/doctest.h>

#include "tests/e2e/dps_broker.h"

namespace dps {
namespace {

void CheckAssignedTo(const Answer& done, std::string_view id) {
  CHECK(done.status == 200);
  CHECK(done.Text("status") == "assigned");
  CHECK(done.State("registrationId") == id);
  CHECK(done.State("deviceId") == id);
  CHECK((done.State("assignedHub") == kHub1 ||
         done.State("assignedHub") == kHub2));
  CHECK_FALSE(done.retry_after_s);
}

}  // namespace

TEST_CASE("registration: assigning, then assigned, on every transport") {
  DpsBroker dps;
  const std::vector<Endpoint> endpoints = {
      dps.broker().Tcp(), dps.broker().Tls(), dps.broker().Ws(),
      dps.broker().Wss({.path = "/$iothub/websocket"}), dps.broker().Wss()};
  int number = 0;
  for (const Endpoint& endpoint : endpoints) {
    for (const int version : {kMqtt311, kMqtt5}) {
      const std::string id = "dev-" + std::to_string(++number);
      ConnectOptions options = DeviceOptions(id);
      options.version = version;
      Device device(endpoint, options);
      const Answer accepted = device.Register();
      CHECK(accepted.status == 202);
      CHECK(accepted.rid == "1");
      CHECK(accepted.retry_after_s == 3);
      CHECK(accepted.Text("status") == "assigning");
      CheckAssignedTo(device.PollUntilDone(accepted.Text("operationId")), id);
      CHECK(dps.RecordOf(id)->status == RegistrationStatus::kAssigned);
    }
  }
}

}  // namespace dps
