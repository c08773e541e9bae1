// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/latency_tables.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

constexpr const char* kPath = "/latencyTable";
constexpr const char* kRows = "/latencyTable/rows";
constexpr const char* kCsv =
    "cidr,hub,milliseconds\n"
    "10.0.0.0/8,a.example,5\n"
    "10.0.0.0/8,b.example,12.5\n"
    "192.0.2.0/24,a.example,7\n";

std::string EtagOfInstance(OperatorAtWork& admin) {
  return Member(admin.Get("/instances/test"), "etag");
}

}  // namespace

TEST_CASE("latency_tables: a table is put, counted and given back") {
  OperatorAtWork admin;
  const Response put =
      admin.Put(kPath,
                "192.0.2.0/24,a.example,7\n10.0.0.0/8,b.example,12.500\n"
                "10.0.0.0/8,A.example,5\n");
  CHECK(put.status == 200);
  CHECK(Holds(put, R"({"rows":3,"prefixes":2,"hubs":2,"unlinkedHubs":[],)"));
  CHECK(put.headers.at("ETag") == "\"" + Member(put, "etag") + "\"");
  CHECK_FALSE(Member(put, "lastUpdatedDateTimeUtc").empty());
  CHECK(admin.Get(kPath).body == put.body);
  const Response rows = admin.Get(kRows);
  CHECK(rows.body == kCsv);
  CHECK(rows.headers.at("Content-Type") == "text/csv; charset=utf-8");
  CHECK(rows.headers.at("ETag") == put.headers.at("ETag"));
}

TEST_CASE("latency_tables: hubs that are not linked are taken and named") {
  OperatorAtWork admin;
  const Response put = admin.Put(
      kPath, "::/0,b.example,1\n::/0,d.example,1\n::/0,c.example,1\n");
  CHECK(Holds(put, R"("unlinkedHubs":["c.example","d.example"])"));
  admin.Put("/linkedHubs/c.example", R"({"name":"c.example"})");
  CHECK(Holds(admin.Get(kPath), R"("unlinkedHubs":["d.example"])"));
}

TEST_CASE("latency_tables: another table replaces the one there is by etag") {
  OperatorAtWork admin;
  const Response first = admin.Put(kPath, kCsv);
  CHECK(admin.Put(kPath, "::/0,a.example,1\n").status == 409);
  CHECK(admin.Put(kPath, "::/0,a.example,1\n", "stale").status == 412);
  CHECK(admin.Get(kRows).body == kCsv);
  admin.clock.Advance(std::chrono::hours(1));
  const Response second =
      admin.Put(kPath, "::/0,a.example,1\n", Member(first, "etag"));
  CHECK(second.status == 200);
  CHECK(Member(second, "etag") != Member(first, "etag"));
  CHECK(Member(second, "createdDateTimeUtc") ==
        Member(first, "createdDateTimeUtc"));
  CHECK(Member(second, "lastUpdatedDateTimeUtc") !=
        Member(first, "lastUpdatedDateTimeUtc"));
  CHECK(admin.Get(kRows).body == "cidr,hub,milliseconds\n::/0,a.example,1\n");
}

TEST_CASE("latency_tables: the table there is, once more, writes nothing") {
  OperatorAtWork admin;
  const Response first = admin.Put(kPath, kCsv);
  const std::string instance = EtagOfInstance(admin);
  admin.clock.Advance(std::chrono::hours(1));
  CHECK(admin.Put(kPath, std::string("# again\n") + kCsv, "*").body ==
        first.body);
  CHECK(EtagOfInstance(admin) == instance);
  CHECK(admin.Put(kPath, kCsv, "stale").status == 412);
}

TEST_CASE("latency_tables: a bad file changes nothing and its line is named") {
  OperatorAtWork admin;
  admin.Put(kPath, kCsv);
  const Response refused =
      admin.Put(kPath, "10.0.0.0/8,a.example,1\n10.0.0.1/8,a.example,1\n", "*");
  CHECK(refused.status == 400);
  CHECK(Message(refused).starts_with("line 2: '10.0.0.1/8' sets bits"));
  CHECK(admin.Put(kPath, "", "*").status == 400);
  const std::string huge(limits::kLatencyTableBytesMax + 1, '\n');
  CHECK(admin.Put(kPath, huge, "*").status == 413);
  CHECK(admin.Get(kRows).body == kCsv);
}

TEST_CASE("latency_tables: the instance tells which table it has") {
  OperatorAtWork admin;
  const auto named = [&] {
    const auto snapshot = admin.memory().Read();
    REQUIRE(snapshot);
    return (*(*snapshot)->FindInstance(admin.scope))->latency_table_etag;
  };
  const std::string before = EtagOfInstance(admin);
  const Response put = admin.Put(kPath, kCsv);
  CHECK(named() == Member(put, "etag"));
  CHECK(EtagOfInstance(admin) != before);
  CHECK(admin.Delete(kPath).status == 204);
  CHECK(named().empty());
}

TEST_CASE("latency_tables: what is not there is 404, and deleted once") {
  OperatorAtWork admin;
  CHECK(admin.Get(kPath).status == 404);
  CHECK(admin.Get(kRows).status == 404);
  CHECK(admin.Delete(kPath).status == 404);
  CHECK(admin.Put(kPath, kCsv, "*").status == 404);
  admin.Put(kPath, kCsv);
  CHECK(admin.Delete(kPath, "stale").status == 412);
  CHECK(admin.Delete(kPath).status == 204);
  CHECK(admin.Get(kPath).status == 404);
  CHECK(admin.Post(kPath).status == 405);
}

}  // namespace dps
