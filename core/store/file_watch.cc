// SPDX-License-Identifier: Apache-2.0
#include "core/store/file_watch.h"

#include <sys/stat.h>

#include <cerrno>

namespace dps {

FileWatch::FileWatch(int fd, std::string path) : path_(std::move(path)) {
  struct stat file {};
  if (fstat(fd, &file) == 0) open_ = {file.st_dev, file.st_ino};
  last_ = open_;
}

bool FileWatch::SawReplacement() {
  struct stat file {};
  FileId now;
  if (stat(path_.c_str(), &file) == 0) {
    now = {file.st_dev, file.st_ino};
  } else if (errno != ENOENT && errno != ENOTDIR) {
    return false;
  }
  const bool changed = now != std::exchange(last_, now);
  return changed && now != open_;
}

}  // namespace dps
