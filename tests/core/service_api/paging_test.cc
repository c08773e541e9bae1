// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/paging.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

std::vector<std::string> Ids(const Response& page) {
  std::vector<std::string> ids;
  const auto document =
      JsonDocument::ParseObject("{\"rows\":" + page.body + "}");
  REQUIRE(document);
  const auto rows = *document->root().OptionalArray("rows");
  for (const JsonView row : rows) ids.push_back(*row.String("registrationId"));
  return ids;
}

void Enroll(OperatorAtWork& admin, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    REQUIRE(admin.Put("/enrollments/" + id, EnrollmentJson(id)).status == 200);
  }
}

}  // namespace

TEST_CASE("paging: pages meet without gap or repetition, the last says so") {
  OperatorAtWork admin;
  Enroll(admin, {"C", "a", "e", "b", "D"});
  Headers headers = {{"x-ms-max-item-count", "2"}};
  std::vector<std::string> all;
  int pages = 0;
  while (true) {
    const Response page = admin.Post("/enrollments/query", headers);
    REQUIRE(page.status == 200);
    CHECK(page.headers.at("x-ms-item-type") == "Enrollment");
    for (const std::string& id : Ids(page)) all.push_back(id);
    ++pages;
    const auto next = page.headers.find("x-ms-continuation");
    if (next == page.headers.end()) break;
    headers["x-ms-continuation"] = next->second;
  }
  CHECK(all == std::vector<std::string>{"a", "b", "C", "D", "e"});
  CHECK(pages == 3);
}

TEST_CASE("paging: a full last page has no continuation") {
  OperatorAtWork admin;
  Enroll(admin, {"a", "b"});
  const Response page =
      admin.Post("/enrollments/query", {{"x-ms-max-item-count", "2"}});
  CHECK(Ids(page).size() == 2);
  CHECK(page.headers.count("x-ms-continuation") == 0);
}

TEST_CASE("paging: a token works with another page size and after deletions") {
  OperatorAtWork admin;
  Enroll(admin, {"a", "b", "c", "d"});
  const Response first =
      admin.Post("/enrollments/query", {{"x-ms-max-item-count", "2"}});
  admin.Delete("/enrollments/b");
  const Response rest = admin.Post(
      "/enrollments/query",
      {{"x-ms-max-item-count", "1"},
       {"x-ms-continuation", first.headers.at("x-ms-continuation")}});
  CHECK(Ids(rest) == std::vector<std::string>{"c"});
}

TEST_CASE("paging: nothing enrolled is an empty array with its item type") {
  OperatorAtWork admin;
  for (const auto& [path, type] :
       {std::pair{"/enrollments/query", "Enrollment"},
        {"/enrollmentGroups/query", "EnrollmentGroup"},
        {"/registrations/g/query", "DeviceRegistration"},
        {"/registrations/query", "DeviceRegistration"}}) {
    const Response page = admin.Post(path);
    CHECK(page.status == 200);
    CHECK(page.body == "[]");
    CHECK(page.headers.at("x-ms-item-type") == type);
  }
}

TEST_CASE("paging: any query text means everything, no JSON is refused") {
  OperatorAtWork admin;
  Enroll(admin, {"a"});
  for (const char* body :
       {"", "{}", R"({"query":"*"})", R"({"query":"SELECT * FROM x WHERE"})",
        R"({"query":"{'additional_properties': {}, 'query': 'SELECT *'}"})"}) {
    CHECK(Ids(admin.Send("POST", "/enrollments/query", {}, body)).size() == 1);
  }
  CHECK(admin.Send("POST", "/enrollments/query", {}, "SELECT *").status == 400);
}

TEST_CASE("paging: a wrong count or token is refused, a large count is cut") {
  for (const char* count : {"0", "-1", "1.5", "x", "99999999999999999999"}) {
    CHECK(
        ParsePage({.headers = {{"x-ms-max-item-count", count}}}).error().code ==
        Errc::kInvalidArgument);
  }
  for (const char* token : {"!", "AA==", "a", "eHh4_w=="}) {
    CHECK(ParsePage({.headers = {{"x-ms-continuation", token}}}).error().code ==
          Errc::kInvalidArgument);
  }
  const std::string long_key = Base64Encode(std::string(600, 'x'));
  CHECK_FALSE(ParsePage({.headers = {{"x-ms-continuation", long_key}}}));
  CHECK(ParsePage({.headers = {{"x-ms-max-item-count", "1000000"}}})->limit ==
        limits::kQueryPageMax);
  CHECK(ParsePage({})->limit == limits::kQueryPageDefault);
}

}  // namespace dps
