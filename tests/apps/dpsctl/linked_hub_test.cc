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
  CHECK(dpsctl.Json({"linked-hub", "remove", "--hub-name", "c.example"}) == "");
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "show", "--hub-name", "c.example"}),
              "there is no linked hub c.example"));
}

TEST_CASE("linked-hub: list shows hubs and their shares") {
  CHECK(Dpsctl().Json({"linked-hub", "list", "-o", "table"}) ==
        "name       allocationWeight  applyAllocationPolicy\n"
        "---------  ----------------  ---------------------\n"
        "a.example  1                 true\n"
        "b.example  1                 true\n");
}

TEST_CASE("linked-hub: bad names and weights, doubles and stale etags fail") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "a_b"}),
              "hub name must be"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "c.example",
                              "--allocation-weight", "1001"}),
              "1 to 1000"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "a.example"}),
              "exists already"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "remove", "--hub-name", "a.example",
                              "--etag", "stale"}),
              "another etag"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "remove", "--hub-name", "x"}),
              "there is no linked hub x"));
  CHECK(Holds(dpsctl.UsageError({"linked-hub", "add", "--hub-name", "c.example",
                                 "--allocation-weight", "many"}),
              "--allocation-weight"));
}

}  // namespace dps
