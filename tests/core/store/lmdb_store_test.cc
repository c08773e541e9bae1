// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "core/store/memory_store.h"
#include "tests/core/store/store_scene.h"
#include "tests/support/fake_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/forked_process.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

EnrollmentGroup Counter(int count) {
  EnrollmentGroup group = GroupDocument("counter");
  group.terms.etag = std::to_string(count);
  return group;
}

// The counter's value; -1 while it is absent.
int CountIn(Store& store) {
  const auto view = store.Read().value();
  const auto found = view->FindEnrollmentGroup(kScope, Group("counter"));
  return found.value() ? std::stoi((*found)->etag()) : -1;
}

// Adds `times` to the counter, one compare-and-set after the other.
bool CountUp(Store& store, int times) {
  while (times > 0) {
    const int seen = CountIn(store);
    const Status status =
        store.Commit({.changes = {PutOf(Counter(seen + 1),
                                        Expect::Etag(std::to_string(seen)))}});
    if (status) --times;
    if (!status && status.error().code != Errc::kPreconditionFailed) {
      return false;
    }
  }
  return true;
}

// Two records that always change together.
Batch Twins(int version) {
  RegistrationRecord one = RecordDocument("twin-1", "g");
  RegistrationRecord two = RecordDocument("twin-2", "g");
  one.etag_text = two.etag_text = std::to_string(version);
  Batch batch{.changes = {PutOf(one), PutOf(two)}};
  const std::string filler = "filler-" + std::to_string(version) + "-";
  for (int i = 0; i < 20; ++i) {
    batch.changes.push_back(
        PutOf(RecordDocument(filler + std::to_string(i), "g")));
  }
  return batch;
}

// Reads until stopped; counts views that saw one twin without the other.
int CountTornViews(Store& store, const std::stop_token& stop) {
  int torn = 0;
  while (!stop.stop_requested()) {
    const auto view = store.Read();
    if (!view) {
      torn += view.error().code != Errc::kUnavailable;  // being enlarged
      continue;
    }
    const auto one = (*view)->FindRegistration(kScope, Device("twin-1"));
    const auto two = (*view)->FindRegistration(kScope, Device("twin-2"));
    torn += !one || !two || (*one)->etag() != (*two)->etag();
  }
  return torn;
}

}  // namespace

TEST_CASE("lmdb_store: reopening finds everything as it was") {
  const TempDir temp;
  const Instance instance = InstanceDocument(kScope.text());
  const EnrollmentGroup group = GroupDocument("Group-1");
  const RegistrationRecord record = RecordDocument("Device-1", "Group-1");
  REQUIRE(OpenStore(temp)->Commit(
      {.changes = {PutOf(instance), PutOf(group), PutOf(record)}}));
  const auto store = LmdbStore::Open({.directory = temp.path()}).value();
  const auto view = store->Read().value();
  CHECK(view->ConfigVersion(kScope).value() == 1);
  CHECK(view->FindInstance(kScope).value() == instance);
  CHECK(view->FindEnrollmentGroup(kScope, Group("group-1")).value() == group);
  CHECK(view->ListRegistrations(kScope, Group("group-1"), {}).value() ==
        std::vector{record});
}

TEST_CASE("lmdb_store: one process opens a store once, and again when closed") {
  const TempDir temp;
  const LmdbOptions options{.directory = temp.path(), .create = true};
  {
    const auto first = LmdbStore::Open(options).value();
    CHECK(LmdbStore::Open(options).error().code == Errc::kConflict);
    CHECK(first->Commit({.changes = {PutOf(Counter(0))}}));
  }
  CHECK(LmdbStore::Open(options));
}

TEST_CASE("lmdb_store: a failed opening leaves no claim") {
  const TempDir temp;
  CHECK_FALSE(LmdbStore::Open({.directory = temp.path()}));
  CHECK(LmdbStore::Open({.directory = temp.path(), .create = true}));
}

TEST_CASE("lmdb_store: the map grows under load, and no view is torn") {
  const TempDir temp;
  const auto store = OpenStore(temp, 64 * 1024);
  REQUIRE(store->Commit(Twins(0)));
  std::atomic<int> torn = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 2; ++i) {
      readers.emplace_back([&](const std::stop_token& stop) {
        torn += CountTornViews(*store, stop);
      });
    }
    for (int version = 1; version <= 150; ++version) {
      REQUIRE(store->Commit(Twins(version)));
    }
  }
  CHECK(torn == 0);
  CHECK(std::filesystem::file_size(temp.File("data.mdb")) > 512 * 1024);
  CHECK(store->Read()
            .value()
            ->ListRegistrations(kScope, Group("g"), {.limit = 10'000})
            ->size() == 151 * 20 + 2);
}

TEST_CASE("lmdb_store: one batch larger than the map finds its room") {
  const TempDir temp;
  const auto store = OpenStore(temp, 64 * 1024);
  RegistrationRecord record = RecordDocument("d");
  record.request_payload_json = '"' + std::string(4 << 20, 'x') + '"';
  CHECK(store->Commit({.changes = {PutOf(record)}}));
  CHECK(store->Read().value()->FindRegistration(kScope, Device("d")).value() ==
        record);
}

TEST_CASE("lmdb_store: a store larger than the map asked for opens") {
  const TempDir temp;
  RegistrationRecord record = RecordDocument("d");
  record.request_payload_json = '"' + std::string(1 << 20, 'x') + '"';
  REQUIRE(OpenStore(temp)->Commit({.changes = {PutOf(record)}}));
  const auto store = OpenStore(temp, 64 * 1024);
  CHECK(store->Read().value()->FindRegistration(kScope, Device("d")).value());
  CHECK(store->Commit(Twins(0)));
}

TEST_CASE("lmdb_store: threads that write at once lose no update") {
  const TempDir temp;
  const auto store = OpenStore(temp);
  REQUIRE(store->Commit({.changes = {PutOf(Counter(0))}}));
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] { CountUp(*store, 25); });
    }
  }
  CHECK(CountIn(*store) == 100);
}

TEST_CASE("lmdb_store: processes that write at once lose no update") {
  const TempDir temp;
  ForkedProcess other([&](const ProcessLink& link) {
    const auto store = OpenStore(temp);
    if (!store->Commit({.changes = {PutOf(Counter(0))}})) return false;
    link.Tell();
    link.Await();
    return CountUp(*store, 100);
  });
  other.link().Await();
  const auto store = OpenStore(temp);
  other.link().Tell();
  CHECK(CountUp(*store, 100));
  CHECK(other.Succeeded());
  CHECK(CountIn(*store) == 200);
}

TEST_CASE("lmdb_store: two processes that create a store at once share it") {
  const TempDir temp;
  ForkedProcess other([&](const ProcessLink& link) {
    link.Tell();
    link.Await();
    return OpenStore(temp)
        ->Commit({.changes = {PutOf(HubDocument("a"))}})
        .has_value();
  });
  other.link().Await();
  other.link().Tell();
  const auto store = OpenStore(temp);
  CHECK(store->Commit({.changes = {PutOf(HubDocument("b"))}}));
  CHECK(other.Succeeded());
  CHECK(store->Read().value()->ListLinkedHubs(kScope)->size() == 2);
}

TEST_CASE("lmdb_store: what another process commits is seen at once") {
  const TempDir temp;
  ForkedProcess other([&](const ProcessLink& link) {
    const auto store = OpenStore(temp);
    bool seen = true;
    for (int i = 0; i < 20; i += 2) {
      seen = seen && store->Commit({.changes = {PutOf(Counter(i))}});
      link.Tell();
      link.Await();
      seen = seen && CountIn(*store) == i + 1;
    }
    return seen;
  });
  other.link().Await();
  const auto store = OpenStore(temp);
  for (int i = 0; i < 20; i += 2) {
    if (i > 0) other.link().Await();
    const auto version = store->Read().value()->ConfigVersion(kScope).value();
    CHECK(CountIn(*store) == i);
    CHECK(version == i + 1);
    REQUIRE(store->Commit({.changes = {PutOf(Counter(i + 1))}}));
    other.link().Tell();
  }
  CHECK(other.Succeeded());
}

TEST_CASE("lmdb_store: commits free the slots of readers that were killed") {
  const TempDir temp;
  ForkedProcess reader([&](const ProcessLink& link) {
    const auto store = OpenStore(temp);
    if (!store->Commit(Twins(0))) return false;
    const auto view = store->Read();
    link.Tell();
    link.Await();  // for ever
    return view.has_value();
  });
  reader.link().Await();
  const auto store =
      LmdbStore::Open({.directory = temp.path(), .upkeep = {}}).value();
  reader.Kill();
  for (int i = 0; i < 100; ++i) REQUIRE(store->Commit(Twins(0)));
  CHECK(std::filesystem::file_size(temp.File("data.mdb")) < 500'000);
}

TEST_CASE("lmdb_store: a file replaced under it is one line in the log") {
  const TempDir temp;
  const TempDir other;
  REQUIRE(OpenStore(other));
  FakeLog log;
  const auto store =
      LmdbStore::Open({.directory = temp.path(), .create = true, .upkeep = {}})
          .value();
  store->ReportTo(log);
  CHECK(store->Commit(Twins(0)));
  CHECK(log.lines().empty());
  std::filesystem::rename(other.File("data.mdb"), temp.File("data.mdb"));
  for (int i = 0; i < 3; ++i) CHECK(store->Commit(Twins(0)));
  REQUIRE(log.lines().size() == 1);
  CHECK(log.Holds("the store's file " + temp.File("data.mdb") +
                  " was replaced or removed"));
  std::filesystem::remove(temp.File("data.mdb"));
  CHECK(store->Commit(Twins(0)));
  CHECK(log.lines().size() == 2);
}

TEST_CASE("lmdb_store: a read goes on while a commit is held up") {
  const TempDir temp;
  const auto store = OpenStore(temp);
  FaultyStore slow(*store);
  slow.Hold();
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    CHECK(slow.Commit(Twins(0)));
    done = true;
  });
  REQUIRE(slow.AwaitCommit(1));
  CHECK_FALSE(
      slow.Read().value()->FindRegistration(kScope, Device("twin-1")).value());
  CHECK_FALSE(done);
  slow.Release();
  writer.join();
  CHECK(
      slow.Read().value()->FindRegistration(kScope, Device("twin-1")).value());
}

TEST_CASE("lmdb_store: a commit that was made to fail changes nothing") {
  MemoryStore memory;
  FaultyStore faulty(memory);
  faulty.FailCommit(2, {Errc::kUnavailable, "disk full"});
  CHECK(faulty.Commit({.changes = {PutOf(Counter(1))}}));
  CHECK(faulty.Commit({.changes = {PutOf(Counter(2))}}).error().code ==
        Errc::kUnavailable);
  CHECK(CountIn(faulty) == 1);
  CHECK(faulty.Commit({.changes = {PutOf(Counter(3))}}));
  CHECK(faulty.commits() == 3);
}

}  // namespace dps
