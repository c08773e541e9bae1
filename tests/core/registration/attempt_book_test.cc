// SPDX-License-Identifier: Apache-2.0
#include "core/registration/attempt_book.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/fleet.h"
#include "tests/support/patience.h"

namespace dps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Attempt RefusedAfter(seconds since_noon, const std::string& reason = "late") {
  return {.step = AttemptStep::kConnect,
          .reason = reason,
          .first = kNoon + since_noon,
          .last = kNoon + since_noon};
}

struct BookScene {
  BookScene() { AddInstance(memory); }

  // All that was noted is in the store when it returns.
  template <class Noting>
  void Keep(Noting noting) {
    AttemptBook book(store, log, milliseconds(0));
    noting(book);
  }

  std::vector<Attempt> AttemptsOf(std::string_view id) {
    auto device = (*memory.Read())->FindDeviceAttempts(TestScope(), Rid(id));
    REQUIRE(device);
    return *device ? (*device)->attempts : std::vector<Attempt>{};
  }

  std::size_t CountDevices() {
    return (*memory.Read())
        ->ListDeviceAttempts(TestScope(), {.limit = SIZE_MAX})
        ->size();
  }

  // Straight into the store, as another process would.
  void Put(const std::string& id, const Attempt& attempt) {
    REQUIRE(memory.Commit({.changes = {PutOf(id, attempt)}}));
  }

  static Change PutOf(const std::string& id, const Attempt& attempt) {
    return dps::Put<DeviceAttempts>{TestScope(),
                                    {.registration_id = Rid(id),
                                     .attempts = {attempt},
                                     .etag_text = "etag-" + id},
                                    {}};
  }

  MemoryStore memory;
  FaultyStore store{memory};
  FakeLog log;
};

TEST_CASE("attempt_book: what is noted is in the store when the book is shut") {
  BookScene scene;
  scene.Keep([](AttemptBook& book) {
    book.Note(TestScope(), Rid("a"), RefusedAfter(seconds(0), "first"));
    book.Note(TestScope(), Rid("b"), RefusedAfter(seconds(1)));
    book.Note(TestScope(), Rid("A"), RefusedAfter(seconds(2), "second"));
  });
  REQUIRE(scene.AttemptsOf("a").size() == 2);
  CHECK(scene.AttemptsOf("a").front().reason == "second");
  CHECK(scene.AttemptsOf("b").size() == 1);
}

TEST_CASE("attempt_book: an open book writes by itself") {
  BookScene scene;
  AttemptBook book(scene.store, scene.log, milliseconds(0));
  book.Note(TestScope(), Rid("a"), RefusedAfter(seconds(0)));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (scene.AttemptsOf("a").empty()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

TEST_CASE("attempt_book: a later process goes on where the first one ended") {
  BookScene scene;
  for (int i = 0; i < 3; ++i) {
    scene.Keep([](AttemptBook& book) {
      book.Note(TestScope(), Rid("a"), RefusedAfter(seconds(0)));
    });
  }
  REQUIRE(scene.AttemptsOf("a").size() == 1);
  CHECK(scene.AttemptsOf("a").front().count == 3);
}

TEST_CASE("attempt_book: of an ID scope that there is not nothing is kept") {
  BookScene scene;
  const IdScope unknown = *IdScope::Parse("0neUNKNOWN");
  scene.Keep([&](AttemptBook& book) {
    book.Note(unknown, Rid("a"), RefusedAfter(seconds(0)));
    book.Note(TestScope(), Rid("a"), RefusedAfter(seconds(0)));
  });
  CHECK((*scene.memory.Read())->ListDeviceAttempts(unknown, {})->empty());
  CHECK(scene.AttemptsOf("a").size() == 1);
}

TEST_CASE("attempt_book: another process's entry is not overwritten") {
  BookScene scene;
  scene.store.BeforeNextCommit(
      [&] { scene.Put("a", RefusedAfter(seconds(0), "the other's")); });
  scene.Keep([](AttemptBook& book) {
    book.Note(TestScope(), Rid("a"), RefusedAfter(seconds(1), "ours"));
  });
  REQUIRE(scene.AttemptsOf("a").size() == 2);
  CHECK(scene.AttemptsOf("a").front().reason == "ours");
  CHECK(scene.AttemptsOf("a").back().reason == "the other's");
}

TEST_CASE("attempt_book: a store that fails costs a line in the log, no more") {
  BookScene scene;
  scene.store.FailCommits({Errc::kUnavailable, "the disk is full"});
  scene.Keep([](AttemptBook& book) {
    book.Note(TestScope(), Rid("a"), RefusedAfter(seconds(0)));
  });
  CHECK(scene.log.Holds("attempts not kept: the disk is full"));
}

TEST_CASE("attempt_book: what comes too fast is counted and left out") {
  BookScene scene;
  scene.store.Hold();
  {
    AttemptBook book(scene.store, scene.log, milliseconds(0));
    // One batch may be in the writer's hands, one more waits.
    for (std::size_t i = 0; i < 2 * limits::kAttemptsWaitingMax + 7; ++i) {
      book.Note(TestScope(), Rid("a"), RefusedAfter(seconds(0)));
    }
    scene.store.Release();
  }
  REQUIRE(scene.AttemptsOf("a").size() == 1);
  CHECK(scene.AttemptsOf("a").front().count <= 2 * limits::kAttemptsWaitingMax);
  CHECK(scene.log.Holds("came too fast to be kept"));
}

TEST_CASE("attempt_book: a long reason is cut") {
  BookScene scene;
  scene.Keep([](AttemptBook& book) {
    book.Note(TestScope(), Rid("a"),
              RefusedAfter(seconds(0), std::string(100'000, 'x')));
  });
  CHECK(scene.AttemptsOf("a").front().reason.size() ==
        limits::kAttemptReasonMax);
}

TEST_CASE(
    "attempt_book: a full book lets go of strangers first, then the old") {
  BookScene scene;
  Attempt failed = RefusedAfter(seconds(-9));
  failed.step = AttemptStep::kRegistration;
  Batch batch;
  batch.changes.push_back(BookScene::PutOf("device", failed));
  for (std::size_t i = 0; i < limits::kDevicesWithAttemptsMax - 1; ++i) {
    const auto at = seconds(static_cast<std::int64_t>(i));
    batch.changes.push_back(
        BookScene::PutOf("stranger-" + std::to_string(i), RefusedAfter(at)));
  }
  REQUIRE(scene.memory.Commit(batch));
  scene.Keep([](AttemptBook& book) {
    book.Note(TestScope(), Rid("newest"), RefusedAfter(seconds(1'000'000)));
  });
  CHECK(scene.CountDevices() == limits::kDevicesWithAttemptsMax / 10 * 9);
  CHECK(scene.AttemptsOf("device").size() == 1);
  CHECK(scene.AttemptsOf("newest").size() == 1);
  CHECK(scene.AttemptsOf("stranger-0").empty());
  CHECK_FALSE(scene.AttemptsOf("stranger-5000").empty());
}

}  // namespace
}  // namespace dps
