// SPDX-License-Identifier: Apache-2.0
#include "core/base/inbox.h"

#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

namespace dps {

using Items = std::vector<int>;

TEST_CASE("inbox: items come out in the order they went in") {
  Inbox<int> inbox(10);
  for (int i = 1; i <= 5; ++i) REQUIRE(inbox.TryPut(int{i}));
  CHECK(inbox.Take(2) == Items{1, 2});
  CHECK(inbox.TryTake(10) == Items{3, 4, 5});
  CHECK(inbox.TryTake(10).empty());
}

TEST_CASE("inbox: a full queue refuses and leaves the item alone") {
  Inbox<std::unique_ptr<int>> inbox(1);
  REQUIRE(inbox.TryPut(std::make_unique<int>(1)));
  auto item = std::make_unique<int>(2);
  CHECK_FALSE(inbox.TryPut(std::move(item)));
  REQUIRE(item);  // NOLINT(bugprone-use-after-move): the contract
  CHECK(*item == 2);
  CHECK(inbox.Take(1).size() == 1);
  CHECK(inbox.TryPut(std::move(item)));
}

TEST_CASE("inbox: a queue without room takes nothing") {
  Inbox<int> inbox(0);
  CHECK_FALSE(inbox.TryPut(1));
}

TEST_CASE("inbox: a closed queue is drained, takes no more, never blocks") {
  Inbox<int> inbox(10);
  REQUIRE(inbox.TryPut(1));
  inbox.Close();
  CHECK_FALSE(inbox.TryPut(2));
  CHECK(inbox.Take(10) == Items{1});
  CHECK(inbox.Take(10).empty());
  CHECK(inbox.Take(10, std::chrono::milliseconds(1)).empty());
}

TEST_CASE("inbox: closing wakes the one who waits") {
  Inbox<int> inbox(1);
  std::jthread taker([&] { CHECK(inbox.Take(1).empty()); });
  inbox.Close();
}

TEST_CASE("inbox: many producers lose nothing and keep their own order") {
  constexpr int kProducers = 4;
  constexpr int kEach = 2000;
  Inbox<std::pair<int, int>> inbox(16);
  std::vector<int> next(kProducers, 0);
  {
    std::vector<std::jthread> producers;
    for (int who = 0; who < kProducers; ++who) {
      producers.emplace_back([&, who] {
        for (int i = 0; i < kEach; ++i) {
          while (!inbox.TryPut({who, i})) std::this_thread::yield();
        }
      });
    }
    for (int taken = 0; taken < kProducers * kEach;) {
      for (const auto& [who, number] : inbox.Take(8)) {
        CHECK(next[static_cast<std::size_t>(who)]++ == number);
        ++taken;
      }
    }
  }
  CHECK(next == Items(kProducers, kEach));
}

}  // namespace dps
