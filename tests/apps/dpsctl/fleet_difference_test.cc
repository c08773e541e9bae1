// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_difference.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("fleet_difference: members are told with what they were and are") {
  const auto differences = FleetDifferences(
      R"({"a":1,"b":{"c":"x","d":[1,2]},"same":{"e":true},"gone":"y"})",
      R"({"a":2,"b":{"c":"z","d":[1,3]},"same":{"e":true},"new":"\n"})");
  REQUIRE(differences);
  CHECK(*differences ==
        std::vector<std::string>{"a 1 -> 2", "b.c x -> z", "b.d [1,2] -> [1,3]",
                                 "gone y -> (none)", "new (none) -> \\x0a"});
}

TEST_CASE(
    "fleet_difference: of a webhook's URL and a certificate little is told") {
  const auto differences = FleetDifferences(
      R"({"x":{"webhookUrl":"https://a/?code=key"},)"
      R"("p":{"info":{"subjectName":"a","sha256Thumbprint":"AB"}}})",
      R"({"x":{"webhookUrl":"https://b/?code=key"},)"
      R"("p":{"info":{"subjectName":"b","sha256Thumbprint":"CD"}}})");
  REQUIRE(differences);
  CHECK(*differences ==
        std::vector<std::string>{"p.info.sha256Thumbprint AB -> CD",
                                 "x.webhookUrl changed"});
}

}  // namespace dps
