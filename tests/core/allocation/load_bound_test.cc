// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/load_bound.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/core/allocation/hubs.h"

namespace dps {
namespace {

using Names = std::vector<std::string>;

HubTable LetteredHubs(const std::vector<int>& weights) {
  std::vector<LinkedHub> hubs;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    hubs.push_back(
        {.name = *HubName::Parse(name), .allocation_weight = weights[i]});
  }
  return HubTable(std::move(hubs));
}

Names Within(const HubTable& table, const AssignedCounts& assigned,
             double bound) {
  Names names;
  for (const HubEntry* entry : WithinLoadBound(All(table), assigned, bound)) {
    names.push_back(entry->name().text());
  }
  return names;
}

}  // namespace

TEST_CASE("load_bound: without assignments every hub may take the first") {
  const HubTable table = LetteredHubs({1, 1, 1000});
  CHECK(Within(table, {}, 1.0) == Names{"a", "b", "c"});
}

TEST_CASE("load_bound: a hub over its multiple of the share is passed over") {
  const HubTable table = LetteredHubs({1, 1});
  // 100 devices with the next one: 50 each, 62.5 at most.
  CHECK(Within(table, {{"a", 62}, {"b", 37}}, 1.25) == Names{"a", "b"});
  CHECK(Within(table, {{"a", 63}, {"b", 36}}, 1.25) == Names{"b"});
}

TEST_CASE("load_bound: the share is by weight") {
  const HubTable table = LetteredHubs({1, 3});
  CHECK(Within(table, {{"a", 25}, {"b", 74}}, 1.0) == Names{"b"});
  CHECK(Within(table, {{"a", 24}, {"b", 75}}, 1.0) == Names{"a"});
}

TEST_CASE("load_bound: what hubs outside the candidates hold does not count") {
  const HubTable table = LetteredHubs({1, 1});
  CHECK(Within(table, {{"a", 5}, {"b", 5}, {"z", 1'000'000}}, 1.0) ==
        Names{"a", "b"});
}

TEST_CASE("load_bound: there is always one hub left") {
  const HubTable table = LetteredHubs({1, 7, 13, 1000, 500});
  AssignedCounts assigned;
  for (int i = 0; i < 5000; ++i) {
    const Candidates within = WithinLoadBound(All(table), assigned, 1.0);
    REQUIRE_FALSE(within.empty());
    ++assigned[within.front()->name().text()];
  }
  CHECK(assigned["d"] <= 3290);  // 5000 * 1000 / 1521 = 3287.3
  CHECK(assigned["d"] >= 3280);
}

}  // namespace dps
