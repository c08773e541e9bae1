// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {

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

TEST_CASE("linked-hub: list shows hubs and their shares") {
  CHECK(Dpsctl().Json({"linked-hub", "list", "-o", "table"}) ==
        "name       allocationWeight  applyAllocationPolicy  region  "
        "assignedDevices  assignedShare\n"
        "---------  ----------------  ---------------------  ------  "
        "---------------  -------------\n"
        "a.example  1                 true                           "
        "0                0\n"
        "b.example  1                 true                           "
        "0                0\n");
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
