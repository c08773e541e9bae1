// SPDX-License-Identifier: Apache-2.0
// Tells when the path of an open file comes to name another file: what is
// written from then on reaches nobody who opens the path.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace dps {

// Not thread-safe. Never opens the file, for closing it again would give up
// this process's locks on it.
class FileWatch {
 public:
  // `fd` is the file that was opened as `path`.
  FileWatch(int fd, std::string path);

  const std::string& path() const { return path_; }

  // Whether the path names another file, or none, since it was asked last:
  // true once for each replacement, false also when nobody can tell.
  [[nodiscard]] bool SawReplacement();

 private:
  // Device and inode; nullopt = no file.
  using FileId = std::optional<std::pair<dev_t, ino_t>>;

  std::string path_;
  FileId open_;
  FileId last_;
};

}  // namespace dps
