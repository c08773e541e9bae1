// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/deprovisioning.h"

#include <doctest/doctest.h>

#include "tests/core/service_api/operator_at_work.h"
#include "tests/support/faulty_store.h"
#include "tests/support/hub_tasks_of.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

using namespace std::chrono_literals;

using Query = std::map<std::string, std::string>;
const Query kHub = {{"withHubIdentity", "true"}};
const Query kDisenroll = {{"disenroll", "true"}};
const Query kBoth = {{"withHubIdentity", "true"}, {"disenroll", "true"}};

template <class Document>
void KeepNew(OperatorAtWork& admin, const Document& document) {
  REQUIRE(admin.memory().Commit(
      {.changes = {Put<Document>{admin.scope, document, Expect::Absent()}}}));
}

// hub-1.example and hub-2.example with connectors, and a device at the first.
struct Scene {
  explicit Scene(const std::string& group = "") {
    for (const char* hub : {"hub-1.example", "hub-2.example"}) {
      admin.Put(std::string("/linkedHubs/") + hub,
                R"({"name":")" + std::string(hub) +
                    R"(","connector":{"type":"webhook","url":"http://x"}})");
    }
    record = RecordDocument("Dev-1", group);
    record.device_id = "at-hub";
    KeepNew(admin, record);
  }

  Response Delete(const Query& query = {}) {
    return admin.Ask("DELETE", "/registrations/dev-1", query);
  }
  // A provisioning of the device for this hub, begun a moment ago.
  void Provision(const std::string& hub) {
    KeepNew(admin, HubTask{.kind = HubTaskKind::kProvision,
                           .hub = Hub(hub),
                           .device_id = "at-hub",
                           .registration_id = Device("dev-1"),
                           .record = record,
                           .due = admin.clock.Now() + 60s,
                           .etag_text = "e-1"});
  }
  std::vector<HubTask> Tasks() {
    return HubTasksOf(admin.memory(), admin.scope);
  }
  std::optional<IndividualEnrollment> Enrollment() {
    return *(*admin.memory().Read())
                ->FindIndividualEnrollment(admin.scope, Device("dev-1"));
  }
  bool HasRecord() { return admin.Get("/registrations/dev-1").status == 200; }

  OperatorAtWork admin;
  RegistrationRecord record{.registration_id = Device("dev-1")};
};

}  // namespace

TEST_CASE("deprovisioning: a record alone leaves hub and enrollment alone") {
  Scene scene;
  KeepNew(scene.admin, EnrollmentDocument("dev-1"));
  CHECK(scene.Delete().status == 204);
  CHECK_FALSE(scene.HasRecord());
  CHECK(scene.Tasks().empty());
  CHECK(scene.Enrollment());
}

TEST_CASE(
    "deprovisioning: with its identity, the hub is to forget the device") {
  Scene scene;
  const Response deleted = scene.Delete(kHub);
  CHECK(deleted.status == 200);
  CHECK(deleted.body ==
        R"({"registrationId":"Dev-1","hub":"hub-1.example",)"
        R"("hubHasConnector":true,"hubTasks":["r/hub-1.example/at-hub"]})");
  const auto tasks = scene.Tasks();
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].kind == HubTaskKind::kRemove);
  CHECK(tasks[0].hub == Hub("hub-1.example"));
  CHECK(tasks[0].device_id == "at-hub");
  CHECK(tasks[0].due == scene.admin.clock.Now());
  CHECK_FALSE(scene.HasRecord());
}

TEST_CASE("deprovisioning: at a hub without connector there is nothing to do") {
  for (const char* hub : {"", "a.example", "unlinked.example"}) {
    CAPTURE(hub);
    Scene scene;
    scene.Delete();
    scene.record.assigned_hub = hub;
    KeepNew(scene.admin, scene.record);
    const Response deleted = scene.Delete(kHub);
    CHECK(Holds(deleted, R"("hubHasConnector":false,"hubTasks":[])"));
    CHECK(scene.Tasks().empty());
    CHECK_FALSE(scene.HasRecord());
  }
}

TEST_CASE(
    "deprovisioning: a provisioning that leaves it in its hub just ends") {
  Scene scene;
  scene.Provision("hub-1.example");
  CHECK(scene.Delete().status == 204);
  CHECK(scene.Tasks().empty());
}

TEST_CASE("deprovisioning: a hub it was about to go to is to forget it later") {
  Scene scene;
  scene.Provision("hub-2.example");
  CHECK(scene.Delete().status == 204);
  const auto tasks = scene.Tasks();
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0].key() == "r/hub-2.example/at-hub");
  // Not while whoever began it may still be at it.
  CHECK(tasks[0].due == scene.admin.clock.Now() + 60s);
}

TEST_CASE("deprovisioning: with its identity it leaves both hubs") {
  Scene scene;
  scene.Provision("hub-2.example");
  CHECK(Holds(scene.Delete(kHub), R"(["r/hub-2.example/at-hub",)"
                                  R"("r/hub-1.example/at-hub"])"));
  const auto tasks = scene.Tasks();
  REQUIRE(tasks.size() == 2);
  for (const HubTask& task : tasks) {
    CHECK(task.due == scene.admin.clock.Now() + 60s);
  }
}

TEST_CASE("deprovisioning: nothing is carried to a hub that forgets it") {
  Scene scene;
  KeepNew(scene.admin, HubTask{.kind = HubTaskKind::kRemove,
                               .hub = Hub("hub-2.example"),
                               .device_id = "at-hub",
                               .registration_id = Device("dev-1"),
                               .carry_to = Hub("hub-1.example"),
                               .moved = MovedState{.tags = "ab"},
                               .etag_text = "e-1"});
  scene.Delete(kHub);
  const auto tasks = scene.Tasks();
  REQUIRE(tasks.size() == 2);
  for (const HubTask& task : tasks) {
    CHECK_FALSE(task.carry_to);
    CHECK_FALSE(task.moved);
  }
}

TEST_CASE("deprovisioning: to disenroll deletes an individual enrollment") {
  Scene scene;
  KeepNew(scene.admin, EnrollmentDocument("dev-1"));
  CHECK(Holds(scene.Delete(kBoth), R"("enrollment":"deleted")"));
  CHECK_FALSE(scene.Enrollment());
  CHECK(scene.Tasks().size() == 1);
}

TEST_CASE("deprovisioning: to disenroll keeps a group from taking it back") {
  Scene scene("line");
  CHECK(Holds(scene.Delete(kDisenroll), R"("enrollment":"disabled")"));
  const auto made = scene.Enrollment();
  REQUIRE(made);
  CHECK(made->registration_id.text() == "Dev-1");
  CHECK(made->terms.provisioning_status == ProvisioningStatus::kDisabled);
  const auto& keys = std::get<SymmetricKeyAttestation>(made->terms.attestation);
  CHECK(keys.primary_key.size() == limits::kGeneratedKeySize);
  CHECK(keys.primary_key != keys.secondary_key);
  CHECK(made->terms.created == scene.admin.clock.Now());
  CHECK(scene.Tasks().empty());
}

TEST_CASE(
    "deprovisioning: an enrollment beside a group's is disabled, not lost") {
  Scene scene("line");
  IndividualEnrollment own = EnrollmentDocument("dev-1");
  own.device_id = "lathe";
  KeepNew(scene.admin, own);
  scene.Delete(kDisenroll);
  const auto disabled = scene.Enrollment();
  REQUIRE(disabled);
  CHECK(disabled->device_id == "lathe");
  CHECK(disabled->terms.attestation == own.terms.attestation);
  CHECK(disabled->terms.provisioning_status == ProvisioningStatus::kDisabled);
  CHECK(disabled->etag() != own.etag());
}

TEST_CASE("deprovisioning: who is not enrolled need not be disenrolled") {
  Scene scene;
  const Response deleted = scene.Delete(kDisenroll);
  CHECK(deleted.status == 200);
  CHECK_FALSE(Holds(deleted, "\"enrollment\""));
}

TEST_CASE("deprovisioning: a refused deletion changes nothing at all") {
  Scene scene("line");
  scene.Provision("hub-2.example");
  const Response stale = scene.admin.Ask("DELETE", "/registrations/dev-1",
                                         kBoth, {{"If-Match", "stale"}});
  CHECK(stale.status == 412);
  for (const char* word : {"yes", "1", ""}) {
    CHECK(scene.Delete({{"disenroll", word}}).status == 400);
  }
  CHECK(scene.HasRecord());
  CHECK_FALSE(scene.Enrollment());
  REQUIRE(scene.Tasks().size() == 1);
  CHECK(scene.Tasks()[0].kind == HubTaskKind::kProvision);
}

TEST_CASE("deprovisioning: a deleted enrollment ends a provisioning, too") {
  Scene scene;
  KeepNew(scene.admin, EnrollmentDocument("dev-1"));
  scene.Provision("hub-2.example");
  CHECK(scene.admin.Delete("/enrollments/dev-1").status == 204);
  CHECK_FALSE(scene.HasRecord());
  REQUIRE(scene.Tasks().size() == 1);
  CHECK(scene.Tasks()[0].key() == "r/hub-2.example/at-hub");
}

TEST_CASE("deprovisioning: a group's records go in commits of at most 100") {
  Scene scene("line");
  Batch batch;
  for (int i = 0; i < 250; ++i) {
    batch.changes.emplace_back(Put<RegistrationRecord>{
        scene.admin.scope, RecordDocument("x-" + std::to_string(i), "line"),
        Expect::Absent()});
  }
  batch.changes.emplace_back(Put<RegistrationRecord>{
      scene.admin.scope, RecordDocument("other", "line-2"), Expect::Absent()});
  REQUIRE(scene.admin.memory().Commit(batch));
  Headers headers = {{"x-ms-max-item-count", "1000"}};
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const Response page =
        scene.admin.Ask("POST", "/registrations/LINE/delete", kBoth, headers);
    REQUIRE(page.status == 200);
    CHECK(scene.Tasks().size() == (pages < 2 ? 100 * (pages + 1) : 251));
    more = page.headers.contains("x-ms-continuation");
    if (more) {
      headers["x-ms-continuation"] = page.headers.at("x-ms-continuation");
    }
  }
  CHECK(pages == 3);
  CHECK(scene.admin.Post("/registrations/line/query").body == "[]");
  CHECK(scene.admin.Get("/registrations/other").status == 200);
  CHECK(Member(scene.admin.Get("/enrollments/x-249"), "provisioningStatus") ==
        "disabled");
  CHECK(scene.admin.Post("/registrations/line/delete").body == "[]");
}

}  // namespace dps
