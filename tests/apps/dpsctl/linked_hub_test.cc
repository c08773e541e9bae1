// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

const IdScope kScope = *IdScope::Parse("0neTEST");

}  // namespace

TEST_CASE("linked-hub: a hub is added, shown, changed and removed") {
  const Dpsctl dpsctl;
  const std::string added =
      dpsctl.Json({"linked-hub", "add", "--hub-name", "C.example",
                   "--allocation-weight", "3"});
  CHECK(Holds(added, "\"name\": \"c.example\""));
  CHECK(Holds(added, "\"allocationWeight\": 3"));
  CHECK(dpsctl.Json({"linked-hub", "show", "--hub-name", "c.example"}) ==
        added);
  const std::string changed =
      dpsctl.Json({"linked-hub", "update", "--hub-name", "c.example",
                   "--apply-allocation-policy", "false"});
  CHECK(Holds(changed, "\"allocationWeight\": 3"));
  CHECK(Holds(changed, "\"applyAllocationPolicy\": false"));
  const std::string moved =
      dpsctl.Json({"linked-hub", "update", "--hub-name", "c.example",
                   "--region", "west", "--coordinates", "52.37,-4.9"});
  CHECK(Holds(moved, "\"region\": \"west\""));
  CHECK(Holds(moved, "\"latitude\": 52.37"));
  CHECK(Holds(moved, "\"longitude\": -4.9"));
  CHECK_FALSE(Holds(dpsctl.Json({"linked-hub", "update", "--hub-name",
                                 "c.example", "--coordinates", ""}),
                    "coordinates"));
  CHECK(dpsctl.Json({"linked-hub", "remove", "--hub-name", "c.example"}) == "");
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "show", "--hub-name", "c.example"}),
              "there is no linked hub c.example"));
}

TEST_CASE("linked-hub: list shows hubs, their shares and how they are") {
  const Dpsctl dpsctl;
  dpsctl.Json({"linked-hub", "add", "--hub-name", "c.example", "--connector",
               "webhook", "--connector-url", "http://c.example"});
  const auto show = [&] {
    return dpsctl.Json({"linked-hub", "list", "-o", "table"});
  };
  CHECK(show() ==
        "name       allocationWeight  applyAllocationPolicy  region  "
        "assignedDevices  assignedShare  connector  health\n"
        "---------  ----------------  ---------------------  ------  "
        "---------------  -------------  ---------  -------\n"
        "a.example  1                 true                           "
        "0                0\n"
        "b.example  1                 true                           "
        "0                0\n"
        "c.example  1                 true                           "
        "0                0              webhook    unknown\n");
  dpsctl.Commit(Put<HubHealth>{
      kScope,
      {.hub = *HubName::Parse("c.example"), .error = "no answer"},
      Expect::Absent()});
  CHECK(Holds(show(), "webhook    unhealthy: no answer\n"));
}

TEST_CASE("linked-hub: a Mosquitto hub is told all that it can be told") {
  const Dpsctl dpsctl;
  const std::string acls =
      R"([{"acltype":"publishClientSend","topic":"d/{deviceId}","allow":true}])";
  const std::string added =
      dpsctl.Json({"linked-hub",
                   "add",
                   "--hub-name",
                   "c.example",
                   "--connector",
                   "mosquitto",
                   "--connector-url",
                   "mqtts://c.example:8884",
                   "--connector-username",
                   "dps",
                   "--connector-password",
                   "hunter2",
                   "--ca-file",
                   "/etc/ca.pem",
                   "--certificate-file",
                   "/etc/c.pem",
                   "--key-file",
                   "/etc/k.pem",
                   "--device-role-template",
                   dpsctl.directory().Write("acls.json", acls),
                   "--twin-topic",
                   "twin/{deviceId}",
                   "--notice-topic",
                   "notice/{deviceId}"});
  CHECK(Holds(added, "\"password\": \"(sealed)\""));
  CHECK_FALSE(Holds(added, "hunter2"));
  for (const char* part : {"mqtts://c.example:8884", "\"dps\"", "/etc/ca.pem",
                           "/etc/c.pem", "/etc/k.pem", "publishClientSend",
                           "twin/{deviceId}", "notice/{deviceId}"}) {
    CAPTURE(part);
    CHECK(Holds(added, part));
  }
  const std::string changed = dpsctl.Json(
      {"linked-hub", "update", "--hub-name", "c.example", "--device-role",
       "device", "--device-role-template", "", "--twin-topic", ""});
  CHECK(Holds(changed, "\"role\": \"device\""));
  CHECK(Holds(changed, "\"password\": \"(sealed)\""));
  CHECK_FALSE(Holds(changed, "twinTopic"));
  CHECK_FALSE(Holds(changed, "roleTemplate"));
  dpsctl.Unchanged({"linked-hub", "update", "--hub-name", "c.example",
                    "--device-role", "device"});
  CHECK_FALSE(Holds(dpsctl.Json({"linked-hub", "update", "--hub-name",
                                 "c.example", "--connector", "none"}),
                    "connector"));
}

TEST_CASE("linked-hub: a secret may be read from a file, or stay in one") {
  const Dpsctl dpsctl;
  const auto add = [&](const std::string& name, const std::string& secret) {
    return dpsctl.Json({"linked-hub", "add", "--hub-name", name, "--connector",
                        "mosquitto", "--connector-url", "mqtt://" + name,
                        "--connector-password", secret});
  };
  // Whatever is in the file is the secret.
  const std::string file =
      dpsctl.directory().Write("password", "file:/etc/passwd\n");
  CHECK(Holds(add("c.example", "@" + file), "\"password\": \"(sealed)\""));
  CHECK(Holds(add("d.example", "file:" + file), "file:" + file));
  CHECK(Holds(add("e.example", "env:HUB_PASSWORD"), "env:HUB_PASSWORD"));
  CHECK(Holds(
      dpsctl.Refusal({"linked-hub", "add", "--hub-name", "f.example",
                      "--connector", "mosquitto", "--connector-url", "mqtt://f",
                      "--connector-password", "@" + file + ".none"}),
      "cannot read " + file + ".none"));
}

TEST_CASE("linked-hub: a connection string says which hub it is") {
  const Dpsctl dpsctl;
  const std::string text =
      "HostName=Hub-1.example;SharedAccessKeyName=dps;SharedAccessKey=" + kKeyA;
  const std::string added =
      dpsctl.Json({"linked-hub", "add", "--connection-string", text});
  CHECK(Holds(added, "\"name\": \"hub-1.example\""));
  CHECK(Holds(added, "\"type\": \"iothub\""));
  CHECK(Holds(added, "\"connectionString\": \"(sealed)\""));
  CHECK_FALSE(Holds(added, kKeyA));
  const std::string file = dpsctl.directory().Write("string", text + "\n");
  CHECK(Holds(dpsctl.Json({"linked-hub", "add", "--hub-name", "c.example",
                           "--connection-string", "@" + file}),
              "\"name\": \"c.example\""));
  CHECK(Holds(dpsctl.Refusal(
                  {"linked-hub", "add", "--connection-string", "file:" + file}),
              "--hub-name is required"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--connection-string",
                              "HostName=h.example"}),
              "SharedAccessKey"));
  CHECK(dpsctl.Refusal({"linked-hub", "add", "--connector", "none"}) ==
        "--hub-name is required");
}

TEST_CASE("linked-hub: an option of another connector is refused") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "update", "--hub-name", "a.example",
                              "--twin-topic", "t/{deviceId}"}),
              "--twin-topic is not for a connector of type none"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "c.example",
                              "--connector", "webhook", "--connector-url",
                              "http://c", "--device-role", "r"}),
              "--device-role is not for a connector of type webhook"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "c.example",
                              "--connector", "mosquitto"}),
              "the connector lacks its --connector-url"));
  CHECK(Holds(dpsctl.UsageError({"linked-hub", "add", "--hub-name", "c.example",
                                 "--connector", "kafka"}),
              "--connector"));
}

TEST_CASE("linked-hub: whoever removes a hub hears what it was in use for") {
  const Dpsctl dpsctl;
  dpsctl.Commit(Put<RegistrationRecord>{
      kScope,
      {.registration_id = *RegistrationId::Parse("dev-1"),
       .assigned_hub = "a.example",
       .device_id = "dev-1",
       .etag_text = "e"},
      Expect::Absent()});
  dpsctl.Commit(
      Put<HubTask>{kScope,
                   {.kind = HubTaskKind::kRemove,
                    .hub = *HubName::Parse("a.example"),
                    .device_id = "dev-2",
                    .registration_id = *RegistrationId::Parse("dev-2"),
                    .etag_text = "e"},
                   Expect::Absent()});
  const CommandResult removed =
      dpsctl.Run({"linked-hub", "remove", "--hub-name", "a.example"});
  CHECK(removed.exit_code == 0);
  CHECK(Holds(
      removed.err,
      "devices still assigned to the hub, each until it registers again: 1"));
  CHECK(Holds(removed.err, "hub-task list --hub-name a.example"));
}

TEST_CASE("linked-hub: removing one that enrollments name says which") {
  const Dpsctl dpsctl;
  dpsctl.Json(
      {"enrollment-group", "create", "--eid", "line-1", "--ih", "a.example"});
  dpsctl.Json({"enrollment", "create", "--eid", "dev-1", "--ih",
               "a.example b.example"});
  const CommandResult removed =
      dpsctl.Run({"linked-hub", "remove", "--hub-name", "a.example"});
  CHECK(removed.exit_code == 0);
  CHECK(Holds(removed.err, "still named by enrollment groups: line-1;"));
  CHECK(Holds(removed.err, "still named by enrollments: dev-1;"));
  CHECK_FALSE(Holds(removed.err, "still assigned"));
}

TEST_CASE("linked-hub: removing one that devices have says how many") {
  const Dpsctl dpsctl;
  dpsctl.Commit(
      AdjustAssignedCounts{*IdScope::Parse("0neTEST"), {{"a.example", 3}}});
  const CommandResult removed =
      dpsctl.Run({"linked-hub", "remove", "--hub-name", "a.example"});
  CHECK(removed.exit_code == 0);
  CHECK(removed.err ==
        "dpsctl: devices still assigned to the hub, each until it registers "
        "again: 3\n");
}

TEST_CASE("linked-hub: a recount says whether the counts are right") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Json({"linked-hub", "recount"}), "\"correct\": true"));
  const auto wrong = [&](std::int64_t by) {
    const auto store = LmdbStore::Open({.directory = dpsctl.store()}).value();
    REQUIRE(
        store->Commit({.changes = {AdjustAssignedCounts{
                           *IdScope::Parse("0neTEST"), {{"a.example", by}}}}}));
  };
  wrong(3);
  const CommandResult found = dpsctl.Run({"linked-hub", "recount"});
  CHECK(found.exit_code == 1);
  CHECK(Holds(found.out, "\"stored\": 3"));
  CHECK(Holds(found.err, "--repair corrects them"));
  const CommandResult table =
      dpsctl.Run({"linked-hub", "recount", "-o", "table"});
  CHECK(table.exit_code == 1);
  CHECK(table.out ==
        "name       counted  stored\n"
        "---------  -------  ------\n"
        "a.example  0        3\n");
  CHECK(Holds(dpsctl.Json({"linked-hub", "recount", "--repair"}),
              "\"repaired\": true"));
  wrong(2);
  CHECK(Holds(
      dpsctl.Run({"linked-hub", "recount", "--repair", "-o", "table"}).err,
      "wrong, and are corrected"));
  CHECK(Holds(dpsctl.Json({"linked-hub", "recount"}), "\"correct\": true"));
}

TEST_CASE("linked-hub: bad names and weights, doubles and stale etags fail") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "a_b"}),
              "hub name must be"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "c.example",
                              "--allocation-weight", "1001"}),
              "--allocation-weight must be an integer from 1 to 1000"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "a.example"}),
              "exists already"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "remove", "--hub-name", "a.example",
                              "--etag", "stale"}),
              "another etag"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "remove", "--hub-name", "x"}),
              "there is no linked hub x"));
  const auto add_at = [&](const char* place) {
    return dpsctl.Refusal({"linked-hub", "add", "--hub-name", "c.example",
                           "--coordinates", place});
  };
  for (const char* place : {"52.37", "52.37;4", "a,b", "1,2,3"}) {
    CAPTURE(place);
    CHECK(add_at(place).starts_with("--coordinates must be LATITUDE,"));
  }
  CHECK(add_at("91,0") ==
        "the latitude of --coordinates must be a number from -90 to 90");
  CHECK(Holds(dpsctl.UsageError({"linked-hub", "add", "--hub-name", "c.example",
                                 "--allocation-weight", "many"}),
              "--allocation-weight"));
}

}  // namespace dps
