// SPDX-License-Identifier: Apache-2.0
#include "core/store/directory_owner.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace dps {
namespace {

std::string ErrnoText() {
  return std::error_code(errno, std::generic_category()).message();
}

}  // namespace

Result<Owner> OwnerOf(const std::string& directory) {
  std::filesystem::path path =
      std::filesystem::absolute(directory).lexically_normal();
  struct stat status {};
  while (stat(path.c_str(), &status) != 0) {
    const auto parent = path.parent_path();
    if (errno != ENOENT || parent == path) {
      return Fail(Errc::kUnavailable,
                  "cannot look at " + path.string() + ": " + ErrnoText());
    }
    path = parent;
  }
  return Owner{status.st_uid, status.st_gid};
}

Status ActAs(const Owner& owner) {
  if (geteuid() != 0 || owner.uid == 0) return {};
  // Groups first: once the user is gone, so is the right to change them.
  if (setgroups(1, &owner.gid) != 0 || setgid(owner.gid) != 0 ||
      setuid(owner.uid) != 0) {
    return Fail(
        Errc::kUnavailable,
        "cannot act as user " + std::to_string(owner.uid) + ": " + ErrnoText());
  }
  return {};
}

}  // namespace dps
