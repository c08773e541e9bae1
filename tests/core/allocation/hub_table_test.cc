// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/hub_table.h"

#include <doctest/doctest.h>

#include "tests/core/allocation/hubs.h"

namespace dps {
namespace {}  // namespace

TEST_CASE("hub_table: entries are in name order and found by name") {
  const HubTable table({Hub("b.example"), Hub("C.example"), Hub("a.example")});
  REQUIRE(table.entries().size() == 3);
  CHECK(table.entries()[0].name().text() == "a.example");
  CHECK(table.entries()[2].name().text() == "c.example");
  CHECK(table.Find("b.example") == &table.entries()[1]);
  for (const char* absent : {"", "a", "a.example.", "d.example"}) {
    CAPTURE(absent);
    CHECK(table.Find(absent) == nullptr);
  }
  CHECK(HubTable().Find("a") == nullptr);
}

TEST_CASE("hub_table: a seed is the beginning of the name's SHA-256") {
  // echo -n abc | sha256sum
  const DrawSeed seed = DrawSeed::Of("abc");
  CHECK(seed.first == 0xba7816bf8f01cfeaULL);
  CHECK(seed.second == 0x414140de5dae2223ULL);
}

}  // namespace dps
