// SPDX-License-Identifier: Apache-2.0
#include "core/base/recent_map.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace dps {

TEST_CASE("recent_map: what was put in is found, what was not is not") {
  RecentMap<std::string> map(2);
  CHECK(map.Find("a") == nullptr);
  CHECK(map.Insert("a", "1") == "1");
  REQUIRE(map.Find("a") != nullptr);
  CHECK(*map.Find("a") == "1");
  map.Clear();
  CHECK(map.Find("a") == nullptr);
  CHECK(map.size() == 0);
}

TEST_CASE("recent_map: a value takes the place of the one before") {
  RecentMap<int> map(1);
  map.Insert("a", 1);
  map.Insert("a", 2);
  CHECK(map.size() == 1);
  map.Insert("b", 3);  // "a" is among the older
  map.Insert("a", 4);
  CHECK(*map.Find("a") == 4);
  CHECK(map.size() == 2);
}

TEST_CASE("recent_map: it never holds more than twice its maximum") {
  RecentMap<std::shared_ptr<int>> map(3);
  const std::weak_ptr<int> first = map.Insert("0", std::make_shared<int>());
  for (int i = 1; i < 100; ++i) {
    map.Insert(std::to_string(i), std::make_shared<int>());
    CHECK(map.size() <= 6);
  }
  CHECK(map.Find("0") == nullptr);
  CHECK(first.expired());
  CHECK(map.Find("99") != nullptr);
}

TEST_CASE("recent_map: what is used stays, however much comes in") {
  RecentMap<int> map(2);
  map.Insert("used", 1);
  for (int i = 0; i < 100; ++i) {
    map.Insert(std::to_string(i), i);
    REQUIRE(map.Find("used") != nullptr);
    CHECK(*map.Find("used") == 1);
  }
}

}  // namespace dps
