// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollments.h"

#include <doctest/doctest.h>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/support/keys_of.h"

namespace dps {
namespace {

void RegisterDevice(OperatorAtWork& operator_at_work, const std::string& id) {
  const RegistrationRecord record{.registration_id = *RegistrationId::Parse(id),
                                  .assigned_hub = "a.example",
                                  .device_id = id,
                                  .etag_text = "r1"};
  REQUIRE(operator_at_work.memory().Commit(
      {.changes = {Put<RegistrationRecord>{operator_at_work.scope, record,
                                           Expect::Anything()}}}));
}

}  // namespace

TEST_CASE("enrollments: a PUT creates with 200, an etag, times and defaults") {
  OperatorAtWork admin;
  const Response created = admin.Put("/enrollments/a", EnrollmentJson("a"));
  CHECK(created.status == 200);
  CHECK(created.headers.at("content-type") ==
        "application/json; charset=utf-8");
  CHECK(created.headers.at("etag") == '"' + Member(created, "etag") + '"');
  CHECK(Member(created, "createdDateTimeUtc") == FormatUtc(kNoon));
  CHECK(Member(created, "lastUpdatedDateTimeUtc") == FormatUtc(kNoon));
  CHECK(Member(created, "provisioningStatus") == "enabled");
}

TEST_CASE("enrollments: a PUT without If-Match on a known id changes nothing") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a"));
  const Response before = admin.Get("/enrollments/a");
  const Response refused = admin.Put(
      "/enrollments/A", EnrollmentJson("A", R"(,"deviceId":"other")"));
  CHECK(refused.status == 409);
  CHECK(Message(refused).find("enrollment A exists already") == 0);
  CHECK(admin.Get("/enrollments/a").body == before.body);
}

TEST_CASE("enrollments: an update moves the etag and keeps the creation time") {
  OperatorAtWork admin;
  const Response created = admin.Put("/enrollments/a", EnrollmentJson("a"));
  admin.clock.Advance(std::chrono::seconds(5));
  const Response updated =
      admin.Put("/enrollments/a", EnrollmentJson("a"), Member(created, "etag"));
  CHECK(updated.status == 200);
  CHECK(Member(updated, "etag") != Member(created, "etag"));
  CHECK(Member(updated, "createdDateTimeUtc") == FormatUtc(kNoon));
  CHECK(Member(updated, "lastUpdatedDateTimeUtc") ==
        FormatUtc(kNoon + std::chrono::seconds(5)));
  const Response stale =
      admin.Put("/enrollments/a", EnrollmentJson("a"), Member(created, "etag"));
  CHECK(stale.status == 412);
}

TEST_CASE("enrollments: an update keeps the letter case of the id") {
  OperatorAtWork admin;
  admin.Put("/enrollments/Dev1", EnrollmentJson("Dev1"));
  const Response updated =
      admin.Put("/enrollments/dev1", EnrollmentJson("dev1"), "*");
  CHECK(Member(updated, "registrationId") == "Dev1");
}

TEST_CASE("enrollments: keys not given are made up, two and different") {
  OperatorAtWork admin;
  for (const char* keys : {"", "{}", R"({"primaryKey":""})"}) {
    const Response created =
        admin.Put("/enrollments/a", EnrollmentJson("a", "", keys));
    const auto stored = ParseIndividualEnrollment(created.body);
    REQUIRE(stored);
    const SymmetricKeyAttestation& made = KeysOf(stored->terms);
    CHECK(made.primary_key.size() == limits::kGeneratedKeySize);
    CHECK(made.secondary_key.size() == limits::kGeneratedKeySize);
    CHECK_FALSE(made.primary_key == made.secondary_key);
    admin.Delete("/enrollments/a");
  }
}

TEST_CASE("enrollments: only PUT and attestationmechanism show keys") {
  OperatorAtWork admin;
  const std::string json = EnrollmentJson("a", "", Keys(kKeyA, kKeyB));
  CHECK(Holds(admin.Put("/enrollments/a", json), kKeyA));
  const Response shown = admin.Post("/enrollments/a/attestationmechanism");
  CHECK(shown.body ==
        R"({"type":"symmetricKey","symmetricKey":)" + Keys(kKeyA, kKeyB) + "}");
  for (const Response& response :
       {admin.Get("/enrollments/a"), admin.Post("/enrollments/query")}) {
    CHECK(response.status == 200);
    CHECK(Holds(response, R"("attestation":{"type":"symmetricKey"})"));
    CHECK_FALSE(Holds(response, kKeyA));
    CHECK_FALSE(Holds(response, kKeyB));
  }
}

TEST_CASE("enrollments: an update without keys keeps them, each by itself") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a", "", Keys(kKeyA, kKeyB)));
  for (const std::string& keys : {std::string(), Keys("", "")}) {
    const Response kept =
        admin.Put("/enrollments/a", EnrollmentJson("a", "", keys), "*");
    CHECK(Holds(kept, Keys(kKeyA, kKeyB)));
  }
  const Response rolled = admin.Put(
      "/enrollments/a", EnrollmentJson("a", "", Keys(kKeyB, "")), "*");
  CHECK(Holds(rolled, Keys(kKeyB, kKeyB)));
}

TEST_CASE("enrollments: keys that are no keys are refused by name") {
  OperatorAtWork admin;
  const std::string fifteen = Base64Encode(std::string(15, 'x'));
  const std::string sixty_five = Base64Encode(std::string(65, 'x'));
  for (const std::string& bad : {fifteen, sixty_five, std::string("!")}) {
    const Response refused =
        admin.Put("/enrollments/a", EnrollmentJson("a", "", Keys(kKeyA, bad)));
    CHECK(refused.status == 400);
    CHECK(Message(refused) == "secondaryKey must be base64 of 16 to 64 bytes");
    CHECK_FALSE(Holds(refused, bad + "\""));
  }
  CHECK(admin.Get("/enrollments/a").status == 404);
}

TEST_CASE("enrollments: iotHubs must be linked, unless they were stored so") {
  OperatorAtWork admin;
  const std::string hubs = R"(,"iotHubs":["A.example","b.example"])";
  CHECK(admin.Put("/enrollments/a", EnrollmentJson("a", hubs)).status == 200);
  CHECK(admin.Delete("/linkedHubs/a.example").status == 204);

  const Response refused =
      admin.Put("/enrollments/b", EnrollmentJson("b", hubs));
  CHECK(refused.status == 400);
  CHECK(Message(refused) ==
        "iotHubs names a.example, which is not linked to the instance");

  const Response disabled = admin.Put(
      "/enrollments/a",
      EnrollmentJson("a", hubs + R"(,"provisioningStatus":"disabled")"), "*");
  CHECK(disabled.status == 200);
}

TEST_CASE("enrollments: the ids in path and body must be the same") {
  OperatorAtWork admin;
  const Response refused = admin.Put("/enrollments/a", EnrollmentJson("b"));
  CHECK(refused.status == 400);
  CHECK(Message(refused) ==
        "the path names enrollment a, but registrationId in the body is b");
  CHECK(admin.Put("/enrollments/A", EnrollmentJson("a")).status == 200);
}

TEST_CASE("enrollments: an encoded id is decoded once, a bad one refused") {
  OperatorAtWork admin;
  const std::string id = "dev:1.a_b-c";
  CHECK(admin.Put("/enrollments/dev%3A1.a_b-c", EnrollmentJson(id)).status ==
        200);
  CHECK(Member(admin.Get("/enrollments/DEV%3a1.a_b-c"), "registrationId") ==
        id);
  for (const std::string& bad :
       {std::string("a_"), std::string("%2541"), std::string("a%2Fb"),
        std::string("a%"), std::string("%00"), std::string(129, 'x')}) {
    INFO(bad);
    CHECK(admin.Put("/enrollments/" + bad, EnrollmentJson("a")).status == 400);
    CHECK(admin.Get("/enrollments/" + bad).status == 400);
    CHECK(admin.Delete("/enrollments/" + bad).status == 400);
    CHECK(admin.Post("/enrollments/" + bad + "/attestationmechanism").status ==
          400);
  }
}

TEST_CASE("enrollments: a body that is no enrollment is refused") {
  OperatorAtWork admin;
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("{"),
        std::string("{\"registrationId\":\"a\"}"),
        EnrollmentJson("a", R"(,"provisioningStatus":"on")"),
        EnrollmentJson("a", R"(,"iotHubs":"a.example")"),
        EnrollmentJson("a", R"(,"deviceId":"a b")"),
        EnrollmentJson("a", R"(,"initialTwin":[])"),
        EnrollmentJson("a", R"(,"reprovisionPolicy":{})")}) {
    INFO(bad);
    CHECK(admin.Put("/enrollments/a", bad).status == 400);
  }
  CHECK(admin.Get("/enrollments/a").status == 404);
}

TEST_CASE("enrollments: policy custom is refused without a webhook") {
  OperatorAtWork admin;
  const auto put = [&](const std::string& more) {
    return admin.Put("/enrollments/a", EnrollmentJson("a", more));
  };
  const Response missing = put(R"(,"allocationPolicy":"custom")");
  CHECK(missing.status == 400);
  CHECK(Holds(missing, R"("errorCode":400004)"));
  for (const char* url :
       {"ftp://h.example/", "h.example", "https://", "https://u:p@h.example/",
        "https://h.example/#f", "https://h.example/ x"}) {
    CAPTURE(url);
    const Response refused =
        put(R"(,"customAllocationDefinition":{"webhookUrl":")" +
            std::string(url) + R"(","apiVersion":"2021-10-01"})");
    CHECK(refused.status == 400);
    CHECK(Message(refused).starts_with("webhookUrl: "));
  }
  const std::string custom =
      R"("customAllocationDefinition":{"webhookUrl":)"
      R"("https://h.example/f?code=x","apiVersion":"2021-10-01"})";
  CHECK(put(R"(,"allocationPolicy":"hashed",)" + custom).status == 200);
  // Whoever sends it back must have all of it.
  CHECK(Holds(admin.Get("/enrollments/a"), custom));
  CHECK(
      admin
          .Put("/enrollments/b",
               EnrollmentJson("b", R"(,"allocationPolicy":"custom",)" + custom))
          .status == 200);
}

TEST_CASE("enrollments: GET of a registered device's embeds its state") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a"));
  CHECK_FALSE(Holds(admin.Get("/enrollments/a"), "registrationState"));
  RegisterDevice(admin, "a");
  const Response got = admin.Get("/enrollments/a");
  const auto document = JsonDocument::ParseObject(got.body);
  REQUIRE(document);
  const auto state = *document->root().OptionalObject("registrationState");
  REQUIRE(state);
  CHECK(*state->String("assignedHub") == "a.example");
  CHECK_FALSE(Holds(admin.Post("/enrollments/query"), "registrationState"));
}

TEST_CASE("enrollments: a device's deep payload does not stop the operator") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a"));
  // As deep as a device's message may be.
  const std::string payload = std::string(limits::kJsonDepthMax - 1, '[') +
                              std::string(limits::kJsonDepthMax - 1, ']');
  const RegistrationRecord record{
      .registration_id = *RegistrationId::Parse("a"),
      .request_payload_json = payload,
      .etag_text = "r1"};
  REQUIRE(admin.memory().Commit({.changes = {Put<RegistrationRecord>{
                                     admin.scope, record, Expect::Absent()}}}));
  const Response got = admin.Get("/enrollments/a");
  REQUIRE(Holds(got, payload));
  CHECK(admin.Put("/enrollments/a", got.body, "*").status == 200);
}

TEST_CASE("enrollments: DELETE takes the registration of an individual one") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a"));
  RegisterDevice(admin, "a");
  const Response deleted = admin.Delete("/enrollments/a");
  CHECK(deleted.status == 204);
  CHECK(deleted.body.empty());
  CHECK(admin.Get("/registrations/a").status == 404);
  CHECK(admin.Delete("/enrollments/a").status == 404);
}

TEST_CASE("enrollments: DELETE of a group leaves registrations alone") {
  OperatorAtWork admin;
  admin.Put("/enrollmentGroups/a", GroupJson("a"));
  RegisterDevice(admin, "a");
  CHECK(admin.Delete("/enrollmentGroups/a", "stale").status == 412);
  CHECK(admin.Delete("/enrollmentGroups/a", "\"*\"").status == 204);
  CHECK(admin.Get("/registrations/a").status == 200);
}

TEST_CASE("enrollments: groups and individual ones do not mix") {
  OperatorAtWork admin;
  CHECK(admin.Put("/enrollmentgroups/a", GroupJson("a")).status == 200);
  CHECK(admin.Get("/enrollments/a").status == 404);
  CHECK(admin.Get("/enrollmentGroups/A").status == 200);
  CHECK(admin.Put("/enrollmentGroups/b", EnrollmentJson("b")).status == 400);
}

TEST_CASE("enrollments: one group more than the limit is refused, no update") {
  OperatorAtWork admin;
  for (std::size_t i = 0; i < limits::kSymmetricKeyGroupsMax; ++i) {
    const std::string id = "g" + std::to_string(i);
    REQUIRE(admin.Put("/enrollmentGroups/" + id, GroupJson(id)).status == 200);
  }
  const Response refused = admin.Put("/enrollmentGroups/x", GroupJson("x"));
  CHECK(refused.status == 403);
  CHECK(Message(refused).find("256 enrollment groups") != std::string::npos);
  CHECK(admin.Put("/enrollmentGroups/g0", GroupJson("g0"), "*").status == 200);
}

TEST_CASE("enrollments: a list is of those that fit every condition") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a"));
  admin.Put("/enrollments/b",
            EnrollmentJson("b", R"(,"provisioningStatus":"disabled")"));
  admin.clock.Advance(std::chrono::hours{1});
  admin.Put("/enrollments/c",
            EnrollmentJson("c", R"(,"iotHubs":["a.example"])"));
  admin.Put("/enrollmentGroups/g",
            GroupJson("g", R"(,"provisioningStatus":"disabled")"));
  const auto rows = [&](const std::map<std::string, std::string>& query) {
    return admin.Ask("POST", "/enrollments/query", query);
  };
  const Response disabled = rows({{"provisioningStatus", "Disabled"}});
  CHECK(Holds(disabled, R"("registrationId":"b")"));
  CHECK_FALSE(Holds(disabled, R"("registrationId":"a")"));
  CHECK(disabled.headers.at("x-ms-item-type") == "Enrollment");
  CHECK_FALSE(Holds(rows({{"provisioningStatus", "enabled"}}),
                    R"("registrationId":"b")"));
  CHECK(Holds(rows({{"iotHub", "A.example"}}), R"("registrationId":"c")"));
  CHECK(rows({{"iotHub", "b.example"}}).body == "[]");
  CHECK_FALSE(Holds(rows({{"updatedSince", "2026-11-21T12:30:00Z"}}),
                    R"("registrationId":"a")"));
  CHECK(Holds(admin.Ask("POST", "/enrollmentGroups/query",
                        {{"provisioningStatus", "disabled"}}),
              R"("enrollmentGroupId":"g")"));
  for (const auto& [name, text] : {std::pair{"provisioningStatus", "off"},
                                   {"iotHub", "a_b"},
                                   {"registrationState", "yes"},
                                   {"updatedBefore", "now"}}) {
    CHECK(rows({{name, text}}).status == 400);
  }
}

TEST_CASE("enrollments: rows hold registrationState when that is asked for") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a", EnrollmentJson("a"));
  admin.Put("/enrollments/b", EnrollmentJson("b"));
  const RegistrationRecord record{
      .registration_id = *RegistrationId::Parse("a"),
      .assigned_hub = "a.example",
      .etag_text = "e"};
  REQUIRE(admin.memory().Commit(
      {.changes = {Put<RegistrationRecord>{admin.scope, record, {}}}}));
  const Response with =
      admin.Ask("POST", "/enrollments/query", {{"registrationState", "true"}});
  CHECK(Holds(with, R"("registrationState":{"registrationId":"a")"));
  CHECK(Holds(with, R"("registrationId":"b")"));
  CHECK_FALSE(Holds(with, "primaryKey"));
  CHECK_FALSE(Holds(
      admin.Ask("POST", "/enrollments/query", {{"registrationState", "false"}}),
      "registrationState"));
}

}  // namespace dps
