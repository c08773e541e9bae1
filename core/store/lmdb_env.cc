// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_env.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/limits.h"

namespace dps {
namespace {

constexpr mdb_mode_t kFileMode = 0640;
constexpr MDB_dbi kTablesMax = 24;
constexpr std::size_t kIdleReadersMax = 32;
// How long a commit that needs a larger map waits for the last reader.
constexpr std::chrono::seconds kGatePatience{1};

std::size_t RoundUpToPage(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

std::size_t MapBytes(MDB_env* env) {
  MDB_envinfo info{};
  mdb_env_info(env, &info);
  return info.me_mapsize;
}

// LMDB unmaps the old map before it maps the new one; a failure then would
// leave none. So the room is asked for beforehand.
bool HasAddressSpace(std::size_t bytes) {
  void* room = mmap(nullptr, bytes, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  munmap(room, bytes);
  return true;
}

}  // namespace

LmdbReadTxn::~LmdbReadTxn() {
  if (txn_ != nullptr) env_->EndRead(txn_);
}

Status LmdbReadTxn::KeepTables() {
  const int code = mdb_txn_commit(std::exchange(txn_, nullptr));
  env_->gate_.Leave();
  if (code != 0) return tl::unexpected(LmdbError(code, "open the tables"));
  return {};
}

LmdbEnv::LmdbEnv(LmdbDirectory directory, MDB_env* env)
    : directory_(std::move(directory)), env_(env) {
  idle_.reserve(kIdleReadersMax);
}

LmdbEnv::~LmdbEnv() {
  for (MDB_txn* txn : idle_) mdb_txn_abort(txn);
}

Result<std::unique_ptr<LmdbEnv>> LmdbEnv::Open(LmdbDirectory directory,
                                               std::size_t map_bytes) {
  MDB_env* raw = nullptr;
  if (const int code = mdb_env_create(&raw); code != 0) {
    return tl::unexpected(LmdbError(code, "open the store"));
  }
  std::unique_ptr<LmdbEnv> env(new LmdbEnv(std::move(directory), raw));
  int code = mdb_env_set_mapsize(raw, RoundUpToPage(map_bytes));
  if (code == 0) code = mdb_env_set_maxdbs(raw, kTablesMax);
  if (code == 0) code = mdb_env_set_maxreaders(raw, limits::kStoreReadersMax);
  // MDB_NOTLS: a view belongs to its Snapshot, not to the thread. No flag that
  // trades durability for speed.
  const std::string& path = env->directory_.path();
  if (code == 0) code = mdb_env_open(raw, path.c_str(), MDB_NOTLS, kFileMode);
  if (code != 0) return tl::unexpected(LmdbOpenError(path, code));
  env->map_bytes_ = MapBytes(raw);
  env->ReleaseDeadReaders();
  return env;
}

Status LmdbEnv::Usable() const {
  if (!map_lost_) return {};
  return Fail(Errc::kUnavailable,
              "the store's map was lost for want of memory; restart");
}

int LmdbEnv::StartRead(MDB_txn** txn) {
  {
    const std::lock_guard lock(idle_mutex_);
    if (!idle_.empty()) {
      *txn = idle_.back();
      idle_.pop_back();
    }
  }
  if (*txn != nullptr) {
    if (mdb_txn_renew(*txn) == 0) return 0;
    mdb_txn_abort(*txn);
    *txn = nullptr;
  }
  return mdb_txn_begin(env_.get(), nullptr, MDB_RDONLY, txn);
}

Result<LmdbReadTxn> LmdbEnv::BeginRead() {
  int code = 0;
  for (int attempt = 0; attempt < 2; ++attempt) {
    DPS_CHECK(Usable());
    if (!gate_.Enter()) {
      return Fail(Errc::kUnavailable, "the store is being enlarged; try again");
    }
    MDB_txn* txn = nullptr;
    code = StartRead(&txn);
    if (code == 0) return LmdbReadTxn(txn, *this);
    gate_.Leave();
    if (code == MDB_READERS_FULL) ReleaseDeadReaders();
    if (code == MDB_MAP_RESIZED && !TryAdoptMap()) break;
  }
  return tl::unexpected(LmdbError(code, "read the store"));
}

void LmdbEnv::EndRead(MDB_txn* txn) {
  mdb_txn_reset(txn);
  {
    const std::lock_guard lock(idle_mutex_);
    if (idle_.size() < kIdleReadersMax) {
      idle_.push_back(txn);
      txn = nullptr;
    }
  }
  if (txn != nullptr) mdb_txn_abort(txn);
  gate_.Leave();
}

Result<LmdbWriteTxn> LmdbEnv::BeginWrite() {
  std::unique_lock writer(write_mutex_);
  while (true) {
    DPS_CHECK(Usable());
    MDB_txn* txn = nullptr;
    const int code = mdb_txn_begin(env_.get(), nullptr, 0, &txn);
    if (code == 0) return LmdbWriteTxn(txn, std::move(writer));
    if (code != MDB_MAP_RESIZED) {
      return tl::unexpected(LmdbError(code, "write to the store"));
    }
    DPS_CHECK(ReplaceMap(0));
  }
}

Status LmdbEnv::Grow(std::size_t from) {
  const std::lock_guard writer(write_mutex_);
  if (map_bytes_ > from) return {};
  if (!HasAddressSpace(map_bytes_ * 2)) {
    return Fail(Errc::kUnavailable,
                "the store is full: no address space to enlarge its map of " +
                    std::to_string(map_bytes_) + " bytes");
  }
  return ReplaceMap(map_bytes_ * 2);
}

Status LmdbEnv::ReplaceMap(std::size_t bytes) {
  if (!gate_.ShutWhenEmpty(kGatePatience)) {
    return Fail(Errc::kUnavailable,
                "the store cannot be enlarged: a reader keeps an old view");
  }
  return ReplaceMapBehindGate(bytes);
}

Status LmdbEnv::ReplaceMapBehindGate(std::size_t bytes) {
  const int code = mdb_env_set_mapsize(env_.get(), bytes);
  map_lost_ = code != 0;
  map_bytes_ = MapBytes(env_.get());
  gate_.Open();
  if (code != 0) return tl::unexpected(LmdbError(code, "enlarge the store"));
  return {};
}

bool LmdbEnv::TryAdoptMap() {
  const std::unique_lock writer(write_mutex_, std::try_to_lock);
  return writer && gate_.ShutIfEmpty() && ReplaceMapBehindGate(0);
}

FileWatch LmdbEnv::DataFile() const {
  int fd = -1;
  mdb_env_get_fd(env_.get(), &fd);
  return {fd, directory_.path() + "/data.mdb"};
}

void LmdbEnv::ReleaseDeadReaders() {
  int dead = 0;
  // It fails only where the lock file does, and then so does the next read.
  mdb_reader_check(env_.get(), &dead);
}

}  // namespace dps
