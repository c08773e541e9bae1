// SPDX-License-Identifier: Apache-2.0
#include "core/model/linked_hub.h"

#include <doctest/doctest.h>

#include "tests/support/sample_documents.h"

namespace dps {

TEST_CASE("linked_hub: the stored form gives back every member") {
  LinkedHub hub = HubDocument("Hub-1.example");
  CHECK(ParseLinkedHub(ToJson(hub, Secrets::kAll)) == hub);
  hub.allocation_weight = 1000;
  hub.apply_allocation_policy = false;
  hub.region = "westeurope";
  hub.coordinates = Coordinates{.latitude = 52.37, .longitude = -4.9};
  CHECK(ParseLinkedHub(ToJson(hub, Secrets::kAll)) == hub);
}

TEST_CASE("linked_hub: weight and participation have Azure's defaults") {
  const auto hub = ParseLinkedHub(R"({"name":"h"})").value();
  CHECK(hub.allocation_weight == 1);
  CHECK(hub.apply_allocation_policy);
  CHECK(hub.region.empty());
  CHECK_FALSE(hub.coordinates);
  CHECK(hub.etag().empty());
}

TEST_CASE("linked_hub: a wrong member is refused") {
  for (const char* json :
       {"{}",
        R"({"name":null})",
        R"({"name":7})",
        R"({"name":""})",
        R"({"name":"a b"})",
        R"({"name":"h","allocationWeight":0})",
        R"({"name":"h","allocationWeight":1001})",
        R"({"name":"h","allocationWeight":-1})",
        R"({"name":"h","allocationWeight":1.5})",
        R"({"name":"h","allocationWeight":1e2})",
        R"({"name":"h","allocationWeight":"1"})",
        R"({"name":"h","allocationWeight":99999999999999999999})",
        R"({"name":"h","applyAllocationPolicy":"yes"})",
        R"({"name":"h","applyAllocationPolicy":1})",
        R"({"name":"h","region":7})",
        R"({"name":"h","coordinates":[1,2]})",
        R"({"name":"h","coordinates":{"latitude":1}})",
        R"({"name":"h","coordinates":{"latitude":90.5,"longitude":0}})",
        R"({"name":"h","coordinates":{"latitude":0,"longitude":-181}})",
        R"({"name":"h","coordinates":{"latitude":"0","longitude":0}})",
        R"({"name":"h","createdDateTimeUtc":"x"})"}) {
    CAPTURE(json);
    CHECK(ParseLinkedHub(json).error().code == Errc::kInvalidArgument);
  }
  const std::string long_region(limits::kRegionMax + 1, 'r');
  CHECK(ParseLinkedHub(R"({"name":"h","region":")" + long_region + "\"}")
            .error()
            .code == Errc::kInvalidArgument);
  CHECK(ParseLinkedHub("[").error().code == Errc::kMalformedJson);
}

}  // namespace dps
