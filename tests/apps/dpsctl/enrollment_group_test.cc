// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {

TEST_CASE("enrollment-group: a group is created, shown, changed and deleted") {
  const Dpsctl dpsctl;
  const std::string created = dpsctl.Json(
      {"enrollment-group", "create", "--eid", "line-1", "--pk", kKeyA});
  CHECK(Member(created, "enrollmentGroupId") == "line-1");
  CHECK(Holds(created, kKeyA));
  CHECK_FALSE(Holds(
      dpsctl.Json({"enrollment-group", "show", "--eid", "LINE-1"}), kKeyA));
  CHECK(Member(dpsctl.Json({"enrollment-group", "update", "--eid", "line-1",
                            "--ps", "disabled"}),
               "provisioningStatus") == "disabled");
  CHECK(Holds(dpsctl.Json({"enrollment-group", "show", "--eid", "line-1",
                           "--show-keys"}),
              kKeyA));
  CHECK(dpsctl.Json({"enrollment-group", "delete", "--eid", "line-1"}) == "");
  CHECK(dpsctl.Json({"enrollment-group", "list"}) == "[]\n");
}

TEST_CASE("enrollment-group: list is a table if wanted") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment-group", "create", "--eid", "g", "--ih", "a.example",
               "b.example"});
  CHECK(Holds(
      dpsctl.Json({"enrollment-group", "list", "-o", "table"}),
      "\ng                  enabled             symmetricKey                   "
      " a.example b.example           "));
}

TEST_CASE("enrollment-group: doubles, strangers and stale etags are refused") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment-group", "create", "--eid", "g"});
  CHECK(Holds(dpsctl.Refusal({"enrollment-group", "create", "--eid", "G"}),
              "exists already"));
  CHECK(dpsctl.Refusal({"enrollment-group", "update", "--eid", "h"}) ==
        "there is no enrollment group h");
  CHECK(Holds(
      dpsctl.Refusal({"enrollment-group", "update", "--eid", "g", "-e", "old"}),
      "another etag"));
  CHECK(dpsctl.Refusal({"enrollment-group", "show", "--eid", "a_"})
            .starts_with("the enrollment group id must be"));
  CHECK(Holds(dpsctl.UsageError({"enrollment-group", "create", "--eid", "h",
                                 "--device-id", "d"}),
              "--device-id"));
}

}  // namespace dps
