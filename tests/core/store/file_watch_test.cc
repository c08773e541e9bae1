// SPDX-License-Identifier: Apache-2.0
#include "core/store/file_watch.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace dps {
namespace {

// A file that is open and watched, in a directory of its own.
struct Rig {
  ~Rig() { close(fd); }

  TempDir temp;
  std::string path = temp.Write("file", "old");
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  FileWatch watch{fd, path};
};

}  // namespace

TEST_CASE("file_watch: a file that stays or is written to is no replacement") {
  Rig rig;
  CHECK_FALSE(rig.watch.SawReplacement());
  rig.temp.Write("file", "more");
  CHECK_FALSE(rig.watch.SawReplacement());
}

TEST_CASE("file_watch: another file in its place is told of once") {
  Rig rig;
  for (const char* name : {"second", "third"}) {
    std::filesystem::rename(rig.temp.Write(name, "new"), rig.path);
    CHECK(rig.watch.SawReplacement());
    CHECK_FALSE(rig.watch.SawReplacement());
  }
}

TEST_CASE(
    "file_watch: no file is told of, its return is not, a loss again is") {
  Rig rig;
  const std::string away = rig.temp.File("away");
  for (int i = 0; i < 2; ++i) {
    std::filesystem::rename(rig.path, away);
    CHECK(rig.watch.SawReplacement());
    CHECK_FALSE(rig.watch.SawReplacement());
    std::filesystem::rename(away, rig.path);
    CHECK_FALSE(rig.watch.SawReplacement());
  }
}

TEST_CASE("file_watch: a removed directory is a removed file") {
  Rig rig;
  std::filesystem::remove_all(rig.temp.path());
  CHECK(rig.watch.SawReplacement());
  CHECK_FALSE(rig.watch.SawReplacement());
}

}  // namespace dps
