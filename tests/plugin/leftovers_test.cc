// SPDX-License-Identifier: Apache-2.0
#include "plugin/leftovers.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"

namespace dps {
namespace {

constexpr SteadyTime kStart{std::chrono::hours(1)};

Leftover Of(const std::string& device, SteadyTime since = kStart) {
  return {.device_key = device, .reply_filter = "f", .since = since};
}

}  // namespace

TEST_CASE("leftovers: what was added is found until it is erased") {
  LeftoverTable table;
  REQUIRE(table.Add("dev-1", Of("A/dev-1")));
  REQUIRE(table.Add("dev-1/b", Of("A/dev-1")));
  CHECK(table.Find("dev-1", kStart)->device_key == "A/dev-1");
  CHECK(table.CountOf("A/dev-1", kStart) == 2);
  CHECK(table.Erase("dev-1"));
  CHECK_FALSE(table.Erase("dev-1"));
  CHECK(table.Find("dev-1", kStart) == nullptr);
  CHECK(table.CountOf("A/dev-1", kStart) == 1);
}

TEST_CASE("leftovers: an old one is forgotten, a renewed one is not") {
  LeftoverTable table;
  const SteadyTime later = kStart + limits::kLeftoverAgeMax / 2;
  const SteadyTime end = kStart + limits::kLeftoverAgeMax;
  REQUIRE(table.Add("old", Of("A/old")));
  REQUIRE(table.Add("renewed", Of("A/renewed")));
  REQUIRE(table.Add("renewed", Of("A/renewed", later)));
  CHECK(table.Find("old", end) == nullptr);
  CHECK(table.CountOf("A/old", end) == 0);
  CHECK(table.Find("renewed", end) != nullptr);
  CHECK(table.CountOf("A/renewed", end) == 1);
}

TEST_CASE("leftovers: a full table refuses") {
  LeftoverTable table;
  for (std::size_t i = 0; i < limits::kLeftoversMax; ++i) {
    REQUIRE(table.Add(std::to_string(i), Of("A/x")));
  }
  CHECK_FALSE(table.Add("one more", Of("A/y")));
}

}  // namespace dps
