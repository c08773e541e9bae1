// SPDX-License-Identifier: Apache-2.0
#include "core/store/lmdb_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "core/store/lmdb_store.h"
#include "tests/support/forked_process.h"
#include "tests/support/mentions.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr uid_t kNobody = 65534;

Error ClaimError(const std::string& path, bool create = false) {
  const auto claim = LmdbDirectory::Claim(path, create);
  return claim ? Error{Errc::kInternal, "it was claimed"} : claim.error();
}

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  stat(path.c_str(), &status);
  return status.st_mode & 07777;
}

// Opens the store as a user without rights to it; true if the error is the
// one expected.
bool RefusedToNobody(const std::string& directory, std::string_view path) {
  if (geteuid() == 0 && setuid(kNobody) != 0) return false;
  const auto store = LmdbStore::Open({.directory = directory});
  return !store && store.error().code == Errc::kForbidden &&
         Mentions(store.error(), std::string(path) + ";") &&
         Mentions(store.error(), "user ");
}

}  // namespace

TEST_CASE("lmdb_directory: a missing directory is named, with what makes it") {
  const TempDir temp;
  const Error error = ClaimError(temp.File("none"));
  CHECK(error.code == Errc::kNotFound);
  CHECK(Mentions(error, temp.File("none")));
  CHECK(Mentions(error, "dpsctl instance create"));
}

TEST_CASE("lmdb_directory: a directory without a store is not one") {
  const TempDir temp;
  const Error error = ClaimError(temp.path());
  CHECK(error.code == Errc::kNotFound);
  CHECK(Mentions(error, "no store in the directory " + temp.path()));
}

TEST_CASE("lmdb_directory: a file in the directory's place is refused") {
  const TempDir temp;
  const std::string file = temp.Write("file", "");
  CHECK(ClaimError(file, false).code == Errc::kInvalidArgument);
  CHECK(ClaimError(file, true).code == Errc::kInvalidArgument);
  CHECK(ClaimError(file + "/below", true).code == Errc::kUnavailable);
}

TEST_CASE("lmdb_directory: only the last directory of a path is made") {
  const TempDir temp;
  const Error error = ClaimError(temp.File("a/b"), true);
  CHECK(error.code == Errc::kUnavailable);
  CHECK(Mentions(error, temp.File("a/b")));
}

TEST_CASE("lmdb_directory: a store is made for its owner and group only") {
  const TempDir temp;
  const mode_t umask_before = umask(0);
  CHECK(LmdbStore::Open({.directory = temp.File("dps"), .create = true}));
  umask(umask_before);
  CHECK(ModeOf(temp.File("dps")) == 0750);
  CHECK(ModeOf(temp.File("dps/data.mdb")) == 0640);
  CHECK(ModeOf(temp.File("dps/lock.mdb")) == 0640);
}

TEST_CASE("lmdb_directory: a second claim in one process is refused") {
  const TempDir temp;
  REQUIRE(symlink(temp.path().c_str(), temp.File("link").c_str()) == 0);
  std::optional<LmdbDirectory> first;
  first.emplace(LmdbDirectory::Claim(temp.path(), true).value());
  for (const std::string& path : {temp.path(), temp.path() + "/",
                                  temp.path() + "/.", temp.File("link")}) {
    const Error error = ClaimError(path, true);
    CHECK(error.code == Errc::kConflict);
    CHECK(Mentions(error, "open in this process already"));
  }
  first.reset();
  CHECK(LmdbDirectory::Claim(temp.path(), true));
}

TEST_CASE("lmdb_directory: a moved claim is still one claim") {
  const TempDir temp;
  auto first = LmdbDirectory::Claim(temp.path(), true);
  {
    const LmdbDirectory second(*std::move(first));
    CHECK(ClaimError(temp.path(), true).code == Errc::kConflict);
  }
  CHECK(LmdbDirectory::Claim(temp.path(), true));
}

TEST_CASE("lmdb_directory: without permission, path and user are named") {
  const TempDir temp;
  const std::string directory = temp.File("dps");
  REQUIRE(LmdbStore::Open({.directory = directory, .create = true}));
  chmod(temp.path().c_str(), 0755);
  const auto refused = [&](const std::string& path) {
    return ForkedProcess([&](const ProcessLink&) {
             return RefusedToNobody(directory, path);
           })
        .Succeeded();
  };
  chmod(directory.c_str(), 0500);
  CHECK(refused(directory));
  chmod(directory.c_str(), 0777);
  chmod((directory + "/data.mdb").c_str(), 0444);
  CHECK(refused(directory + "/data.mdb"));
  chmod((directory + "/data.mdb").c_str(), 0666);
  chmod((directory + "/lock.mdb").c_str(), 0);
  CHECK(refused(directory + "/lock.mdb"));
}

TEST_CASE("lmdb_directory: reasons for a refused open are told apart") {
  const TempDir temp;
  CHECK(Mentions(LmdbOpenError(temp.path(), EROFS), "read-only file system"));
  CHECK(LmdbOpenError(temp.path(), EROFS).code == Errc::kUnavailable);
  CHECK(LmdbOpenError(temp.path(), EACCES).code == Errc::kForbidden);
  CHECK(LmdbOpenError(temp.path(), EIO).code == Errc::kUnavailable);
  CHECK(Mentions(LmdbOpenError(temp.path(), EIO), temp.path()));
}

}  // namespace dps
