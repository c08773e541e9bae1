// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/access_policies.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

constexpr const char* kOps = "/accessPolicies/ops";
constexpr const char* kReader = R"({"rights":"EnrollmentRead"})";

Response PolicyKeys(OperatorAtWork& admin) {
  return admin.Post("/accessPolicies/ops/listKeys");
}

Response Roll(OperatorAtWork& admin, const std::string& key,
              const Headers& headers = {}) {
  return admin.Send("POST", "/accessPolicies/ops/rollKey", headers,
                    R"({"key":")" + key + "\"}");
}

}  // namespace

TEST_CASE("access_policies: a new instance has its owner's policy") {
  OperatorAtWork admin;
  CHECK(Holds(admin.Get("/accessPolicies"),
              R"([{"keyName":"provisioningserviceowner","rights":)"
              R"("ServiceConfig, EnrollmentRead, EnrollmentWrite, )"));
  CHECK_FALSE(Holds(admin.Get("/accessPolicies"), "primaryKey"));
}

TEST_CASE("access_policies: keys are made, shown when asked for, and kept") {
  OperatorAtWork admin;
  const Response created = admin.Put(kOps, kReader);
  REQUIRE(created.status == 200);
  const std::string primary = Member(created, "primaryKey");
  CHECK(Base64Decode(primary)->size() == limits::kGeneratedKeySize);
  CHECK(primary != Member(created, "secondaryKey"));
  CHECK_FALSE(Holds(admin.Get(kOps), "primaryKey"));
  CHECK(Member(PolicyKeys(admin), "primaryKey") == primary);
  const Response changed =
      admin.Put(kOps, R"({"rights":"ServiceConfig"})", "*");
  CHECK(Member(changed, "primaryKey") == primary);
  CHECK(Member(changed, "rights") == "ServiceConfig");
  CHECK(Member(admin.Put(kOps,
                         R"({"keyName":"OPS","rights":"ServiceConfig",)"
                         R"("primaryKey":")" +
                             kKeyA + "\"}",
                         "*"),
               "primaryKey") == kKeyA);
  CHECK(Member(PolicyKeys(admin), "keyName") == "ops");
}

TEST_CASE("access_policies: a rolled key changes and the other stays") {
  OperatorAtWork admin;
  const Response before = admin.Put(kOps, kReader);
  const Response after = Roll(admin, "primary");
  CHECK(Member(after, "primaryKey") != Member(before, "primaryKey"));
  CHECK(Member(after, "secondaryKey") == Member(before, "secondaryKey"));
  CHECK(Member(Roll(admin, "secondary"), "primaryKey") ==
        Member(after, "primaryKey"));
  CHECK(Roll(admin, "third").status == 400);
  CHECK(Roll(admin, "primary", {{"If-Match", "stale"}}).status == 412);
  CHECK(Roll(admin, "primary", {{"If-Match", "*"}}).status == 200);
}

TEST_CASE("access_policies: what is wrong is refused and changes nothing") {
  OperatorAtWork admin;
  CHECK(admin.Put(kOps, "{}").status == 400);
  CHECK(admin.Put(kOps, R"({"rights":""})").status == 400);
  CHECK(admin.Put(kOps, R"({"rights":"Root"})").status == 400);
  CHECK(admin.Put(kOps, R"({"keyName":"b","rights":"ServiceConfig"})").status ==
        400);
  CHECK(admin.Put("/accessPolicies/a%20b", kReader).status == 400);
  CHECK(admin.Get(kOps).status == 404);
  CHECK(PolicyKeys(admin).status == 404);
  CHECK(Roll(admin, "primary").status == 404);
  REQUIRE(admin.Put(kOps, kReader).status == 200);
  CHECK(admin.Put(kOps, kReader).status == 409);
  CHECK(admin.Put(kOps, kReader, "stale").status == 412);
  CHECK(admin.Delete(kOps, "stale").status == 412);
  CHECK(admin.Delete(kOps).status == 204);
  CHECK(admin.Delete(kOps).status == 404);
}

TEST_CASE("access_policies: there is a limit to their number") {
  OperatorAtWork admin;
  for (std::size_t i = 1; i < limits::kAccessPoliciesMax; ++i) {
    REQUIRE(
        admin.Put("/accessPolicies/p" + std::to_string(i), kReader).status ==
        200);
  }
  CHECK(Message(admin.Put(kOps, kReader)) ==
        "an instance can have 100 access policies");
  CHECK(admin.Put("/accessPolicies/p1", kReader, "*").status == 200);
}

TEST_CASE("access_policies: a caller does what his rights say, else 401") {
  OperatorAtWork admin;
  REQUIRE(admin.Put("/enrollments/a", EnrollmentJson("a")).status == 200);
  const auto may = [&](const char* rights) {
    admin.caller = {.name = "policy p",
                    .rights = *AccessRights::Parse(rights),
                    .scope = admin.scope,
                    .is_local = false};
  };
  may("EnrollmentRead");
  CHECK(admin.Get("/enrollments/a").status == 200);
  CHECK(admin.Post("/enrollmentGroups/query").status == 200);
  CHECK(Message(admin.Put("/enrollments/b", EnrollmentJson("b"))) ==
        "policy p lacks the right EnrollmentWrite");
  CHECK(admin.Put("/enrollments/b", EnrollmentJson("b")).status == 401);
  CHECK(admin.Delete("/enrollments/a").status == 401);
  CHECK(admin.Post("/enrollments/a/attestationmechanism").status == 401);
  CHECK(admin.Get("/registrations/a").status == 401);
  CHECK(admin.Get("/linkedHubs").status == 401);
  CHECK(admin.Get("/accessPolicies").status == 401);
  CHECK(admin.Get("/instances").status == 401);
  may("RegistrationStatusRead");
  CHECK(admin.Get("/registrations/a").status == 404);
  CHECK(admin.Delete("/registrations/a").status == 401);
  CHECK(admin.Post("/registrations/g/delete").status == 401);
  may("EnrollmentWrite");
  CHECK(admin.Get("/enrollments/a").status == 200);
  CHECK(admin.Post("/enrollments/a/attestationmechanism").status == 200);
  may("DeviceConnect");
  CHECK(admin.Get("/enrollments/a").status == 401);
}

TEST_CASE("access_policies: a caller sees no instance but his") {
  OperatorAtWork admin;
  REQUIRE(admin.Put("/instances/other", R"({"idScope":"0neOTHER"})").status ==
          200);
  admin.caller = {.name = "policy p",
                  .rights = AccessRights::All(),
                  .scope = *IdScope::Parse("0neOTHER"),
                  .is_local = false};
  CHECK(admin.Get("/enrollments/a").status == 401);
  CHECK(admin.Get("/instances/test").status == 404);
  CHECK(admin.Put("/instances/test", "{}", "*").status == 401);
  CHECK(admin.Put("/instances/new", "{}").status == 401);
  CHECK_FALSE(Holds(admin.Get("/instances"), "0neTEST"));
  CHECK(Holds(admin.Get("/instances"), "0neOTHER"));
  admin.scope = *IdScope::Parse("0neOTHER");
  CHECK(admin.Put("/instances/other", "{}", "*").status == 200);
  CHECK(admin.Get("/linkedHubs").status == 200);
}

}  // namespace dps
