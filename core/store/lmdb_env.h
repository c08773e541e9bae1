// SPDX-License-Identifier: Apache-2.0
// One LMDB environment: its readers, its writer, and a map that grows.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/result.h"
#include "core/store/file_watch.h"
#include "core/store/lmdb.h"
#include "core/store/lmdb_directory.h"
#include "core/store/lmdb_gate.h"

namespace dps {

class LmdbEnv;

// A view as of one commit; gives its reader slot back when destroyed.
class LmdbReadTxn final : public LmdbTxn {
 public:
  LmdbReadTxn(LmdbReadTxn&&) noexcept = default;
  ~LmdbReadTxn();

  // Ends the view and keeps the tables it opened usable for later ones.
  [[nodiscard]] Status KeepTables();

 private:
  friend class LmdbEnv;
  LmdbReadTxn(MDB_txn* txn, LmdbEnv& env) : LmdbTxn(txn), env_(&env) {}

  LmdbEnv* env_;
};

// Thread-safe. Outlives its transactions.
class LmdbEnv {
 public:
  // `map_bytes`: the map's size at the start. Errors: as LmdbOpenError().
  [[nodiscard]] static Result<std::unique_ptr<LmdbEnv>> Open(
      LmdbDirectory directory, std::size_t map_bytes);
  LmdbEnv(const LmdbEnv&) = delete;
  LmdbEnv& operator=(const LmdbEnv&) = delete;
  ~LmdbEnv();

  // Never waits for a writer. Errors: kUnavailable (the map is being replaced;
  // no reader slot is free), kInternal.
  [[nodiscard]] Result<LmdbReadTxn> BeginRead();
  // Waits for the writer before, in this process or another. Errors:
  // kUnavailable, kInternal.
  [[nodiscard]] Result<LmdbWriteTxn> BeginWrite();

  std::size_t map_bytes() const { return map_bytes_; }
  // Doubles the map, unless it has grown beyond `from` already. Waits for
  // readers to finish. The caller has no transaction open. Errors:
  // kUnavailable (a reader does not finish; no address space), and the map is
  // as before.
  [[nodiscard]] Status Grow(std::size_t from);

  // Frees the slots of readers that died with their process.
  void ReleaseDeadReaders();

  const LmdbDirectory& directory() const { return directory_; }
  // A watch over the data file that is open here.
  FileWatch DataFile() const;

 private:
  friend class LmdbReadTxn;
  struct Close {
    void operator()(MDB_env* env) const { mdb_env_close(env); }
  };

  LmdbEnv(LmdbDirectory directory, MDB_env* env);

  int StartRead(MDB_txn** txn);
  void EndRead(MDB_txn* txn);
  [[nodiscard]] Status Usable() const;
  // REQUIRES for both: write_mutex_ is held and no write transaction is open.
  // `bytes` 0 = the size another process has grown the map to. The first waits
  // for readers; the second wants the gate shut, and opens it.
  [[nodiscard]] Status ReplaceMap(std::size_t bytes);
  [[nodiscard]] Status ReplaceMapBehindGate(std::size_t bytes);
  // For a reader: only if nobody has to be waited for.
  [[nodiscard]] bool TryAdoptMap();

  const LmdbDirectory directory_;  // the last to go: it ends the claim
  const std::unique_ptr<MDB_env, Close> env_;
  std::atomic<std::size_t> map_bytes_ = 0;
  std::atomic<bool> map_lost_ = false;
  std::mutex write_mutex_;
  LmdbGate gate_;
  std::mutex idle_mutex_;
  std::vector<MDB_txn*> idle_;  // reset, each with its slot, ready for renewal
};

}  // namespace dps
