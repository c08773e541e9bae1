// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/registrations.h"

#include <doctest/doctest.h>

#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

void Register(OperatorAtWork& admin, const std::string& id,
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
  Register(admin, "Dev", "g");
  const Response shown = admin.Get("/registrations/dev");
  CHECK(Member(shown, "registrationId") == "Dev");
  CHECK(Member(shown, "assignedHub") == "a.example");
  CHECK_FALSE(Holds(shown, "secret-operation"));
}

TEST_CASE("registrations: a group's query holds that group's records only") {
  OperatorAtWork admin;
  Register(admin, "a", "g");
  Register(admin, "b", "G");
  Register(admin, "c", "g2");
  Register(admin, "d", "");
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
  Register(admin, "a", "");
  CHECK(admin.Delete("/registrations/a", "e-b").status == 412);
  CHECK(admin.Delete("/registrations/a", "e-a").status == 204);
  CHECK(admin.Delete("/registrations/a").status == 404);
  CHECK(admin.Delete("/registrations/a%20b").status == 400);
}

}  // namespace dps
