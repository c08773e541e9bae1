// SPDX-License-Identifier: Apache-2.0
#include "core/base/secret_box.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/mentions.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr std::size_t kSecretFileMax = std::size_t{16} * 1024;
const std::string kSecret = "HostName=h;SharedAccessKey=abc=";

Error Refusal(const SecretBox& box, const std::string& stored) {
  const auto opened = box.Open(stored, "hub-1");
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message.find(kSecret) == std::string::npos);
  return opened.error();
}

}  // namespace

TEST_CASE("secret_box: a sealed secret opens, in another process as well") {
  const TempDir temp;
  const auto sealed =
      SecretBox(temp.path()).Seal(SecretBytes(kSecret), "hub-1");
  REQUIRE(sealed);
  CHECK(sealed->starts_with("sealed:v1:"));
  CHECK(sealed->find("HostName") == std::string::npos);
  CHECK(SecretBox(temp.path()).Open(*sealed, "hub-1")->Reveal() == kSecret);
}

TEST_CASE("secret_box: nothing is made before something is sealed") {
  const TempDir temp;
  const SecretBox box(temp.path());
  CHECK(Mentions(Refusal(box, "sealed:v1:AAAA"), "restore it"));
  CHECK(access(temp.File("secrets.key").c_str(), F_OK) != 0);
  REQUIRE(box.Seal(SecretBytes(kSecret), "hub-1"));
  CHECK(access(temp.File("secrets.key").c_str(), F_OK) == 0);
}

TEST_CASE("secret_box: for another hub, or with another key, it stays shut") {
  const TempDir temp;
  const SecretBox box(temp.path());
  const std::string sealed = *box.Seal(SecretBytes(kSecret), "hub-2");
  CHECK(Refusal(box, sealed).code == Errc::kInvalidArgument);
  CHECK(Mentions(Refusal(box, sealed), "for another hub"));
  const std::string own = *box.Seal(SecretBytes(kSecret), "hub-1");
  unlink(temp.File("secrets.key").c_str());
  CHECK(Refusal(box, own).code == Errc::kUnavailable);
  CHECK(Mentions(Refusal(box, own), temp.File("secrets.key")));
  REQUIRE(box.Seal(SecretBytes("new"), "hub-1"));
  CHECK(Refusal(box, own).code == Errc::kInvalidArgument);
}

TEST_CASE("secret_box: what is cut, damaged or of another form is refused") {
  const TempDir temp;
  const SecretBox box(temp.path());
  const std::string sealed = *box.Seal(SecretBytes(kSecret), "hub-1");
  CHECK(Refusal(box, sealed.substr(0, sealed.size() - 4)).code ==
        Errc::kInvalidArgument);
  CHECK(Refusal(box, sealed + "AAAA").code == Errc::kInvalidArgument);
  std::string other = sealed;
  other[20] = other[20] == 'A' ? 'B' : 'A';
  CHECK(Refusal(box, other).code == Errc::kInvalidArgument);
  for (const char* stored :
       {"", "sealed:v1:", "sealed:v1:!", "sealed:v2:AAAA", "sealed:", "x",
        "plain:x", "(sealed)", "FILE:/x"}) {
    CAPTURE(stored);
    CHECK(Refusal(box, stored).code == Errc::kInvalidArgument);
  }
}

TEST_CASE(
    "secret_box: a key that lies open to others seals and opens nothing") {
  const TempDir temp;
  const SecretBox box(temp.path());
  const std::string sealed = *box.Seal(SecretBytes(kSecret), "hub-1");
  chmod(temp.File("secrets.key").c_str(), 0644);
  CHECK(Mentions(Refusal(box, sealed), "chmod 600"));
  const auto again = box.Seal(SecretBytes(kSecret), "hub-1");
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::kUnavailable);
  chmod(temp.File("secrets.key").c_str(), 0600);
  CHECK(box.Open(sealed, "hub-1"));
}

TEST_CASE("secret_box: a file holds a secret of one line") {
  const TempDir temp;
  const SecretBox box(temp.path());
  const auto opened = [&](const std::string& content) {
    return box.Open("file:" + temp.Write("s", content), "")
        .value_or(SecretBytes("refused"));
  };
  for (const char* end : {"", "\n", "\r\n"}) {
    CHECK(opened(kSecret + end) == SecretBytes(kSecret));
  }
  CHECK(opened(" a b ") == SecretBytes(" a b "));
  CHECK(opened(std::string(kSecretFileMax, 'x')).size() == kSecretFileMax);
  for (const std::string& bad :
       {std::string(), std::string("\n"), kSecret + "\n" + kSecret,
        kSecret + "\n\n", std::string(kSecretFileMax + 1, 'x')}) {
    const Error error = Refusal(box, "file:" + temp.Write("s", bad));
    CHECK(error.code == Errc::kUnavailable);
    CHECK(Mentions(error, temp.File("s")));
  }
}

TEST_CASE("secret_box: a file that cannot be read is named, with the reason") {
  const TempDir temp;
  const SecretBox box(temp.path());
  const Error missing = Refusal(box, "file:" + temp.File("none"));
  CHECK(missing.code == Errc::kUnavailable);
  CHECK(Mentions(missing, temp.File("none") + ": No such file"));
  CHECK(Mentions(Refusal(box, "file:" + temp.path()), "is not a file"));
  for (const char* path : {"file:", "file:relative/path", "file:./x"}) {
    CHECK(Refusal(box, path).code == Errc::kInvalidArgument);
  }
}

TEST_CASE("secret_box: an environment variable holds a secret") {
  const TempDir temp;
  const SecretBox box(temp.path());
  setenv("DPS_TEST_SECRET", kSecret.c_str(), 1);
  CHECK(box.Open("env:DPS_TEST_SECRET", "")->Reveal() == kSecret);
  setenv("DPS_TEST_SECRET", "", 1);
  CHECK(Mentions(Refusal(box, "env:DPS_TEST_SECRET"), "is empty"));
  unsetenv("DPS_TEST_SECRET");
  CHECK(Mentions(Refusal(box, "env:DPS_TEST_SECRET"),
                 "DPS_TEST_SECRET is not set"));
  for (const char* name : {"env:", "env:A=B", "env:1A", "env:A B"}) {
    CHECK(Refusal(box, name).code == Errc::kInvalidArgument);
  }
}

}  // namespace dps
