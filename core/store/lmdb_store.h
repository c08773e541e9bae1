// SPDX-License-Identifier: Apache-2.0
// The store on disk: one LMDB environment, shared by processes.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/store/file_watch.h"
#include "core/store/store.h"

namespace dps {

class LmdbEnv;
struct LmdbTables;

struct LmdbOptions {
  std::string directory;
  // Make the directory (its parent must exist) and an empty store in it, when
  // there is none.
  bool create = false;
  // Address space of the map at the start; the file takes what it needs, and
  // the map doubles when it is full.
  std::size_t map_bytes = limits::kStoreMapBytes;
  // How often a commit looks for readers that died and for a replaced file.
  std::chrono::seconds upkeep = limits::kStoreUpkeep;
};

// Commits are synced (fdatasync) before they return. Any number of processes
// may have it open, each once; what one commits, the others read at once.
// docs/storage.md tells the rest. Destroy all snapshots first.
class LmdbStore final : public Store {
 public:
  // Errors: kNotFound (no directory, no store), kInvalidArgument (not our
  // store, unknown schema version, not a directory), kForbidden (permission),
  // kConflict (open in this process already), kUnavailable, kInternal.
  [[nodiscard]] static Result<std::unique_ptr<LmdbStore>> Open(
      const LmdbOptions& options);
  ~LmdbStore() override;

  // From now on tells `log`, which must outlive this, when the store's file is
  // replaced or removed while it is open: this process then goes on alone with
  // the old one. Thread-safe.
  void ReportTo(Log& log);

  [[nodiscard]] Result<std::unique_ptr<Snapshot>> Read() override;
  // Enlarges the map when the batch needs it. A snapshot that this process
  // keeps open for seconds then fails the commit with kUnavailable.
  [[nodiscard]] Status Commit(const Batch& batch) override;

 private:
  LmdbStore(const LmdbOptions& options, std::unique_ptr<LmdbEnv> env,
            const LmdbTables& tables);
  void DoUpkeepWhenDue();

  const std::unique_ptr<LmdbEnv> env_;
  const std::unique_ptr<const LmdbTables> tables_;
  const std::chrono::seconds upkeep_;
  std::mutex upkeep_mutex_;  // guards what follows
  std::chrono::steady_clock::time_point due_;
  FileWatch data_file_;
  Log* log_ = nullptr;
};

}  // namespace dps
