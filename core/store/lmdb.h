// SPDX-License-Identifier: Apache-2.0
// C LMDB with owners: transactions that abort unless committed, cursors that
// close. What is used of LMDB, not all of it. Only core/store/lmdb* may
// include this file.
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// Of every LMDB built with its defaults.
inline constexpr std::size_t kLmdbKeyMax = 511;

// `code` is LMDB's or errno's; `doing` completes "cannot ...". kUnavailable
// when the resource fails (disk full, input/output error, no reader slot),
// kInternal otherwise.
Error LmdbError(int code, std::string_view doing);

// A table: LMDB's named database.
struct LmdbTable {
  MDB_dbi id = 0;
};

// Reading inside of a transaction. All views are valid until it ends or until
// its next change. Belongs to one thread at a time.
class LmdbTxn {
 public:
  LmdbTxn(const LmdbTxn&) = delete;
  LmdbTxn& operator=(const LmdbTxn&) = delete;

  // nullopt if there is no such table, or it is not an ordinary one.
  [[nodiscard]] Result<std::optional<LmdbTable>> OpenTable(const char* name);
  // Whether the environment holds no table at all.
  [[nodiscard]] Result<bool> HoldsNothing();

  // nullopt if the key is absent; a key too long for LMDB always is.
  [[nodiscard]] Result<std::optional<std::string_view>> Get(
      LmdbTable table, std::string_view key) const;

 protected:
  explicit LmdbTxn(MDB_txn* txn) : txn_(txn) {}
  LmdbTxn(LmdbTxn&& other) noexcept
      : txn_(std::exchange(other.txn_, nullptr)) {}
  ~LmdbTxn() = default;

  MDB_txn* txn_;  // null once ended or moved from

 private:
  friend class LmdbCursor;
};

// Walks a table in key order. Must not outlive its transaction.
class LmdbCursor {
 public:
  struct Entry {
    std::string_view key;
    std::string_view value;
  };

  [[nodiscard]] static Result<LmdbCursor> Open(const LmdbTxn& txn,
                                               LmdbTable table);

  // The first entry whose key is not less than `key`, which is not empty;
  // nullopt at the end.
  [[nodiscard]] Result<std::optional<Entry>> Seek(std::string_view key);
  [[nodiscard]] Result<std::optional<Entry>> First();
  [[nodiscard]] Result<std::optional<Entry>> Next();

 private:
  struct Close {
    void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
  };

  explicit LmdbCursor(MDB_cursor* cursor) : cursor_(cursor) {}
  [[nodiscard]] Result<std::optional<Entry>> Move(MDB_val key,
                                                  MDB_cursor_op how);

  std::unique_ptr<MDB_cursor, Close> cursor_;
};

// The one write transaction there is at a time, over all processes. Aborts
// when destroyed before Commit() succeeded.
class LmdbWriteTxn final : public LmdbTxn {
 public:
  // Takes `txn` over, and the lock that keeps this process's other writers out.
  LmdbWriteTxn(MDB_txn* txn, std::unique_lock<std::mutex> writer)
      : LmdbTxn(txn), writer_(std::move(writer)) {}
  LmdbWriteTxn(LmdbWriteTxn&&) noexcept = default;
  ~LmdbWriteTxn();

  [[nodiscard]] Result<LmdbTable> CreateTable(const char* name);
  [[nodiscard]] Status Put(LmdbTable table, std::string_view key,
                           std::string_view value);
  // Whether the key was there.
  [[nodiscard]] Result<bool> Remove(LmdbTable table, std::string_view key);

  // Durable when it returns success. Ends the transaction in any case.
  [[nodiscard]] Status Commit();

  // Whether a call failed for want of room in the map: a larger one may do.
  bool map_full() const { return map_full_; }

 private:
  // Success for 0, the error otherwise; remembers MDB_MAP_FULL.
  [[nodiscard]] Status Check(int code, std::string_view doing);

  std::unique_lock<std::mutex> writer_;
  bool map_full_ = false;
};

}  // namespace dps
