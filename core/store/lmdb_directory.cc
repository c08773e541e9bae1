// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_directory.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>

#include "core/store/lmdb.h"

namespace dps {
namespace {

constexpr mode_t kDirectoryMode = 0750;
constexpr const char* kHint = "; `dpsctl instance create` makes one";

// Process-wide by nature, as the locks it guards against losing are.
struct Claims {
  std::mutex mutex;
  std::set<std::pair<dev_t, ino_t>> held;
};

Claims& ProcessClaims() {
  static Claims claims;
  return claims;
}

std::string Text(int code) {
  return std::error_code(code, std::generic_category()).message();
}

std::string UserName() {
  const uid_t uid = geteuid();
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? "user " + std::to_string(uid)
                          : "user " + std::string(found->pw_name);
}

// The first of the store's files this process may not use as it must, or the
// directory itself.
std::string FileInTheWay(const std::string& directory) {
  if (faccessat(AT_FDCWD, directory.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) !=
      0) {
    return directory;
  }
  for (const char* name : {"/data.mdb", "/lock.mdb"}) {
    std::string path = directory + name;
    const int code = faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS);
    if (code != 0 && errno != ENOENT) return path;
  }
  return directory;
}

Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), kDirectoryMode) == 0 || errno == EEXIST) return {};
  const int code = errno;
  return Fail(code == EACCES ? Errc::kForbidden : Errc::kUnavailable,
              "cannot create the store directory " + path + " as " +
                  UserName() + ": " + Text(code));
}

// Whether a store's data is there: the file exists and is not empty.
Result<bool> HoldsData(const std::string& directory) {
  struct stat status {};
  if (stat((directory + "/data.mdb").c_str(), &status) == 0) {
    return status.st_size > 0;
  }
  if (errno == ENOENT) return false;
  return tl::unexpected(LmdbOpenError(directory, errno));
}

}  // namespace

Result<LmdbDirectory> LmdbDirectory::Claim(const std::string& path,
                                           bool create) {
  if (create) DPS_CHECK(MakeDirectory(path));
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return tl::unexpected(LmdbOpenError(path, errno));
    return Fail(Errc::kNotFound,
                "the store directory " + path + " does not exist" + kHint);
  }
  if (!S_ISDIR(status.st_mode)) {
    return Fail(Errc::kInvalidArgument,
                "the store " + path + " is not a directory");
  }
  DPS_TRY(const bool holds_data, HoldsData(path));
  if (!create && !holds_data) {
    return Fail(Errc::kNotFound,
                "there is no store in the directory " + path + kHint);
  }
  Claims& claims = ProcessClaims();
  const std::lock_guard lock(claims.mutex);
  if (!claims.held.emplace(status.st_dev, status.st_ino).second) {
    return Fail(Errc::kConflict,
                "the store " + path +
                    " is open in this process already; a process may open a "
                    "store only once");
  }
  return LmdbDirectory(path, status.st_dev, status.st_ino);
}

LmdbDirectory::LmdbDirectory(LmdbDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      device_(other.device_),
      inode_(other.inode_),
      claimed_(std::exchange(other.claimed_, false)) {}

LmdbDirectory::~LmdbDirectory() {
  if (!claimed_) return;
  Claims& claims = ProcessClaims();
  const std::lock_guard lock(claims.mutex);
  claims.held.erase({device_, inode_});
}

Status LmdbDirectory::Sync() const {
  for (const std::string& path : {path_, path_ + "/.."}) {
    const int file = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = file >= 0 && fsync(file) == 0;
    const int code = errno;
    if (file >= 0) close(file);
    // The parent may be none of our business; without it there is no promise,
    // but the file system's order of writes.
    if (!synced && path == path_) {
      return tl::unexpected(LmdbError(code, "sync the directory " + path));
    }
  }
  return {};
}

Error LmdbOpenError(const std::string& directory, int code) {
  const std::string path = FileInTheWay(directory);
  switch (code) {
    case EACCES:
    case EPERM:
      return {Errc::kForbidden,
              "cannot open the store: " + UserName() +
                  " may not read and write " + path +
                  "; the broker's user and the operator's need both"};
    case EROFS:
      return {Errc::kUnavailable, "cannot open the store: " + path +
                                      " is on a read-only file system"};
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
      return {Errc::kInvalidArgument,
              directory + " does not hold a mosquitto-dps store: " +
                  mdb_strerror(code)};
    default:
      return {Errc::kUnavailable,
              "cannot open the store " + directory + ": " + mdb_strerror(code)};
  }
}

}  // namespace dps
