// SPDX-License-Identifier: Apache-2.0
#include "core/base/key_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "core/base/crypto_seal.h"
#include "tests/support/forked_process.h"
#include "tests/support/mentions.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr uid_t kNobody = 65534;

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  stat(path.c_str(), &status);
  return status.st_mode & 07777;
}

std::string WriteKey(const TempDir& temp, std::size_t size, mode_t mode) {
  const std::string path = temp.Write("key", std::string(size, 'k'));
  chmod(path.c_str(), mode);
  return path;
}

std::ptrdiff_t FilesIn(const TempDir& temp) {
  return std::distance(std::filesystem::directory_iterator(temp.path()),
                       std::filesystem::directory_iterator());
}

}  // namespace

TEST_CASE("key_file: a missing key is made for its owner only, once") {
  const TempDir temp;
  const std::string path = temp.File("key");
  CHECK(ReadKeyFile(path).error().code == Errc::kNotFound);
  const mode_t umask_before = umask(0);
  const auto made = ReadOrMakeKeyFile(path);
  umask(umask_before);
  REQUIRE(made);
  CHECK(made->size() == kSealKeySize);
  CHECK(ModeOf(path) == 0600);
  CHECK(ReadOrMakeKeyFile(path) == made);
  CHECK(ReadKeyFile(path) == made);
  CHECK(FilesIn(temp) == 1);
}

TEST_CASE("key_file: two files hold two keys") {
  const TempDir temp;
  CHECK(*ReadOrMakeKeyFile(temp.File("a")) !=
        *ReadOrMakeKeyFile(temp.File("b")));
}

TEST_CASE("key_file: of many that make it at once all get the same key") {
  const TempDir temp;
  std::vector<SecretBytes> keys(16);
  {
    std::vector<std::jthread> makers;
    for (SecretBytes& key : keys) {
      makers.emplace_back([&] {
        key = ReadOrMakeKeyFile(temp.File("key")).value_or(SecretBytes());
      });
    }
  }
  CHECK(keys.front().size() == kSealKeySize);
  for (const SecretBytes& key : keys) CHECK(key == keys.front());
  CHECK(FilesIn(temp) == 1);
}

TEST_CASE("key_file: a key of another size is refused and left alone") {
  for (const std::size_t size : {0, 31, 33, 4096}) {
    CAPTURE(size);
    const TempDir temp;
    const std::string path = WriteKey(temp, size, 0600);
    const auto key = ReadOrMakeKeyFile(path);
    REQUIRE_FALSE(key);
    CHECK(key.error().code == Errc::kUnavailable);
    CHECK(Mentions(key.error(), path));
    CHECK(std::filesystem::file_size(path) == size);
  }
}

TEST_CASE("key_file: a key that others may read or change is refused") {
  const TempDir temp;
  for (const mode_t mode : {0604, 0602, 0601, 0620, 0644, 0666}) {
    CAPTURE(mode);
    const auto key = ReadKeyFile(WriteKey(temp, kSealKeySize, mode));
    REQUIRE_FALSE(key);
    CHECK(Mentions(key.error(), "lies open to others"));
  }
  // As the store's own files are.
  CHECK(ReadKeyFile(WriteKey(temp, kSealKeySize, 0640)));
  CHECK(ReadKeyFile(WriteKey(temp, kSealKeySize, 0400)));
}

TEST_CASE("key_file: no directory, no right to it and no file are told") {
  const TempDir temp;
  const auto missing = ReadOrMakeKeyFile(temp.File("none/key"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::kUnavailable);
  CHECK(Mentions(missing.error(), temp.File("none/key")));
  CHECK(Mentions(missing.error(), "No such file"));
  const auto directory = ReadOrMakeKeyFile(temp.path());
  REQUIRE_FALSE(directory);
  CHECK(Mentions(directory.error(), "is not a file"));
}

TEST_CASE("key_file: another user neither reads nor makes it") {
  const TempDir temp;
  const std::string path = WriteKey(temp, kSealKeySize, 0600);
  chmod(temp.path().c_str(), 0755);
  CHECK(ForkedProcess([&](const ProcessLink&) {
          if (geteuid() == 0 && setuid(kNobody) != 0) return false;
          const auto read = ReadOrMakeKeyFile(path);
          const auto made = ReadOrMakeKeyFile(temp.File("other"));
          return !read && Mentions(read.error(), "Permission denied") &&
                 !made && Mentions(made.error(), "Permission denied") &&
                 made.error().code == Errc::kUnavailable;
        }).Succeeded());
}

TEST_CASE("key_file: a pipe in a secret's place keeps nobody waiting") {
  const TempDir temp;
  REQUIRE(mkfifo(temp.File("pipe").c_str(), 0600) == 0);
  const auto read = ReadSecretFile(temp.File("pipe"), 10);
  REQUIRE_FALSE(read);
  CHECK(Mentions(read.error(), "is not a file"));
}

TEST_CASE("key_file: a secret's file is read up to its bound") {
  const TempDir temp;
  CHECK(ReadSecretFile(temp.Write("a", "0123456789"), 10)->Reveal() ==
        "0123456789");
  CHECK(ReadSecretFile(temp.Write("a", ""), 10)->empty());
  const auto large = ReadSecretFile(temp.Write("a", "0123456789a"), 10);
  REQUIRE_FALSE(large);
  CHECK(Mentions(large.error(), "larger than 10 bytes"));
  const auto none = ReadSecretFile(temp.File("none"), 10);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::kUnavailable);
  CHECK(Mentions(none.error(), temp.File("none")));
}

}  // namespace dps
