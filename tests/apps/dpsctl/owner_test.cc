// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/store/directory_owner.h"
#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

constexpr uid_t kNobody = 65534;

// Only root can give a directory away; others keep it.
uid_t GiveToNobody(const std::string& directory) {
  if (geteuid() != 0) return geteuid();
  REQUIRE(chown(directory.c_str(), kNobody, kNobody) == 0);
  REQUIRE(chmod(directory.c_str(), 0755) == 0);
  return kNobody;
}

uid_t OwnerOfFile(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_uid;
}

}  // namespace

TEST_CASE("owner: of a directory to come it is the owner of its parent") {
  const TempDir directory;
  const uid_t owner = GiveToNobody(directory.path());
  CHECK(OwnerOf(directory.path())->uid == owner);
  CHECK(OwnerOf(directory.File("a/b/c"))->uid == owner);
  CHECK(OwnerOf("/")->uid == 0);
  CHECK_FALSE(OwnerOf(directory.Write("file", "") + "/below"));
}

TEST_CASE("owner: what root's dpsctl makes belongs to the directory's owner") {
  const Dpsctl dpsctl{NoStore()};
  const uid_t owner = GiveToNobody(dpsctl.directory().path());
  dpsctl.Json({"instance", "create", "-n", "plant"});
  CHECK(OwnerOfFile(dpsctl.store()) == owner);
  CHECK(OwnerOfFile(dpsctl.store() + "/data.mdb") == owner);
  CHECK(OwnerOfFile(dpsctl.store() + "/lock.mdb") == owner);
  dpsctl.Json({"enrollment", "create", "--eid", "a"});
  CHECK(OwnerOfFile(dpsctl.store() + "/data.mdb") == owner);
}

TEST_CASE(
    "owner: root's dpsctl writes an export where root may, for root alone") {
  const Dpsctl dpsctl{NoStore()};
  GiveToNobody(dpsctl.directory().path());
  dpsctl.Json({"instance", "create", "-n", "plant"});
  dpsctl.Json({"enrollment", "create", "--eid", "a"});
  const TempDir elsewhere;
  const std::string file = elsewhere.Write("backup.ndjson", "an older one\n");
  REQUIRE(chmod(file.c_str(), 0644) == 0);
  // What cannot be begun leaves the older one alone.
  CHECK(dpsctl.Run({"enrollment", "export", file, "--id-scope", "0neNONE"})
            .exit_code == 1);
  CHECK(std::filesystem::file_size(file) == 13);
  const CommandResult exported =
      dpsctl.Run({"enrollment", "export", file, "--show-keys"});
  CHECK_MESSAGE(exported.exit_code == 0, exported.err);
  struct stat found {};
  REQUIRE(stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600);
  CHECK(found.st_uid == geteuid());
  CHECK(dpsctl.Run({"enrollment", "import", file}).exit_code == 0);
}

TEST_CASE("owner: dpsctl as the owner cannot reach what the owner cannot") {
  const Dpsctl dpsctl{NoStore()};
  const std::string inner = dpsctl.directory().File("store");
  REQUIRE(mkdir(inner.c_str(), 0700) == 0);
  GiveToNobody(inner);
  REQUIRE(chmod(inner.c_str(), 0) == 0);
  if (geteuid() == 0) REQUIRE(chmod(inner.c_str(), 0500) == 0);
  CHECK(dpsctl.Run({"instance", "create", "-n", "plant"}).exit_code == 1);
  REQUIRE(chmod(inner.c_str(), 0700) == 0);
}

}  // namespace dps
