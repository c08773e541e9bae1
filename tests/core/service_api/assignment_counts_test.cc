// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/assignment_counts.h"

#include <doctest/doctest.h>

#include "tests/core/service_api/operator_at_work.h"

namespace dps {
namespace {

void AddRecords(OperatorAtWork& admin, int count, const char* hub) {
  Batch batch;
  for (int i = 0; i < count; ++i) {
    RegistrationRecord record{.registration_id = *RegistrationId::Parse(
                                  std::string(hub) + std::to_string(i))};
    record.assigned_hub = hub;
    batch.changes.emplace_back(
        Put<RegistrationRecord>{admin.scope, record, Expect::Absent()});
  }
  REQUIRE(admin.memory().Commit(batch));
}

Response Recount(OperatorAtWork& admin, const std::string& body = "") {
  return admin.Send("POST", "/assignmentCounts/recount", {}, body);
}

}  // namespace

TEST_CASE("assignment_counts: a recount finds the counts as they are kept") {
  OperatorAtWork admin;
  CHECK(Recount(admin).body ==
        R"({"correct":true,"repaired":false,"hubs":[]})");
  AddRecords(admin, 1001, "a.example");  // more than a page
  AddRecords(admin, 2, "b.example");
  CHECK(Recount(admin).body ==
        R"({"correct":true,"repaired":false,"hubs":[)"
        R"({"name":"a.example","counted":1001,"stored":1001},)"
        R"({"name":"b.example","counted":2,"stored":2}]})");
}

TEST_CASE("assignment_counts: what is wrong is shown, and repaired if wished") {
  OperatorAtWork admin;
  AddRecords(admin, 3, "a.example");
  REQUIRE(admin.memory().Commit(
      {.changes = {AdjustAssignedCounts{
           admin.scope, {{"a.example", -1}, {"z.example", 4}}}}}));
  const std::string wrong =
      R"("hubs":[{"name":"a.example","counted":3,"stored":2},)"
      R"({"name":"z.example","counted":0,"stored":4}]})";
  CHECK(Recount(admin).body == R"({"correct":false,"repaired":false,)" + wrong);
  CHECK(Recount(admin, R"({"repair":true})").body ==
        R"({"correct":false,"repaired":true,)" + wrong);
  CHECK(Recount(admin).body ==
        R"({"correct":true,"repaired":false,"hubs":[)"
        R"({"name":"a.example","counted":3,"stored":3}]})");
}

TEST_CASE("assignment_counts: a body that is no wish is refused") {
  OperatorAtWork admin;
  CHECK(Recount(admin, "[]").status == 400);
  CHECK(Recount(admin, R"({"repair":"yes"})").status == 400);
}

}  // namespace dps
