// SPDX-License-Identifier: Apache-2.0
#include "core/http/ca_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace dps {
namespace {

std::string CaIn(const TempDir& directory) {
  const auto made = MakeTestCa(directory.path());
  REQUIRE(made);
  std::ifstream file(made->ca_file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string MessageFor(const std::string& path) {
  const Status checked = CheckCaFile(path);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().message.starts_with(path + ": "));
  return checked.error().message.substr(path.size() + 2);
}

}  // namespace

TEST_CASE("ca_file: certificates are taken, with text around them") {
  const TempDir temp;
  const std::string ca = CaIn(temp);
  CHECK(CheckCaFile(temp.Write("one", ca)));
  CHECK(CheckCaFile(temp.Write("two", "# ours\n" + ca + "\n" + ca)));
  CHECK(CheckCaFile("/etc/ssl/certs/ca-certificates.crt"));
}

TEST_CASE("ca_file: what holds no certificates is refused and named") {
  const TempDir temp;
  CHECK(MessageFor("/nonexistent.pem") == "it cannot be read");
  CHECK(MessageFor(temp.path()) == "it cannot be read");
  const std::string pipe = temp.File("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(MessageFor(pipe) == "it cannot be read");
  CHECK(MessageFor(temp.Write("empty", "")) ==
        "there is no PEM block in the text");
  CHECK(MessageFor(temp.Write("text", "certificate")) ==
        "there is no PEM block in the text");
  CHECK(MessageFor(temp.Write("other",
                              "-----BEGIN DATA-----\nQUFB\n-----END "
                              "DATA-----\n")) ==
        "there is no certificate in it");
  CHECK(MessageFor(temp.Write("large", std::string(5 << 20, 'x'))) ==
        "it is larger than 4194304 bytes");
}

TEST_CASE("ca_file: one damaged certificate spoils the file") {
  const TempDir temp;
  const std::string ca = CaIn(temp);
  CHECK(MessageFor(temp.Write("cut", ca + ca.substr(0, ca.size() / 2))) ==
        "the PEM is damaged");
  CHECK(MessageFor(temp.Write(
            "none", ca + "-----BEGIN CERTIFICATE-----\nMIIC\n-----END "
                         "CERTIFICATE-----\n")) != "");
}

}  // namespace dps
