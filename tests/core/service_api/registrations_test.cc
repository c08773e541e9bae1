// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/registrations.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

void RegisterInGroup(OperatorAtWork& admin, const std::string& id,
                     const std::string& group) {
  RegistrationRecord record{.registration_id = *RegistrationId::Parse(id),
                            .assigned_hub = "a.example",
                            .device_id = id,
                            .operation_id = "secret-operation",
                            .etag_text = "\"e-" + id + "\""};
  if (!group.empty()) {
    record.enrollment_group_id = *EnrollmentGroupId::Parse(group);
  }
  REQUIRE(admin.memory().Commit({.changes = {Put<RegistrationRecord>{
                                     admin.scope, record, Expect::Absent()}}}));
}

}  // namespace

TEST_CASE("registrations: a record is shown without its operation id") {
  OperatorAtWork admin;
  CHECK(admin.Get("/registrations/dev").status == 404);
  RegisterInGroup(admin, "Dev", "g");
  const Response shown = admin.Get("/registrations/dev");
  CHECK(Member(shown, "registrationId") == "Dev");
  CHECK(Member(shown, "assignedHub") == "a.example");
  CHECK_FALSE(Holds(shown, "secret-operation"));
}

TEST_CASE("registrations: a group's query holds that group's records only") {
  OperatorAtWork admin;
  RegisterInGroup(admin, "a", "g");
  RegisterInGroup(admin, "b", "G");
  RegisterInGroup(admin, "c", "g2");
  RegisterInGroup(admin, "d", "");
  const Response rows = admin.Post("/registrations/g/query");
  CHECK(Holds(rows, R"("registrationId":"a")"));
  CHECK(Holds(rows, R"("registrationId":"b")"));
  CHECK_FALSE(Holds(rows, R"("registrationId":"c")"));
  CHECK_FALSE(Holds(rows, R"("registrationId":"d")"));
  const Response all = admin.Post("/registrations/query");
  CHECK(Holds(all, R"("registrationId":"c")"));
  CHECK(Holds(all, R"("registrationId":"d")"));
}

TEST_CASE("registrations: DELETE removes the record once, a stale one never") {
  OperatorAtWork admin;
  RegisterInGroup(admin, "a", "");
  CHECK(admin.Delete("/registrations/a", "e-b").status == 412);
  CHECK(admin.Delete("/registrations/a", "e-a").status == 204);
  CHECK(admin.Delete("/registrations/a").status == 404);
  CHECK(admin.Delete("/registrations/a%20b").status == 400);
}

TEST_CASE("registrations: a list is of those that fit every condition") {
  OperatorAtWork admin;
  const auto add = [&](const char* id, RegistrationStatus status,
                       const char* hub, std::chrono::hours age) {
    RegistrationRecord record{.registration_id = *RegistrationId::Parse(id),
                              .status = status,
                              .assigned_hub = hub,
                              .etag_text = "e"};
    record.last_updated = kNoon - age;
    REQUIRE(admin.memory().Commit(
        {.changes = {Put<RegistrationRecord>{admin.scope, record, {}}}}));
  };
  using std::chrono::hours;
  add("a", RegistrationStatus::kAssigned, "a.example", hours{1});
  add("b", RegistrationStatus::kFailed, "", hours{2});
  add("c", RegistrationStatus::kFailed, "a.example", hours{3});
  RegisterInGroup(admin, "d", "g");
  const auto ids = [&](const std::map<std::string, std::string>& query) {
    const Response rows = admin.Ask("POST", "/registrations/query", query);
    REQUIRE(rows.status == 200);
    std::string found;
    for (const char* id : {"a", "b", "c", "d"}) {
      if (Holds(rows, R"("registrationId":")" + std::string(id))) found += id;
    }
    return found;
  };
  CHECK(ids({{"status", "FAILED"}}) == "bc");
  CHECK(ids({{"status", "failed"}, {"assignedHub", "A.example"}}) == "c");
  CHECK(ids({{"assignedHub", "a.example"}}) == "acd");
  CHECK(ids({{"enrollmentGroupId", "G"}}) == "d");
  CHECK(ids({{"updatedSince", "2026-11-21T09:30:00Z"}}) == "ab");
  CHECK(ids({{"updatedSince", "2026-11-21T09:00:00Z"},
             {"updatedBefore", "2026-11-21T10:00:00Z"}}) == "c");
  CHECK(ids({{"status", ""}}) == "abcd");
  for (const auto& [name, text] : {std::pair{"status", "gone"},
                                   {"assignedHub", "a_b"},
                                   {"updatedSince", "yesterday"},
                                   {"enrollmentGroupId", "a b"}}) {
    const Response refused =
        admin.Ask("POST", "/registrations/query", {{name, text}});
    CHECK(refused.status == 400);
  }
}

TEST_CASE("registrations: pages of a condition meet without gap") {
  OperatorAtWork admin;
  for (int i = 10; i < 35; ++i) {
    RegisterInGroup(admin, "d" + std::to_string(i), i % 5 == 0 ? "g" : "");
  }
  std::string found;
  Headers headers = {{"x-ms-max-item-count", "2"}};
  for (int pages = 0; pages < 9; ++pages) {
    const Response page = admin.Ask(
        "POST", "/registrations/query",
        {{"assignedHub", "a.example"}, {"enrollmentGroupId", "g"}}, headers);
    found += page.body;
    if (!page.headers.contains("x-ms-continuation")) break;
    headers["x-ms-continuation"] = page.headers.at("x-ms-continuation");
  }
  for (int i = 10; i < 35; ++i) {
    const std::string row = R"("registrationId":"d)" + std::to_string(i) + "\"";
    CHECK((found.find(row) != std::string::npos) == (i % 5 == 0));
    CHECK(found.find(row) == found.rfind(row));
  }
}

TEST_CASE("registrations: those that fit are deleted, and no more") {
  OperatorAtWork admin;
  RegisterInGroup(admin, "a", "g");
  RegisterInGroup(admin, "b", "");
  const std::string all = "/registrations/delete";
  CHECK(admin.Ask("POST", all, {}).status == 400);
  CHECK(admin.Ask("POST", all, {{"status", "failed"}}).body == "[]");
  CHECK(Holds(
      admin.Ask("POST", all,
                {{"assignedHub", "a.example"}, {"enrollmentGroupId", "g"}}),
      R"("registrationId":"a")"));
  CHECK(admin.Get("/registrations/a").status == 404);
  CHECK(admin.Get("/registrations/b").status == 200);
  CHECK(admin
            .Ask("POST", "/registrations/g/delete",
                 {{"enrollmentGroupId", "other"}})
            .status == 400);
}

TEST_CASE("registrations: what goes beyond the record takes other rights") {
  OperatorAtWork admin;
  RegisterInGroup(admin, "a", "g");
  admin.caller = {.name = "policy p",
                  .rights = *AccessRights::Parse("RegistrationStatusWrite"),
                  .scope = admin.scope};
  for (const char* more : {"disenroll", "withHubIdentity"}) {
    CHECK(admin.Ask("DELETE", "/registrations/a", {{more, "true"}}).status ==
          401);
  }
  CHECK(admin.Ask("DELETE", "/registrations/a", {{"disenroll", "false"}})
            .status == 204);
}

TEST_CASE("registrations: a device's attempts are shown, none of another's") {
  OperatorAtWork admin;
  const DeviceAttempts device{.registration_id = *RegistrationId::Parse("Dev"),
                              .attempts = {{.reason = "no hub"}}};
  REQUIRE(admin.memory().Commit(
      {.changes = {Put<DeviceAttempts>{admin.scope, device, {}}}}));
  const Response shown = admin.Get("/registrations/dev/attempts");
  CHECK(shown.status == 200);
  CHECK(Member(shown, "registrationId") == "Dev");
  CHECK(Holds(shown, R"("reason":"no hub")"));
  const Response none = admin.Get("/registrations/other/attempts");
  CHECK(none.status == 200);
  CHECK(Holds(none, R"("attempts":[])"));
  CHECK(admin.Get("/registrations/a%20b/attempts").status == 400);
}

TEST_CASE("registrations: a condition that is not understood deletes nothing") {
  OperatorAtWork admin;
  RegisterInGroup(admin, "a", "g");
  const std::map<std::string, std::string> misread[] = {
      {{"Status", "failed"}},
      {{"status", ""}},
      {{"stauts", "failed"}},
      {{"status", "failed"}, {"WITHHUBIDENTITY", "true"}}};
  for (const auto& query : misread) {
    CAPTURE(query.begin()->first);
    CHECK(admin.Ask("POST", "/registrations/delete", query).status == 400);
    CHECK(admin.Ask("POST", "/registrations/g/delete", query).status == 400);
    CHECK(admin.Ask("DELETE", "/registrations/a", query).status == 400);
  }
  CHECK(admin.Get("/registrations/a").status == 200);
}

}  // namespace dps
