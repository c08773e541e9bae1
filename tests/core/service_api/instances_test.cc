// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/instances.h"

#include <doctest/doctest.h>

#include "tests/core/service_api/operator_at_work.h"

namespace dps {

TEST_CASE(
    "instances: a new instance gets an ID scope and a secret of its own") {
  OperatorAtWork admin;
  const Response created = admin.Put("/instances/Plant-1", "{}");
  CHECK(created.status == 200);
  CHECK(Member(created, "name") == "Plant-1");
  CHECK(Member(created, "allocationPolicy") == "hashed");
  const auto scope = IdScope::Parse(Member(created, "idScope"));
  REQUIRE(scope);
  CHECK(scope->text().starts_with("0ne"));
  const auto stored = (*admin.memory().Read())->FindInstance(*scope);
  REQUIRE(stored);
  CHECK(stored->value().operation_key.size() == 32);
  for (const Response& response :
       {created, admin.Get("/instances/plant-1"), admin.Get("/instances")}) {
    CHECK_FALSE(Holds(response, "operationKey"));
  }
}

TEST_CASE("instances: names are unique ignoring case, ID scopes exactly") {
  OperatorAtWork admin;
  CHECK(admin.Put("/instances/TEST", "{}").status == 409);
  const Response taken =
      admin.Put("/instances/other", R"({"idScope":"0neTEST"})");
  CHECK(taken.status == 409);
  CHECK(Message(taken) == "ID scope 0neTEST belongs to instance test");
  CHECK(admin.Put("/instances/other", R"({"idScope":"0netest"})").status ==
        200);
}

TEST_CASE("instances: an update keeps ID scope, name and operation key") {
  OperatorAtWork admin;
  const auto before = (*admin.memory().Read())->FindInstance(admin.scope);
  const Response updated = admin.Put(
      "/instances/TEST", R"({"name":"Test","allocationPolicy":"Hashed"})", "*");
  CHECK(updated.status == 200);
  CHECK(Member(updated, "name") == "test");
  const auto after = (*admin.memory().Read())->FindInstance(admin.scope);
  CHECK(after->value().operation_key == before->value().operation_key);
  CHECK(after->value().etag() != before->value().etag());
  CHECK(admin.Put("/instances/test", R"({"idScope":"0neNEW"})", "*").status ==
        400);
  CHECK(admin.Put("/instances/none", "{}", "*").status == 404);
}

TEST_CASE("instances: settings are changed one by one, a key is not told") {
  OperatorAtWork admin;
  const std::string key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
  const Response bound =
      admin.Put("/instances/test", R"({"loadBound":1.25})", "*");
  CHECK(Holds(bound, R"("loadBound":1.25)"));
  const Response is_signed =
      admin.Put("/instances/test", R"({"webhookKey":")" + key + "\"}", "*");
  CHECK(Holds(is_signed, R"("loadBound":1.25)"));
  CHECK(Holds(is_signed, R"("webhookSigned":true)"));
  CHECK_FALSE(Holds(is_signed, key));
  CHECK(admin.Get("/instances/test").body == is_signed.body);
}

TEST_CASE("instances: no tenant takes a host name, least of all another's") {
  OperatorAtWork admin;
  admin.Put("/instances/other", R"({"idScope":"0neTEST2"})");
  const std::string named = R"({"serviceOperationsHostName":"other.test"})";
  admin.caller = {
      .name = "policy p", .rights = AccessRights::All(), .scope = admin.scope};
  const Response refused = admin.Put("/instances/test", named, "*");
  CHECK(refused.status == 403);
  CHECK(Holds(refused, "dpsctl on the machine"));
  CHECK(admin.Put("/instances/test", R"({"loadBound":2})", "*").status == 200);
  admin.caller = Caller::Owner();
  CHECK(admin.Put("/instances/other", named, "*").status == 200);
  const Response taken = admin.Put("/instances/test", named, "*");
  CHECK(taken.status == 409);
  CHECK(Message(taken) ==
        "instance other is reached by the host name other.test");
}

TEST_CASE("instances: what no instance can be is refused") {
  OperatorAtWork admin;
  for (const char* name : {"ab", "123", "-ab", "a_b", "a%20b"}) {
    CHECK(admin.Put(std::string("/instances/") + name, "{}").status == 400);
  }
  for (const char* body :
       {"", "[]", R"({"name":"other"})", R"({"idScope":"a b"})",
        R"({"idScope":7})", R"({"allocationPolicy":"custom"})",
        R"({"loadBound":0.5})", R"({"webhookKey":"c2hvcnQ="})"}) {
    CHECK(admin.Put("/instances/fresh", body).status == 400);
  }
  CHECK(admin.Get("/instances/fresh").status == 404);
}

TEST_CASE("instances: what one instance holds, another does not see") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a"));
  admin.Put("/instances/other", R"({"idScope":"0neTEST2"})");
  admin.scope = *IdScope::Parse("0neTEST2");
  CHECK(admin.Get("/enrollments/a").status == 404);
  CHECK(admin.Delete("/enrollments/a").status == 404);
  CHECK(admin.Post("/enrollments/query").body == "[]");
  CHECK(admin.Get("/linkedHubs").body == "[]");
}

}  // namespace dps
