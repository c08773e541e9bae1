// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_env.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "core/base/limits.h"
#include "tests/core/store/store_scene.h"
#include "tests/support/forked_process.h"
#include "tests/support/patience.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr std::size_t kMap = 1 << 20;

// One table, `key` set to `value`.
Status WriteOne(LmdbEnv& env, std::string_view key, std::string_view value) {
  DPS_TRY(LmdbWriteTxn txn, env.BeginWrite());
  DPS_TRY(const LmdbTable table, txn.CreateTable("t"));
  DPS_CHECK(txn.Put(table, key, value));
  return txn.Commit();
}

Result<std::string> Read(LmdbEnv& env, std::string_view key) {
  DPS_TRY(LmdbReadTxn txn, env.BeginRead());
  DPS_TRY(const auto table, txn.OpenTable("t"));
  if (!table) return Fail(Errc::kNotFound, "no table");
  DPS_TRY(const auto value, txn.Get(*table, key));
  return std::string(value.value_or("(none)"));
}

}  // namespace

TEST_CASE("lmdb_env: a write that is not committed leaves nothing behind") {
  const TempDir temp;
  const auto env = OpenEnv(temp);
  REQUIRE(WriteOne(*env, "k", "1"));
  {
    auto txn = env->BeginWrite().value();
    REQUIRE(txn.Put(txn.CreateTable("t").value(), "k", "2"));
  }
  CHECK(Read(*env, "k").value() == "1");
}

TEST_CASE("lmdb_env: a reader slot is used again, by any thread") {
  const TempDir temp;
  const auto env = OpenEnv(temp);
  REQUIRE(WriteOne(*env, "k", "1"));
  for (unsigned i = 0; i < 2 * limits::kStoreReadersMax; ++i) {
    REQUIRE(env->BeginRead());
  }
  CHECK(std::async(std::launch::async, [&] { return Read(*env, "k"); })
            .get()
            .value() == "1");
}

TEST_CASE("lmdb_env: one view too many is refused, and costs no other") {
  const TempDir temp;
  const auto env = OpenEnv(temp);
  REQUIRE(WriteOne(*env, "k", "1"));
  std::vector<LmdbReadTxn> views;
  while (views.size() < limits::kStoreReadersMax) {
    views.push_back(env->BeginRead().value());
  }
  CHECK(env->BeginRead().error().code == Errc::kUnavailable);
  views.pop_back();
  CHECK(env->BeginRead());
}

TEST_CASE("lmdb_env: a full map is told from other failures and can grow") {
  const TempDir temp;
  const auto env = OpenEnv(temp, 64 * 1024);
  const std::string large(128 * 1024, 'x');
  {
    auto txn = env->BeginWrite().value();
    const LmdbTable table = txn.CreateTable("t").value();
    CHECK(txn.Put(table, "k", large).error().code == Errc::kUnavailable);
    CHECK(txn.map_full());
  }
  const std::size_t before = env->map_bytes();
  REQUIRE(env->Grow(before));
  CHECK(env->map_bytes() == 2 * before);
  REQUIRE(env->Grow(before));  // it grew already
  CHECK(env->map_bytes() == 2 * before);
  REQUIRE(env->Grow(2 * before));
  CHECK(WriteOne(*env, "k", large));
  CHECK(Read(*env, "k").value() == large);
}

TEST_CASE("lmdb_env: a map too large for the address space changes nothing") {
  const TempDir temp;
  const auto env = OpenEnv(temp);
  REQUIRE(WriteOne(*env, "k", "1"));
  Status grown;
  while (grown) grown = env->Grow(env->map_bytes());
  CHECK(grown.error().code == Errc::kUnavailable);
  CHECK(grown.error().message.find("no address space") != std::string::npos);
  CHECK(Read(*env, "k").value() == "1");
  CHECK(WriteOne(*env, "k", "2"));
}

TEST_CASE("lmdb_env: a view that stays makes growth fail and nothing else") {
  const TempDir temp;
  const auto env = OpenEnv(temp);
  REQUIRE(WriteOne(*env, "k", "1"));
  {
    const auto view = env->BeginRead().value();
    const Status grown = env->Grow(kMap);
    CHECK(grown.error().code == Errc::kUnavailable);
    CHECK(grown.error().message.find("an old view") != std::string::npos);
    CHECK(env->map_bytes() == kMap);
    CHECK(WriteOne(*env, "k", "2"));
    CHECK(Read(*env, "k").value() == "2");
  }
  CHECK(env->Grow(kMap));
}

TEST_CASE("lmdb_env: a map another process enlarged is taken over") {
  const TempDir temp;
  const std::string large(8 * kMap, 'x');
  ForkedProcess other([&](const ProcessLink& link) {
    link.Await();
    const auto env = OpenEnv(temp, 16 * kMap);
    const Status written = WriteOne(*env, "k", large);
    link.Tell();
    link.Await();
    return written.has_value();
  });
  const auto env = OpenEnv(temp);
  REQUIRE(WriteOne(*env, "k", "small"));
  CHECK(Read(*env, "k").value() == "small");  // a pooled view exists now
  other.link().Tell();
  other.link().Await();
  SUBCASE("by a reader") { CHECK(Read(*env, "k").value() == large); }
  SUBCASE("by a writer") { CHECK(WriteOne(*env, "l", "small")); }
  CHECK(env->map_bytes() > kMap);
  CHECK(Read(*env, "k").value() == large);
  other.link().Tell();
  CHECK(other.Succeeded());
}

TEST_CASE("lmdb_env: an old view keeps its map when another process grows it") {
  const TempDir temp;
  ForkedProcess other([&](const ProcessLink& link) {
    link.Await();
    const auto env = OpenEnv(temp, 16 * kMap);
    const Status written = WriteOne(*env, "k", std::string(8 * kMap, 'x'));
    link.Tell();
    return written.has_value();
  });
  const auto env = OpenEnv(temp);
  REQUIRE(WriteOne(*env, "k", "small"));
  {
    auto view = env->BeginRead().value();
    const LmdbTable table = view.OpenTable("t").value().value();
    other.link().Tell();
    other.link().Await();
    CHECK(env->BeginRead().error().code == Errc::kUnavailable);
    CHECK(view.Get(table, "k").value() == "small");
  }
  CHECK(Read(*env, "k").value().size() == 8 * kMap);
  CHECK(other.Succeeded());
}

TEST_CASE("lmdb_env: a writer killed in mid-write leaves no lock behind") {
  const TempDir temp;
  ForkedProcess writer([&](const ProcessLink& link) {
    const auto env = OpenEnv(temp);
    if (!WriteOne(*env, "k", "1")) return false;
    auto txn = env->BeginWrite().value();
    if (!txn.Put(txn.CreateTable("t").value(), "k", "2")) return false;
    link.Tell();
    link.Await();  // for ever
    return true;
  });
  writer.link().Await();
  const auto env = OpenEnv(temp);
  auto waiting =
      std::async(std::launch::async, [&] { return WriteOne(*env, "l", "3"); });
  CHECK(Read(*env, "k").value() == "1");
  writer.Kill();
  REQUIRE(waiting.wait_for(kPatience) == std::future_status::ready);
  CHECK(waiting.get());
  CHECK(Read(*env, "k").value() == "1");
  CHECK(Read(*env, "l").value() == "3");
}

TEST_CASE("lmdb_env: a read does not wait for a writer of another process") {
  const TempDir temp;
  ForkedProcess writer([&](const ProcessLink& link) {
    const auto env = OpenEnv(temp);
    if (!WriteOne(*env, "k", "1")) return false;
    auto txn = env->BeginWrite().value();
    link.Tell();
    link.Await();
    return true;
  });
  writer.link().Await();
  const auto env = OpenEnv(temp);
  auto waiting =
      std::async(std::launch::async, [&] { return WriteOne(*env, "k", "2"); });
  // While that thread waits for the lock, or is about to.
  for (int i = 0; i < 1000; ++i) CHECK(Read(*env, "k").value() == "1");
  writer.link().Tell();
  CHECK(waiting.get());
  CHECK(Read(*env, "k").value() == "2");
  CHECK(writer.Succeeded());
}

TEST_CASE("lmdb_env: the views of a killed process stop no reuse of pages") {
  const TempDir temp;
  ForkedProcess reader([&](const ProcessLink& link) {
    const auto env = OpenEnv(temp);
    if (!WriteOne(*env, "k", "1")) return false;
    const auto view = env->BeginRead();
    link.Tell();
    link.Await();  // for ever
    return true;
  });
  reader.link().Await();
  const auto env = OpenEnv(temp, 64 * kMap);
  reader.Kill();
  env->ReleaseDeadReaders();
  const std::string value(16 * 1024, 'x');
  for (int i = 0; i < 100; ++i) REQUIRE(WriteOne(*env, "k", value));
  // 100 versions would take 1.6 MB.
  CHECK(std::filesystem::file_size(temp.File("data.mdb")) < 500'000);
}

TEST_CASE("lmdb_env: a full disk refuses the write and spoils nothing") {
  const TempDir temp;
  ForkedProcess child([&](const ProcessLink&) {
    const auto env = OpenEnv(temp, 64 * kMap);
    if (!WriteOne(*env, "k", "1")) return false;
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 256 * 1024, .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string large(kMap, 'x');
    const Status refused = WriteOne(*env, "k", large);
    if (refused || refused.error().code != Errc::kUnavailable) return false;
    if (Read(*env, "k").value() != "1") return false;
    if (!WriteOne(*env, "k", "2")) return false;  // a small one still fits
    const rlimit any{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &any);
    return WriteOne(*env, "k", large) && Read(*env, "k").value() == large;
  });
  CHECK(child.Succeeded());
}

}  // namespace dps
