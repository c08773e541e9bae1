// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/bulk.h"

#include <doctest/doctest.h>

#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

Response Bulk(OperatorAtWork& admin, const std::string& mode,
              const std::string& items,
              const std::string& path = "/enrollments") {
  const std::string member =
      path.starts_with("/enrollments") ? "enrollments" : "enrollmentGroups";
  return admin.Send(
      "POST", path, {},
      R"({"mode":")" + mode + R"(",")" + member + "\":[" + items + "]}");
}

constexpr const char* kAllDone = R"({"isSuccessful":true,"errors":[]})";

}  // namespace

TEST_CASE("bulk: create stores all but the duplicate and names that") {
  OperatorAtWork admin;
  REQUIRE(admin.Put("/enrollments/b", EnrollmentJson("b")).status == 200);
  const Response answer = Bulk(admin, "create",
                               EnrollmentJson("a") + "," + EnrollmentJson("b") +
                                   "," + EnrollmentJson("c"));
  CHECK(answer.status == 200);
  CHECK(answer.body ==
        R"({"isSuccessful":false,"errors":[{"registrationId":"b",)"
        R"("errorCode":409000,"errorStatus":"enrollment b exists already"}]})");
  CHECK(admin.Get("/enrollments/a").status == 200);
  CHECK(admin.Get("/enrollments/c").status == 200);
}

TEST_CASE("bulk: modes are known in any letter case, with and without slash") {
  OperatorAtWork admin;
  CHECK(Bulk(admin, "CREATE", EnrollmentJson("a"), "/enrollments/").body ==
        kAllDone);
  CHECK(Bulk(admin, "Update",
             EnrollmentJson("a", R"(,"provisioningStatus":"disabled")"))
            .body == kAllDone);
  CHECK(Holds(admin.Get("/enrollments/a"), "disabled"));
  const std::string etag = Member(admin.Get("/enrollments/a"), "etag");
  const std::string with_etag =
      EnrollmentJson("a", R"(,"etag":")" + etag + "\"");
  CHECK(Bulk(admin, "updateIfMatchEtag", with_etag).body == kAllDone);
  CHECK(Holds(Bulk(admin, "updateIfMatchETag", with_etag), "412000"));
  CHECK(Holds(Bulk(admin, "updateIfMatchETag", EnrollmentJson("a")),
              "needs an etag"));
  CHECK(Bulk(admin, "delete", R"({"registrationId":"a"})").body == kAllDone);
  CHECK(Holds(Bulk(admin, "delete", R"({"registrationId":"a"})"), "404201"));
  CHECK(Holds(Bulk(admin, "update", EnrollmentJson("a")), "404201"));
}

TEST_CASE("bulk: groups go the same way") {
  OperatorAtWork admin;
  CHECK(Bulk(admin, "create", GroupJson("g"), "/enrollmentGroups").body ==
        kAllDone);
  CHECK(Holds(Bulk(admin, "create", GroupJson("g"), "/enrollmentgroups/"),
              R"("enrollmentGroupId":"g","errorCode":409000)"));
}

TEST_CASE("bulk: eleven, none, and what is no bulk change nothing") {
  OperatorAtWork admin;
  std::string items = EnrollmentJson("e0");
  for (int i = 1; i < 11; ++i) {
    items += "," + EnrollmentJson("e" + std::to_string(i));
  }
  CHECK(Bulk(admin, "create", items).status == 400);
  CHECK(Bulk(admin, "create", "").status == 400);
  CHECK(Bulk(admin, "upsert", EnrollmentJson("a")).status == 400);
  CHECK(Bulk(admin, "create", EnrollmentJson("a") + ",7").status == 400);
  CHECK(Bulk(admin, "create", EnrollmentJson("a") + ",{}").status == 400);
  CHECK(admin.Send("POST", "/enrollments", {}, "[]").status == 400);
  CHECK(admin.Send("POST", "/enrollments", {}, R"({"mode":"create"})").status ==
        400);
  CHECK(admin.Post("/enrollments/query").body == "[]");
}

TEST_CASE("bulk: an item that is wrong is refused as if it came alone") {
  OperatorAtWork admin;
  const Response answer =
      Bulk(admin, "create",
           R"({"registrationId":"a"},{"registrationId":"b c"},)" +
               EnrollmentJson("d"));
  CHECK(Holds(answer, R"({"registrationId":"a","errorCode":400002)"));
  CHECK(Holds(answer, R"({"registrationId":"b c","errorCode":400002)"));
  CHECK(admin.Get("/enrollments/d").status == 200);
}

}  // namespace dps
