// SPDX-License-Identifier: Apache-2.0
// The store on disk: one LMDB environment, shared by processes.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/limits.h"
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
  std::chrono::seconds dead_reader_check = limits::kStoreDeadReaderCheck;
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

  [[nodiscard]] Result<std::unique_ptr<Snapshot>> Read() override;
  // Enlarges the map when the batch needs it. A snapshot that this process
  // keeps open for seconds then fails the commit with kUnavailable.
  [[nodiscard]] Status Commit(const Batch& batch) override;

 private:
  LmdbStore(const LmdbOptions& options, std::unique_ptr<LmdbEnv> env,
            const LmdbTables& tables);
  void ReleaseDeadReadersWhenDue();

  const std::unique_ptr<LmdbEnv> env_;
  const std::unique_ptr<const LmdbTables> tables_;
  const std::chrono::seconds dead_reader_check_;
  std::mutex due_mutex_;
  std::chrono::steady_clock::time_point due_;
};

}  // namespace dps
