// SPDX-License-Identifier: Apache-2.0
// Files of enrollments in and out, by the real dpsctl.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

// A file of that name that dpsctl can be given.
std::string FileWith(const Dpsctl& dpsctl, const std::string& name,
                     const std::string& text) {
  const std::string path = dpsctl.directory().File(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// A command of import or export that goes well; its notes are not looked at.
std::string Done(const Dpsctl& dpsctl,
                 const std::vector<std::string>& arguments) {
  const CommandResult result = dpsctl.Run(arguments);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

std::string JsonRow(const std::string& id) {
  return R"({"registrationId":")" + id +
         R"(","attestation":{"type":"symmetricKey","symmetricKey":)"
         R"({"primaryKey":")" +
         kKeyA + R"(","secondaryKey":")" + kKeyB + "\"}}}\n";
}

}  // namespace

TEST_CASE(
    "enrollment_import: a table is imported, and again without a change") {
  const Dpsctl dpsctl;
  const std::string file =
      FileWith(dpsctl, "devices.csv",
               "registrationId,primaryKey,iotHubs,initialTwin\r\n"
               "dev-1," +
                   kKeyA +
                   ",a.example b.example,\"{\"\"tags\"\":{\"\"x\"\":1}}\"\r\n"
                   "dev-2,,,\n");
  const CommandResult first = dpsctl.Run({"enrollment", "import", file});
  CHECK(first.exit_code == 0);
  CHECK(first.err == "dpsctl: 2 imported, 0 refused\n");
  CHECK(Holds(first.out, "\"created\": 2,"));
  CHECK(
      Holds(Done(dpsctl, {"enrollment", "import", file}), "\"unchanged\": 2,"));
  const std::string shown =
      dpsctl.Json({"enrollment", "show", "--eid", "dev-1", "--show-keys"});
  CHECK(Holds(shown, kKeyA));
  CHECK(Holds(shown, "\"x\": 1"));
  CHECK(Holds(shown, "b.example"));
}

TEST_CASE("enrollment_import: refused rows are told by line, the rest is in") {
  const Dpsctl dpsctl;
  const std::string results = dpsctl.directory().File("refused.ndjson");
  const std::string file = FileWith(
      dpsctl, "devices.ndjson",
      JsonRow("dev-1") + "\n{\n" + JsonRow("dev 3") + JsonRow("dev-4"));
  const CommandResult result = dpsctl.Run(
      {"enrollment", "import", file, "--results", results, "-o", "table"});
  CHECK(result.exit_code == 1);
  CHECK(Holds(result.err, "dpsctl: line 3: "));
  CHECK(Holds(result.err, "dpsctl: line 4 (dev 3): the registration id must"));
  CHECK(result.err.ends_with("dpsctl: 2 imported, 2 refused\n"));
  CHECK(Holds(TextOf(results),
              R"({"line":4,"registrationId":"dev 3","errorCode":400002,)"));
  CHECK_FALSE(Holds(TextOf(results), kKeyA));
  CHECK_FALSE(Holds(result.err, kKeyA));
  CHECK(Member(dpsctl.Json({"enrollment", "show", "--eid", "dev-4"}),
               "registrationId") == "dev-4");
}

TEST_CASE("enrollment_import: twenty refusals are shown, all are written") {
  const Dpsctl dpsctl;
  std::string rows = "registrationId\n";
  for (int i = 0; i < 30; ++i) rows += "bad id\n";
  const std::string results = dpsctl.directory().File("refused");
  const CommandResult result =
      dpsctl.Run({"enrollment", "import", FileWith(dpsctl, "d.csv", rows),
                  "--results", results});
  CHECK(std::ranges::count(result.err, '\n') == 21);
  CHECK(Holds(result.err, "0 imported, 30 refused"));
  const std::string written = TextOf(results);
  CHECK(std::ranges::count(written, '\n') == 30);
}

TEST_CASE("enrollment_import: thousands of rows go in pieces") {
  const Dpsctl dpsctl;
  std::string rows = "registrationId\n";
  for (int i = 0; i < 2500; ++i) rows += "dev-" + std::to_string(i) + "\n";
  const std::string file = FileWith(dpsctl, "devices.csv", rows);
  CHECK(Holds(Done(dpsctl, {"enrollment", "import", file}),
              "\"created\": 2500,"));
  const std::string exported =
      Done(dpsctl, {"enrollment", "export", "--format", "csv"});
  CHECK(std::ranges::count(exported, '\n') == 2501);
  const CommandResult deleted =
      dpsctl.Run({"enrollment", "import", file, "--mode", "delete"});
  CHECK(deleted.err == "dpsctl: 2500 deleted, 0 refused\n");
  CHECK(dpsctl.Json({"enrollment", "list"}) == "[]\n");
}

TEST_CASE("enrollment_import: an export makes the same again, in both forms") {
  const Dpsctl dpsctl;
  const std::string file =
      FileWith(dpsctl, "in", JsonRow("dev-1") + JsonRow("dev-2"));
  Done(dpsctl, {"enrollment", "import", file});
  Done(dpsctl, {"enrollment-group", "create", "--eid", "line", "--pk", kKeyA,
                "--sk", kKeyB, "--tags", "{\"a\":\"x,\\\"y\\\"\"}"});
  for (const std::string form : {"csv", "ndjson"}) {
    for (const std::string noun : {"enrollment", "enrollment-group"}) {
      const std::string out = dpsctl.directory().File(noun + "." + form);
      Done(dpsctl, {noun, "export", out, "--show-keys"});
      CHECK(Holds(TextOf(out), kKeyB));
      CHECK(Holds(Done(dpsctl, {noun, "import", out}), "\"updated\": 0,"));
      Done(dpsctl, {noun, "import", out, "--mode", "delete"});
      Done(dpsctl, {noun, "import", out, "--mode", "create"});
      const std::string again =
          Done(dpsctl, {noun, "export", "--show-keys", "--format", form});
      CHECK(Holds(again, kKeyA));
      if (form == "csv") CHECK(again == TextOf(out));
    }
  }
}

TEST_CASE("enrollment_import: an export is without keys and says so") {
  const Dpsctl dpsctl;
  Done(dpsctl, {"enrollment", "import", FileWith(dpsctl, "in", JsonRow("a"))});
  const std::string out = dpsctl.directory().File("out.ndjson");
  const CommandResult result = dpsctl.Run({"enrollment", "export", out});
  CHECK(result.out.empty());
  CHECK(result.err ==
        "dpsctl: without keys and certificates; --show-keys exports them, "
        "too\n");
  CHECK(Holds(TextOf(out), R"("registrationId":"a")"));
  CHECK_FALSE(Holds(TextOf(out), kKeyA));
}

TEST_CASE("enrollment_import: a file that cannot be read changes nothing") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Refusal({"enrollment", "import", "/nonexistent"}),
              "cannot read /nonexistent"));
  CHECK(
      Holds(dpsctl.Refusal({"enrollment", "import",
                            FileWith(dpsctl, "a.csv", "registrationID,key\n")}),
            "there is no column key; there are registrationId, "));
  CHECK(Holds(
      dpsctl.Refusal({"enrollment", "import", FileWith(dpsctl, "b.csv", "")}),
      "the file is empty"));
  CHECK(Holds(dpsctl.Refusal({"enrollment", "import",
                              FileWith(dpsctl, "c.csv",
                                       "registrationId\ndev-1\nd\"ev\n")}),
              "line 3: a quote within a field"));
  CHECK(Holds(dpsctl.UsageError({"enrollment", "import", "a", "--mode", "x"}),
              "--mode"));
  CHECK(dpsctl.Json({"enrollment", "list"}) == "[]\n");
}

TEST_CASE(
    "enrollment_import: a row too large is refused, those around are in") {
  const Dpsctl dpsctl;
  const std::string large = "{\"x\":\"" + std::string(300'000, 'x') + "\"}\n";
  const CommandResult result = dpsctl.Run(
      {"enrollment", "import",
       FileWith(dpsctl, "in",
                "\xef\xbb\xbf" + JsonRow("a") + large + JsonRow("b"))});
  CHECK(Holds(result.err, "line 2: the row is larger than 262144 bytes"));
  CHECK(Holds(result.err, "2 imported, 1 refused"));
}

}  // namespace dps
