// SPDX-License-Identifier: Apache-2.0
// The directory a store lives in: made, claimed, and complained about in words
// an operator can act on.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "core/base/result.h"

namespace dps {

// This process's claim on a store's directory. LMDB corrupts itself when one
// process opens it twice (its file locks are the process's: closing one gives
// up the other's), so a second claim is refused until the first is destroyed.
class LmdbDirectory {
 public:
  // `create`: the directory is made (mode 0750) when absent, and may be empty.
  // Thread-safe. Errors: kNotFound (no such directory, no store inside),
  // kInvalidArgument (not a directory), kConflict (claimed), kForbidden and
  // kUnavailable (as LmdbOpenError).
  [[nodiscard]] static Result<LmdbDirectory> Claim(const std::string& path,
                                                   bool create);

  LmdbDirectory(LmdbDirectory&& other) noexcept;
  LmdbDirectory& operator=(LmdbDirectory&&) = delete;
  ~LmdbDirectory();

  const std::string& path() const { return path_; }

  // Makes the names of new files durable.
  [[nodiscard]] Status Sync() const;

 private:
  LmdbDirectory(std::string path, dev_t device, ino_t inode)
      : path_(std::move(path)), device_(device), inode_(inode) {}

  std::string path_;
  dev_t device_;
  ino_t inode_;
  bool claimed_ = true;
};

// Why a store could not be opened: `code` is errno's or LMDB's. Names the very
// file that is in the way and this process's user. Errors: kForbidden (no
// permission), kInvalidArgument (not LMDB's files), kUnavailable.
Error LmdbOpenError(const std::string& directory, int code);

}  // namespace dps
