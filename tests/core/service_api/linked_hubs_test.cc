// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/linked_hubs.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"

namespace dps {

TEST_CASE("linked_hubs: a hub is linked once, then only changed") {
  OperatorAtWork admin;
  const Response created = admin.Put(
      "/linkedHubs/c.example", R"({"name":"C.example","allocationWeight":7})");
  CHECK(created.status == 200);
  CHECK(Holds(created, R"("name":"c.example","allocationWeight":7,)"
                       R"("applyAllocationPolicy":true)"));
  CHECK(admin.Put("/linkedHubs/C.EXAMPLE", R"({"name":"c.example"})").status ==
        409);
  const Response changed =
      admin.Put("/linkedHubs/c.example",
                R"({"name":"c.example","applyAllocationPolicy":false})", "*");
  CHECK(
      Holds(changed, R"("allocationWeight":1,"applyAllocationPolicy":false)"));
  CHECK(Member(changed, "etag") != Member(created, "etag"));
  CHECK(admin.Get("/linkedHubs/c.example").body == changed.body);
}

TEST_CASE("linked_hubs: all hubs are listed in name order") {
  OperatorAtWork admin;
  const Response listed = admin.Get("/linkedHubs");
  CHECK(listed.body.find("a.example") < listed.body.find("b.example"));
}

TEST_CASE("linked_hubs: weights outside 1 to 1000 and odd names are refused") {
  OperatorAtWork admin;
  for (const char* weight : {"0", "1001", "-1", "1.5", "\"7\""}) {
    const std::string body = R"({"name":"c.example","allocationWeight":)" +
                             std::string(weight) + "}";
    CHECK(admin.Put("/linkedHubs/c.example", body).status == 400);
  }
  CHECK(admin.Put("/linkedHubs/c_d", R"({"name":"c_d"})").status == 400);
  CHECK(
      Message(admin.Put("/linkedHubs/c.example", R"({"name":"d.example"})")) ==
      "the path names the hub c.example, the body d.example");
  CHECK(admin.Get("/linkedHubs/c.example").status == 404);
}

TEST_CASE("linked_hubs: a hub is unlinked though an enrollment names it") {
  OperatorAtWork admin;
  admin.Put("/enrollments/a",
            EnrollmentJson("a", R"(,"iotHubs":["a.example"])"));
  CHECK(admin.Delete("/linkedHubs/a.example", "stale").status == 412);
  CHECK(admin.Delete("/linkedHubs/a.example").status == 204);
  CHECK(admin.Delete("/linkedHubs/a.example").status == 404);
  CHECK(Holds(admin.Get("/enrollments/a"), R"("iotHubs":["a.example"])"));
}

TEST_CASE("linked_hubs: one hub more than the limit is refused") {
  OperatorAtWork admin;
  Batch batch;
  for (int i = 2; i < limits::kLinkedHubsMax; ++i) {
    batch.changes.push_back(Put<LinkedHub>{
        admin.scope,
        {.name = *HubName::Parse("h" + std::to_string(i) + ".example")},
        Expect::Absent()});
  }
  REQUIRE(admin.memory().Commit(batch));
  CHECK(admin.Put("/linkedHubs/x.example", R"({"name":"x.example"})").status ==
        403);
  CHECK(admin.Put("/linkedHubs/a.example", R"({"name":"a.example"})", "*")
            .status == 200);
}

TEST_CASE("linked_hubs: a hub shows what it holds, and its share of all") {
  OperatorAtWork admin;
  CHECK(Holds(admin.Get("/linkedHubs/a.example"),
              R"("assignedDevices":0,"assignedShare":0)"));
  Batch batch;
  for (const auto& [id, hub] : {std::pair{"d1", "a.example"},
                                {"d2", "b.example"},
                                {"d3", "b.example"}}) {
    RegistrationRecord record{.registration_id = *RegistrationId::Parse(id)};
    record.assigned_hub = hub;
    batch.changes.emplace_back(
        Put<RegistrationRecord>{admin.scope, record, Expect::Absent()});
  }
  REQUIRE(admin.memory().Commit(batch));
  CHECK(Holds(admin.Get("/linkedHubs/a.example"),
              R"("assignedDevices":1,"assignedShare":0.3333)"));
  CHECK(Holds(admin.Get("/linkedHubs"),
              R"("assignedDevices":2,"assignedShare":0.6667)"));
}

TEST_CASE("linked_hubs: who names a hub can be asked, linked or not") {
  OperatorAtWork admin;
  const std::string names = R"(,"iotHubs":["a.example"])";
  admin.Put("/enrollments/Dev-1", EnrollmentJson("Dev-1", names));
  admin.Put("/enrollments/dev-2", EnrollmentJson("dev-2"));
  admin.Put("/enrollmentGroups/line", GroupJson("line", names));
  admin.Delete("/linkedHubs/a.example");
  CHECK(admin.Get("/linkedHubs/A.example/enrollments").body ==
        R"({"enrollmentGroups":["line"],"enrollments":["dev-1"],)"
        R"("andMore":false})");
  admin.Put("/enrollments/Dev-1", EnrollmentJson("Dev-1"), "*");
  admin.Delete("/enrollmentGroups/line");
  CHECK(admin.Get("/linkedHubs/a.example/enrollments").body ==
        R"({"enrollmentGroups":[],"enrollments":[],"andMore":false})");
}

TEST_CASE("linked_hubs: an instance may allow fewer hubs") {
  OperatorAtWork admin;
  REQUIRE(admin.Put("/instances/test", R"({"linkedHubsMax":2})", "*").status ==
          200);
  const Response third =
      admin.Put("/linkedHubs/c.example", R"({"name":"c.example"})");
  CHECK(third.status == 403);
  CHECK(Message(third) == "the instance can have 2 linked hubs");
}

TEST_CASE("linked_hubs: the bound cannot be put below the hubs there are") {
  OperatorAtWork admin;
  const auto set = [&](const char* settings) {
    return admin.Put("/instances/test", settings, "*");
  };
  const Response below = set(R"({"linkedHubsMax":1})");
  CHECK(below.status == 400);
  CHECK(Message(below) ==
        "linkedHubsMax must not be less than the number of hubs that are "
        "linked, 2");
  CHECK(set(R"({"linkedHubsMax":2})").status == 200);
  CHECK(set(R"({"linkedHubsMax":2,"loadBound":2})").status == 200);
}

}  // namespace dps
