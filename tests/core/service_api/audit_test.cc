// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/audit.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

class AuditedOperator {
 public:
  AuditedOperator() {
    REQUIRE(Send("PUT", "/instances/test", R"({"idScope":"0neTEST"})").status ==
            200);
  }

  Response Send(const std::string& method, const std::string& path,
                const std::string& body = "", const std::string& etag = "",
                std::map<std::string, std::string> query = {}) {
    query["api-version"] = "2021-10-01";
    return api_.Handle({.method = method,
                        .path = path,
                        .query = query,
                        .headers = {{"If-Match", etag}},
                        .body = body,
                        .id_scope = IdScope::Parse("0neTEST").value(),
                        .caller = caller});
  }
  std::vector<std::string> Lines() const {
    std::ifstream lines_file(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(lines_file, line);)
      lines.push_back(line);
    return lines;
  }

  TempDir directory;
  const std::string file = directory.path() + "/audit.log";
  Caller caller{.name = "policy p",
                .address = "192.0.2.7",
                .rights = AccessRights::All(),
                .is_local = true};
  FakeClock clock;
  CollectedLog log;

 private:
  MemoryStore store_;
  SecretBox secrets_{directory.path()};
  Audit audit_{file, clock, log};
  ServiceApi api_{store_, clock, secrets_, log, &audit_};
};

bool Has(const std::string& line, const std::string& text) {
  return line.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("audit: a change is one line that says who, what and both etags") {
  AuditedOperator admin;
  const Response created =
      admin.Send("PUT", "/enrollments/a", EnrollmentJson("a"));
  const std::string first = Member(created, "etag");
  const Response changed =
      admin.Send("PUT", "/enrollments/a", EnrollmentJson("a"), first);
  REQUIRE(changed.status == 200);
  REQUIRE(admin.Send("DELETE", "/enrollments/a", "", "*").status == 204);
  const auto lines = admin.Lines();
  REQUIRE(lines.size() == 4);
  CHECK(Has(lines[1], R"("who":"policy p","from":"192.0.2.7",)"
                      R"("idScope":"0neTEST","operation":"PUT /enrollments/a",)"
                      R"("status":200,"changes":[{"kind":"enrollment",)"
                      R"("id":"a","etagAfter":")" +
                          first + "\"}]}"));
  CHECK(Has(lines[1], R"("trackingId":")" +
                          created.headers.at("x-ms-request-id") + "\""));
  CHECK(Has(lines[2], R"("etagBefore":")" + first + R"(","etagAfter":")" +
                          Member(changed, "etag") + "\""));
  CHECK(Has(lines[3], R"("kind":"enrollment","id":"a","etagBefore":")" +
                          Member(changed, "etag") + "\"}"));
}

TEST_CASE("audit: an export has a line if it showed keys") {
  AuditedOperator admin;
  admin.Send("POST", "/enrollments/export");
  admin.Send("POST", "/enrollments/export/");
  CHECK(admin.Lines().size() == 1);
  admin.Send("POST", "/enrollments/export", "", "", {{"withKeys", "true"}});
  REQUIRE(admin.Lines().size() == 2);
  CHECK(Has(admin.Lines()[1], R"("operation":"POST /enrollments/export")"));
}

TEST_CASE("audit: a change is written down whatever the name of what changed") {
  AuditedOperator admin;
  for (const char* path :
       {"/enrollments/query", "/enrollments/export", "/enrollments/QUERY"}) {
    const std::size_t before = admin.Lines().size();
    const std::string id = std::string(path).substr(13);
    CHECK(admin.Send("PUT", path, EnrollmentJson(id)).status == 200);
    CHECK(admin.Lines().size() == before + 1);
    CHECK(admin.Send("DELETE", path, "", "*").status == 204);
    CHECK(admin.Lines().size() == before + 2);
  }
  const std::size_t before = admin.Lines().size();
  CHECK(admin.Send("POST", "/enrollments/QUERY").status == 200);
  CHECK(admin.Lines().size() == before);
}

TEST_CASE("audit: no key ever gets into it, and reads leave no line") {
  AuditedOperator admin;
  const std::string body = EnrollmentJson("a", "", Keys(kKeyA, kKeyB));
  admin.Send("PUT", "/enrollments/a", body);
  admin.Send("PUT", "/enrollments/a", body);
  admin.Send("GET", "/enrollments/a");
  admin.Send("POST", "/enrollments/query");
  admin.Send("POST", "/enrollments/a/attestationmechanism");
  const auto lines = admin.Lines();
  REQUIRE(lines.size() == 4);
  for (const std::string& line : lines) {
    CHECK_FALSE(Has(line, kKeyA));
    CHECK_FALSE(Has(line, kKeyB));
  }
  CHECK(Has(lines[2], R"("status":409,"message":"enrollment a exists )"
                      R"(already"})"));
  CHECK(Has(lines[3], "/attestationmechanism"));
}

TEST_CASE("audit: refused reads are written down, but no flood of them") {
  AuditedOperator admin;
  admin.caller.rights = *AccessRights::Parse("DeviceConnect");
  for (std::size_t i = 0; i < limits::kRefusalsAudited + 5; ++i) {
    CHECK(admin.Send("GET", "/enrollments/a").status == 401);
  }
  CHECK(admin.Lines().size() == 1 + limits::kRefusalsAudited);
  CHECK(Has(admin.Lines().back(), "policy p lacks the right EnrollmentRead"));
  admin.clock.Advance(std::chrono::seconds{2});
  admin.Send("GET", "/enrollments/a");
  CHECK(Has(admin.Lines().back(), R"("refusalsLeftOut":5)"));
}

TEST_CASE("audit: what a stranger sends cannot begin a line of its own") {
  AuditedOperator admin;
  admin.Send("PUT", "/enrollments/a\n{\"who\":\"root\"}", "{}");
  CHECK(admin.Lines().size() == 2);
  CHECK(Has(admin.Lines().back(), R"(\\x0a{\"who\":\"root\"})"));
}

TEST_CASE("audit: what cannot be written down is not done") {
  AuditedOperator admin;
  std::filesystem::remove(admin.file);
  std::filesystem::create_directory(admin.file);
  const Response refused =
      admin.Send("PUT", "/enrollments/a", EnrollmentJson("a"));
  CHECK(refused.status == 503);
  CHECK(admin.Send("GET", "/enrollments/a").status == 404);
  REQUIRE_FALSE(admin.log.lines.empty());
  CHECK(Has(admin.log.lines.front(), "audit.log"));
}

TEST_CASE("audit: a file that was moved away is begun anew") {
  AuditedOperator admin;
  std::filesystem::rename(admin.file, admin.file + ".1");
  admin.Send("PUT", "/enrollments/a", EnrollmentJson("a"));
  CHECK(admin.Lines().size() == 1);
}

}  // namespace dps
