// SPDX-License-Identifier: Apache-2.0
#include "core/base/append_file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace dps {
namespace {

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Files of this process can be no larger, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    before_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, before_handler_));
  }

 private:
  rlimit before_{};
  void (*before_handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("append_file: lines are added, for the owner's eyes only") {
  const TempDir directory;
  const AppendFile file(directory.File("log"));
  REQUIRE(file.CheckWritable());
  CHECK(TextOf(directory.File("log")).empty());
  REQUIRE(file.Append("one"));
  REQUIRE(file.Append("two"));
  CHECK(TextOf(directory.File("log")) == "one\ntwo\n");
  struct stat found {};
  REQUIRE(stat(directory.File("log").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600);
}

TEST_CASE("append_file: a line that does not fit is told") {
  const TempDir directory;
  const AppendFile file(directory.File("log"));
  REQUIRE(file.Append("one"));
  const FullDisk full(6);
  const Status added = file.Append("two");
  REQUIRE_FALSE(added);
  CHECK(added.error().code == Errc::kUnavailable);
}

TEST_CASE("append_file: a pipe or a directory is no file") {
  const TempDir directory;
  const std::string path = directory.File("log");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_FALSE(AppendFile(path).CheckWritable());
  CHECK_FALSE(AppendFile(path).Append("one"));
  CHECK_FALSE(AppendFile(directory.path()).CheckWritable());
}

}  // namespace dps
