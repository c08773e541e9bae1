// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_gate.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "tests/support/patience.h"

namespace dps {

using std::chrono::milliseconds;

TEST_CASE("lmdb_gate: any number of readers are inside until it is shut") {
  LmdbGate gate;
  CHECK(gate.Enter());
  CHECK(gate.Enter());
  CHECK_FALSE(gate.ShutIfEmpty());
  gate.Leave();
  gate.Leave();
  CHECK(gate.ShutIfEmpty());
  CHECK_FALSE(gate.ShutIfEmpty());
  CHECK_FALSE(gate.Enter());
  gate.Open();
  CHECK(gate.Enter());
}

TEST_CASE("lmdb_gate: shutting gives up on a reader that stays, and reopens") {
  LmdbGate gate;
  REQUIRE(gate.Enter());
  CHECK_FALSE(gate.ShutWhenEmpty(milliseconds(0)));
  CHECK(gate.Enter());
}

TEST_CASE("lmdb_gate: shutting succeeds as soon as the last reader leaves") {
  LmdbGate gate;
  REQUIRE(gate.Enter());
  auto shut = std::async(std::launch::async,
                         [&] { return gate.ShutWhenEmpty(kPatience); });
  gate.Leave();
  CHECK(shut.get());
  CHECK_FALSE(gate.Enter());
}

TEST_CASE("lmdb_gate: readers that come without pause cannot starve a writer") {
  LmdbGate gate;
  const auto read = [&](const std::stop_token& stop) {
    bool inside = gate.Enter();
    while (!stop.stop_requested()) {
      // The next one enters before this one leaves, so there is no gap.
      const bool next = gate.Enter();
      if (inside) gate.Leave();
      inside = next;
    }
    if (inside) gate.Leave();
  };
  const std::jthread one(read), two(read);
  for (int i = 0; i < 3; ++i) {
    CHECK(gate.ShutWhenEmpty(kPatience));
    gate.Open();
  }
}

}  // namespace dps
