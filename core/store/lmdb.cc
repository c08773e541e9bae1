// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb.h"

#include <cerrno>
#include <string>
#include <utility>

namespace dps {
namespace {

MDB_val ValueOf(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // NOLINT: C API
}

std::string_view BytesOf(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

bool IsResourceFailure(int code) {
  switch (code) {
    case MDB_MAP_FULL:
    case MDB_MAP_RESIZED:
    case MDB_READERS_FULL:
    case MDB_PANIC:
    case EACCES:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case ENOMEM:
    case ENOSPC:
    case EROFS:
      return true;
    default:
      return false;
  }
}

}  // namespace

Error LmdbError(int code, std::string_view doing) {
  return {IsResourceFailure(code) ? Errc::kUnavailable : Errc::kInternal,
          "cannot " + std::string(doing) + ": " + mdb_strerror(code) +
              // LMDB says so, too, of a write that the disk had no room for.
              (code == EIO ? " (or the disk is full)" : "")};
}

Result<std::optional<LmdbTable>> LmdbTxn::OpenTable(const char* name) {
  LmdbTable table;
  const int code = mdb_dbi_open(txn_, name, 0, &table.id);
  if (code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE) return std::nullopt;
  if (code != 0) {
    return tl::unexpected(LmdbError(code, "open a table of the store"));
  }
  return table;
}

Result<bool> LmdbTxn::HoldsNothing() {
  MDB_dbi main = 0;
  MDB_stat stat{};
  int code = mdb_dbi_open(txn_, nullptr, 0, &main);
  if (code == 0) code = mdb_stat(txn_, main, &stat);
  if (code != 0) return tl::unexpected(LmdbError(code, "look at the store"));
  return stat.ms_entries == 0;
}

Result<std::optional<std::string_view>> LmdbTxn::Get(
    LmdbTable table, std::string_view key) const {
  if (key.size() > kLmdbKeyMax) return std::nullopt;
  MDB_val key_value = ValueOf(key);
  MDB_val found{};
  const int code = mdb_get(txn_, table.id, &key_value, &found);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(LmdbError(code, "read the store"));
  return BytesOf(found);
}

Result<LmdbCursor> LmdbCursor::Open(const LmdbTxn& txn, LmdbTable table) {
  MDB_cursor* cursor = nullptr;
  const int code = mdb_cursor_open(txn.txn_, table.id, &cursor);
  if (code != 0) return tl::unexpected(LmdbError(code, "list the store"));
  return LmdbCursor(cursor);
}

Result<std::optional<LmdbCursor::Entry>> LmdbCursor::Seek(
    std::string_view key) {
  return Move(ValueOf(key), MDB_SET_RANGE);
}

Result<std::optional<LmdbCursor::Entry>> LmdbCursor::First() {
  return Move({}, MDB_FIRST);
}

Result<std::optional<LmdbCursor::Entry>> LmdbCursor::Next() {
  return Move({}, MDB_NEXT);
}

Result<std::optional<LmdbCursor::Entry>> LmdbCursor::Move(MDB_val key,
                                                          MDB_cursor_op how) {
  MDB_val value{};
  const int code = mdb_cursor_get(cursor_.get(), &key, &value, how);
  if (code == MDB_NOTFOUND) return std::nullopt;
  if (code != 0) return tl::unexpected(LmdbError(code, "list the store"));
  return Entry{.key = BytesOf(key), .value = BytesOf(value)};
}

LmdbWriteTxn::~LmdbWriteTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

Result<LmdbTable> LmdbWriteTxn::CreateTable(const char* name) {
  LmdbTable table;
  DPS_CHECK(Check(mdb_dbi_open(txn_, name, MDB_CREATE, &table.id),
                  "create a table of the store"));
  return table;
}

Status LmdbWriteTxn::Put(LmdbTable table, std::string_view key,
                         std::string_view value) {
  MDB_val key_value = ValueOf(key);
  MDB_val value_value = ValueOf(value);
  return Check(mdb_put(txn_, table.id, &key_value, &value_value, 0),
               "write to the store");
}

Result<bool> LmdbWriteTxn::Remove(LmdbTable table, std::string_view key) {
  if (key.size() > kLmdbKeyMax) return false;
  MDB_val key_value = ValueOf(key);
  const int code = mdb_del(txn_, table.id, &key_value, nullptr);
  if (code == MDB_NOTFOUND) return false;
  DPS_CHECK(Check(code, "remove from the store"));
  return true;
}

Status LmdbWriteTxn::Commit() {
  return Check(mdb_txn_commit(std::exchange(txn_, nullptr)),
               "commit to the store");
}

Status LmdbWriteTxn::Check(int code, std::string_view doing) {
  if (code == 0) return {};
  map_full_ = map_full_ || code == MDB_MAP_FULL;
  return tl::unexpected(LmdbError(code, doing));
}

}  // namespace dps
