// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

constexpr const char* kCsv =
    "cidr,hub,milliseconds\n"
    "0.0.0.0/0,b.example,90\n"
    "10.0.0.0/8,a.example,5.25\n";

std::vector<std::string> Import(const std::string& path) {
  return {"latency-table", "import", "--path", path};
}

}  // namespace

TEST_CASE("latency-table: a file is imported, shown, exported and deleted") {
  const Dpsctl dpsctl;
  const std::string path = dpsctl.directory().Write("latencies.csv", kCsv);
  const std::string imported = dpsctl.Json(Import(path));
  CHECK(Holds(imported, "\"rows\": 2"));
  CHECK(dpsctl.Json({"latency-table", "show"}) == imported);
  CHECK(dpsctl.Json({"latency-table", "export"}) == kCsv);
  CHECK(dpsctl.Json({"latency-table", "export", "-o", "table"}) == kCsv);
  CHECK(dpsctl.Json({"latency-table", "delete"}).empty());
  CHECK(dpsctl.Refusal({"latency-table", "show"}) ==
        "there is no latency table");
}

TEST_CASE("latency-table: an import replaces the table there is") {
  const Dpsctl dpsctl;
  dpsctl.Json(Import(dpsctl.directory().Write("old.csv", kCsv)));
  const std::string path =
      dpsctl.directory().Write("new.csv", "::/0,a.example,1\n");
  auto stale = Import(path);
  stale.insert(stale.end(), {"--etag", "stale"});
  CHECK(Holds(dpsctl.Refusal(stale), "another etag"));
  CHECK(Holds(dpsctl.Json(Import(path)), "\"rows\": 1"));
  CHECK(dpsctl.Unchanged(Import(path)) ==
        dpsctl.Json({"latency-table", "show"}));
}

TEST_CASE("latency-table: lookup shows the row that decides for each hub") {
  const Dpsctl dpsctl;
  dpsctl.Json(Import(dpsctl.directory().Write("latencies.csv", kCsv)));
  CHECK(dpsctl.Json({"latency-table", "lookup", "--address", "10.1.2.3", "-o",
                     "table"}) ==
        "hub        milliseconds  cidr\n"
        "---------  ------------  ----------\n"
        "a.example  5.25          10.0.0.0/8\n"
        "b.example  90            0.0.0.0/0\n");
  CHECK(dpsctl.Json({"latency-table", "lookup", "--address", "::1"}) == "[]\n");
  CHECK(dpsctl.Refusal({"latency-table", "lookup", "--address", "here"}) ==
        "'here' is not an address of IPv4 or IPv6");
}

TEST_CASE("latency-table: hubs that are not linked are noted") {
  const Dpsctl dpsctl;
  std::string csv;
  for (int i = 1; i < 8; ++i) {
    csv += "10.0.0.0/8,h" + std::to_string(i) + ".example,1\n";
  }
  const CommandResult result =
      dpsctl.Run(Import(dpsctl.directory().Write("odd.csv", csv)));
  CHECK(result.exit_code == 0);
  CHECK(result.err ==
        "dpsctl: hubs of the table that are not linked: h1.example, "
        "h2.example, h3.example, h4.example, h5.example and 2 more\n");
}

TEST_CASE("latency-table: a bad or missing file changes nothing") {
  const Dpsctl dpsctl;
  dpsctl.Json(Import(dpsctl.directory().Write("good.csv", kCsv)));
  const std::string bad = dpsctl.directory().Write(
      "bad.csv", "10.0.0.0/8,a.example,1\n10.0.0.0/8,a.example,2\n");
  CHECK(dpsctl.Refusal(Import(bad)) ==
        "line 2: line 1 already tells the latency from 10.0.0.0/8 to "
        "a.example");
  CHECK(Holds(dpsctl.Refusal(Import("/nonexistent.csv")),
              "cannot read /nonexistent.csv"));
  CHECK(Holds(dpsctl.UsageError({"latency-table", "import"}), "--path"));
  CHECK(dpsctl.Json({"latency-table", "export"}) == kCsv);
}

}  // namespace dps
