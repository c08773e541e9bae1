// SPDX-License-Identifier: Apache-2.0
// How requests end: statements 48 to 56 of the device protocol.
#include <doctest/doctest.h>

#include "core/base/text.h"
#include "tests/e2e/dps_broker.h"

namespace dps {
namespace {

ConnectOptions OptionsWithVersion(std::string_view id,
                                  const std::string& api_version) {
  ConnectOptions options = DeviceOptions(id);
  options.username = UsernameOf(id, "api-version=" + api_version);
  return options;
}

void SetFleetStatus(DpsBroker& dps, ProvisioningStatus status) {
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.provisioning_status = status;
  Save(dps.store(), group);
}

void CheckError(const Answer& answer, const std::string& code) {
  CHECK(answer.Text("errorCode") == code);
  CHECK(std::to_string(answer.status) == code.substr(0, 3));
  CHECK(answer.Text("trackingId").size() == 36);
  CHECK_FALSE(answer.Text("message").empty());
  CHECK(answer.Text("timestampUtc").ends_with("Z"));
  CHECK_FALSE(answer.body.root().Find("operationId"));
  CHECK_FALSE(answer.body.root().Find("status"));
}

}  // namespace

TEST_CASE("protocol_outcomes: an error's tracking id leads to its log line") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    const Answer refused = device.Register("{", "x");
    CheckError(refused, "400003");
    CHECK(dps.broker().WaitForLog("tracking=" + refused.Text("trackingId")));
  }
}

TEST_CASE("protocol_outcomes: an operation unknown or another's is 404203") {
  DpsBroker dps;
  Device other(dps.broker().Tls(), "dev-2");
  const std::string others = other.Provision().Text("operationId");
  const Answer own = Device(dps.broker().Tls(), "dev-1").Provision();
  std::string changed = own.Text("operationId");
  changed.back() = changed.back() == '0' ? '1' : '0';
  for (const std::string& operation :
       {others, changed, std::string("4.x"), std::string(),
        std::string("%2F%00"), std::string(400, 'x')}) {
    CAPTURE(operation);
    // A connection of its own each, as polls are limited.
    CheckError(Device(dps.broker().Tls(), "dev-1").Poll(operation), "404203");
  }
  Device again(dps.broker().Tls(), "dev-1");
  CHECK(again.Poll(own.Text("operationId")).status == 200);
}

TEST_CASE("protocol_outcomes: a disabled enrollment ends in status disabled") {
  DpsBroker dps;
  SetFleetStatus(dps, ProvisioningStatus::kDisabled);
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    const Answer done = device.Provision();
    CHECK(done.status == 200);
    CHECK(done.Text("status") == "disabled");
    CHECK(done.State("status") == "disabled");
    CHECK(done.State("registrationId") == "dev-1");
    CHECK(done.State("assignedHub").empty());
    CHECK_FALSE(done.retry_after_s);
  }
  CHECK(dps.RecordOf("dev-1")->status == RegistrationStatus::kDisabled);
  // The proof must be good all the same.
  ConnectOptions wrong = DeviceOptions("dev-1");
  wrong.password = FreshToken("dev-2");
  CHECK(ConnackOf(dps.broker().Tls(), wrong) == 5);

  SetFleetStatus(dps, ProvisioningStatus::kEnabled);
  Device device(dps.broker().Tls(), "dev-1");
  CHECK(device.Provision().Text("status") == "assigned");
}

TEST_CASE("protocol_outcomes: without a hub it ends in failed with a reason") {
  DpsBroker dps;
  RemoveHub(dps.store(), kHub1);
  RemoveHub(dps.store(), kHub2);
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    const Answer done = device.Provision();
    CHECK(done.status == 200);
    CHECK(done.Text("status") == "failed");
    CHECK(done.State("status") == "failed");
    CHECK(done.State("errorCode") == "400208");
    CHECK_FALSE(done.State("errorMessage").empty());
    CHECK(done.State("assignedHub").empty());
    CHECK_FALSE(done.retry_after_s);
  }
  CHECK(dps.RecordOf("dev-1")->status == RegistrationStatus::kFailed);
  AddHub(dps.store(), kHub2);
  Device device(dps.broker().Tls(), "dev-1");
  CHECK(device.Provision().State("assignedHub") == kHub2);
}

TEST_CASE("protocol_outcomes: PUTs of one device at once share an operation") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_commit_linger_ms 1000\n"
                                   "plugin_opt_dps_polls_per_10s 0\n"});
  ConnectOptions beside = DeviceOptions("dev-1");
  beside.client_id = "dev-1/beside";
  Device one(dps.broker().Tls(), "dev-1");
  Device two(dps.broker().Tls(), beside);
  Device stranger(dps.broker().Tls(), "dev-2");
  for (const char* rid : {"a", "b"}) {
    REQUIRE(one.mqtt().SendPublish({.topic = RegisterTopic(rid), .qos = 1}));
  }
  const std::string operation = one.NextAnswer().Text("operationId");
  CHECK(one.NextAnswer().Text("operationId") == operation);
  for (int i = 0; i < 2; ++i) REQUIRE(one.mqtt().WaitFor(PacketType::kPuback));
  CHECK(two.Register().Text("operationId") == operation);
  CHECK(stranger.Register().Text("operationId") != operation);
  const Answer done = one.PollUntilDone(operation);
  CHECK(done.Text("status") == "assigned");
  CHECK(two.PollUntilDone(operation).text == done.text);
}

TEST_CASE("protocol_outcomes: the sixth poll in ten seconds is 429001") {
  DpsBroker dps;
  for (const int version : kMqttVersions) {
    Device device(dps.broker().Tls(), "dev-1", version);
    const std::string operation = device.Register().Text("operationId");
    for (int i = 0; i < 5; ++i) CHECK(device.Poll(operation).status < 300);
    const Answer refused = device.Poll(operation);
    CheckError(refused, "429001");
    CHECK(refused.retry_after_s == 3);
    CHECK(device.Register().status == 202);
  }
}

TEST_CASE("protocol_outcomes: too many registrations under way are 429001") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_pending_max 2\n"
                                   "plugin_opt_dps_commit_linger_ms 1000\n"
                                   "plugin_opt_dps_polls_per_10s 0\n"});
  Device one(dps.broker().Tls(), "dev-1");
  Device two(dps.broker().Tls(), "dev-2");
  Device three(dps.broker().Tls(), "dev-3");
  const std::string operation = one.Register().Text("operationId");
  CHECK(two.Register().status == 202);
  CheckError(three.Register(), "429001");
  CHECK(one.PollUntilDone(operation).status == 200);
  CHECK(three.Provision().status == 200);
}

TEST_CASE("protocol_outcomes: a repeat is a fresh reply with the same hub") {
  DpsBroker dps(kNoPollLimit);
  const Answer first = Device(dps.broker().Tls(), "dev-1").Provision();
  CHECK(first.State("substatus") == "initialAssignment");
  for (const auto& [api_version, substatus] :
       {std::pair{"2019-03-31", "initialAssignment"},
        {"2021-06-01", "reprovisionedToInitialAssignment"}}) {
    Device device(dps.broker().Tls(), OptionsWithVersion("dev-1", api_version));
    const Answer again = device.Provision();
    CHECK(again.Text("operationId") != first.Text("operationId"));
    CHECK(again.State("assignedHub") == first.State("assignedHub"));
    CHECK(again.State("substatus") == substatus);
    CHECK(again.State("etag") != first.State("etag"));
    CHECK(again.State("createdDateTimeUtc") ==
          first.State("createdDateTimeUtc"));
    // The operation before it is over and gone.
    CheckError(device.Poll(first.Text("operationId")), "404203");
  }
}

TEST_CASE("protocol_outcomes: a device whose hub is unlinked moves") {
  DpsBroker dps(kNoPollLimit);
  Device device(dps.broker().Tls(), OptionsWithVersion("dev-1", "2021-06-01"));
  const std::string hub = device.Provision().State("assignedHub");
  RemoveHub(dps.store(), hub);
  const Answer moved = device.Provision();
  CHECK(moved.State("assignedHub") == (hub == kHub1 ? kHub2 : kHub1));
  CHECK(moved.State("substatus") == "deviceDataMigrated");
}

TEST_CASE("protocol_outcomes: a csr is refused by old versions, else ignored") {
  DpsBroker dps;
  const std::string body = R"({"csr":"MIIBAAAA","payload":{"a":1}})";
  for (const char* old : {"2019-03-31", "2021-10-01"}) {
    Device device(dps.broker().Tls(), OptionsWithVersion("dev-1", old));
    CheckError(device.Register(body), "400002");
  }
  CHECK_FALSE(dps.RecordOf("dev-1").has_value());
  for (const char* newer : {"2025-07-01-preview", "2026-11-02-preview"}) {
    Device device(dps.broker().Tls(), OptionsWithVersion("dev-1", newer));
    const Answer done = device.Provision(body);
    CHECK(done.Text("status") == "assigned");
    CHECK(done.State("issuedCertificateChain").empty());
  }
}

}  // namespace dps
