// SPDX-License-Identifier: Apache-2.0
#include "core/model/allocation_policy.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("allocation_policy: each of the four words means itself") {
  for (const auto policy :
       {AllocationPolicy::kHashed, AllocationPolicy::kGeoLatency,
        AllocationPolicy::kStatic, AllocationPolicy::kCustom}) {
    CHECK(ParseAllocationPolicy(ToText(policy)) == policy);
  }
  CHECK(ParseAllocationPolicy("geolatency") == AllocationPolicy::kGeoLatency);
  CHECK(ParseAllocationPolicy("Static") == AllocationPolicy::kStatic);
}

TEST_CASE("allocation_policy: another word is refused, the four are named") {
  for (const char* text : {"", "nearest", "hash", "hashed "}) {
    CAPTURE(text);
    CHECK(ParseAllocationPolicy(text).error().message ==
          "allocationPolicy must be hashed, geoLatency, static or custom");
  }
}

}  // namespace dps
