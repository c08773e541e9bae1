// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/hub_tasks.h"

#include <doctest/doctest.h>

#include "core/base/text.h"
#include "core/store/lmdb_store.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/support/sample_documents.h"
#include "tests/support/unreadable_task.h"

namespace dps {
namespace {

using namespace std::chrono_literals;

HubTask Removal(const std::string& hub, const std::string& device) {
  return {.kind = HubTaskKind::kRemove,
          .hub = Hub(hub),
          .device_id = device,
          .registration_id = Device(device),
          .due = kNoon + 1h,
          .attempts = 7,
          .last_error = "no answer",
          .etag_text = "e-1"};
}

HubTask Provisioning(const std::string& hub, const std::string& device) {
  return {.kind = HubTaskKind::kProvision,
          .hub = Hub(hub),
          .device_id = device,
          .registration_id = Device(device),
          .record = RecordDocument(device),
          .due = kNoon + 1h,
          .etag_text = "e-1"};
}

void Keep(OperatorAtWork& admin, const HubTask& task) {
  REQUIRE(admin.memory().Commit(
      {.changes = {Put<HubTask>{admin.scope, task, Expect::Anything()}}}));
}

std::optional<HubTask> Find(OperatorAtWork& admin, const std::string& key) {
  return *(*admin.memory().Read())->FindHubTask(admin.scope, key);
}

std::string PathOf(const HubTask& task) {
  return "/hubTasks/" + PercentEncode(task.key());
}

std::size_t RowsIn(const Response& response) {
  std::size_t rows = 0;
  for (std::size_t at = 0;
       (at = response.body.find("{\"id\":", at)) != std::string::npos; ++at) {
    ++rows;
  }
  return rows;
}

Response PutNotices(OperatorAtWork& admin, const std::string& body) {
  return admin.Send("POST", "/hubTasks/notices", {}, body);
}

// With connectors at a.example only.
void Assign(OperatorAtWork& admin, const std::string& device,
            const std::string& hub) {
  admin.Put("/linkedHubs/a.example",
            R"({"name":"a.example","connector":)"
            R"({"type":"webhook","url":"http://x"}})",
            "*");
  RegistrationRecord record = RecordDocument(device);
  record.assigned_hub = hub;
  record.device_id = "at-hub-" + device;
  REQUIRE(admin.memory().Commit({.changes = {Put<RegistrationRecord>{
                                     admin.scope, record, Expect::Absent()}}}));
}

// A store on disk, with two tasks that cannot be read and one that can.
struct DamagedTasks {
  TempDir temp;
  std::unique_ptr<LmdbStore> store =
      LmdbStore::Open({.directory = temp.path(), .create = true}).value();
  OperatorAtWork admin{*store};

  DamagedTasks() {
    for (const HubTask& task : {Unreadable(Provisioning("b.example", "dev-1")),
                                Unreadable(Removal("a.example", "dev-2")),
                                Removal("b.example", "dev-3")}) {
      REQUIRE(store->Commit(
          {.changes = {Put<HubTask>{admin.scope, task, Expect::Anything()}}}));
    }
  }
};

const std::string kUnreadableProvisioning = "/hubTasks/p%2Fdev-1";
const std::string kUnreadableRemoval = "/hubTasks/r%2Fa.example%2Fdev-2";

}  // namespace

TEST_CASE("hub_tasks: a task is shown without the record it holds") {
  OperatorAtWork admin;
  const HubTask task = Provisioning("a.example", "dev-1");
  CHECK(admin.Get(PathOf(task)).status == 404);
  Keep(admin, task);
  const Response shown = admin.Get(PathOf(task));
  CHECK(Member(shown, "id") == "p/dev-1");
  CHECK(Member(shown, "kind") == "provision");
  CHECK(shown.headers.at("ETag") == "\"e-1\"");
  CHECK_FALSE(Holds(shown, "\"registration\":"));
}

TEST_CASE("hub_tasks: the list is filtered by hub and kind") {
  OperatorAtWork admin;
  HubTask carrying = Removal("a.example", "dev-1");
  carrying.carry_to = Hub("b.example");
  HubTask moving = Provisioning("c.example", "dev-2");
  moving.from_hub = Hub("b.example");
  for (const HubTask& task :
       {carrying, moving, Removal("c.example", "dev-3")}) {
    Keep(admin, task);
  }
  CHECK(RowsIn(admin.Get("/hubTasks")) == 3);
  CHECK(RowsIn(admin.Ask("GET", "/hubTasks", {{"hub", "B.example"}})) == 2);
  CHECK(RowsIn(admin.Ask("GET", "/hubTasks", {{"kind", "remove"}})) == 2);
  const Response one =
      admin.Ask("GET", "/hubTasks", {{"hub", "c.example"}, {"kind", "remove"}});
  CHECK(RowsIn(one) == 1);
  CHECK(Holds(one, R"("id":"r/c.example/dev-3")"));
  CHECK(admin.Ask("GET", "/hubTasks", {{"kind", "x"}}).status == 400);
  CHECK(admin.Ask("GET", "/hubTasks", {{"hub", "a b"}}).status == 400);
}

TEST_CASE("hub_tasks: pages together hold every task once") {
  OperatorAtWork admin;
  for (int i = 0; i < 7; ++i) {
    Keep(admin, Removal(i % 2 == 0 ? "a.example" : "b.example",
                        "dev-" + std::to_string(i)));
  }
  std::size_t rows = 0;
  std::string all;
  Headers headers = {{"x-ms-max-item-count", "2"}};
  for (int pages = 0; pages < 4; ++pages) {
    const Response page = admin.Ask("GET", "/hubTasks", {}, headers);
    REQUIRE(page.status == 200);
    rows += RowsIn(page);
    all += page.body;
    CHECK(page.headers.contains("x-ms-continuation") == (pages < 3));
    if (pages == 3) break;
    headers["x-ms-continuation"] = page.headers.at("x-ms-continuation");
  }
  CHECK(rows == 7);
  for (int i = 0; i < 7; ++i) {
    CHECK(all.find("/dev-" + std::to_string(i)) != std::string::npos);
  }
}

TEST_CASE("hub_tasks: a filter looks past thousands of others") {
  OperatorAtWork admin;
  Batch batch;
  for (int i = 0; i < 2500; ++i) {
    batch.changes.emplace_back(Put<HubTask>{
        admin.scope, Removal("a.example", "dev-" + std::to_string(i)),
        Expect::Absent()});
  }
  REQUIRE(admin.memory().Commit(batch));
  Keep(admin, Removal("z.example", "dev-1"));
  CHECK(RowsIn(admin.Ask("GET", "/hubTasks", {{"hub", "z.example"}})) == 1);
}

TEST_CASE("hub_tasks: the last of a thousand is found once, and the next") {
  OperatorAtWork admin;
  Batch batch;
  for (int i = 0; i < 999; ++i) {
    batch.changes.emplace_back(Put<HubTask>{
        admin.scope, Removal("a.example", "dev-" + std::to_string(i)),
        Expect::Absent()});
  }
  REQUIRE(admin.memory().Commit(batch));
  for (const char* device : {"dev-1", "dev-2"}) {
    Keep(admin, Removal("z.example", device));
  }
  CHECK(RowsIn(admin.Ask("GET", "/hubTasks", {{"hub", "z.example"}})) == 2);
}

TEST_CASE("hub_tasks: a token of another list is refused") {
  OperatorAtWork admin;
  for (const std::string& key :
       {std::string("\0x", 2), std::string(1000, 'x'), std::string("\n")}) {
    CHECK(admin
              .Ask("GET", "/hubTasks", {},
                   {{"x-ms-continuation", Base64Encode(key)}})
              .status == 400);
  }
}

TEST_CASE("hub_tasks: a retried task is due at once and begins patiently") {
  OperatorAtWork admin;
  const HubTask task = Removal("a.example", "Dev-1");
  CHECK(admin.Post(PathOf(task) + "/retry").status == 404);
  Keep(admin, task);
  const Response retried = admin.Post(PathOf(task) + "/retry");
  CHECK(retried.status == 200);
  const auto stored = Find(admin, task.key());
  CHECK(stored->due == admin.clock.Now());
  CHECK(stored->attempts == 0);
  CHECK(stored->last_error == "no answer");
  CHECK(stored->etag() != task.etag());
  CHECK(Member(retried, "etag") == stored->etag());
  CHECK(admin.Post(PathOf(task) + "/retry", {{"If-Match", "e-1"}}).status ==
        412);
}

TEST_CASE("hub_tasks: a task is given up once, with the right etag only") {
  OperatorAtWork admin;
  const HubTask task = Removal("a.example", "dev-1");
  Keep(admin, task);
  CHECK(admin.Delete(PathOf(task), "stale").status == 412);
  CHECK(admin.Delete(PathOf(task), "e-1").status == 204);
  CHECK(admin.Delete(PathOf(task)).status == 404);
}

TEST_CASE("hub_tasks: a provisioning is neither retried nor given up") {
  OperatorAtWork admin;
  const HubTask task = Provisioning("a.example", "dev-1");
  Keep(admin, task);
  for (const Response& refused :
       {admin.Post(PathOf(task) + "/retry"), admin.Delete(PathOf(task))}) {
    CHECK(refused.status == 409);
    CHECK(Message(refused).find("deletes the registration of dev-1") !=
          std::string::npos);
  }
  CHECK(Find(admin, task.key()) == task);
}

TEST_CASE("hub_tasks: notices are put at the pace that was asked for") {
  OperatorAtWork admin;
  for (const char* device : {"dev-1", "dev-2", "dev-3"}) {
    Assign(admin, device, "a.example");
  }
  const Response put =
      PutNotices(admin, R"({"registrationIds":["dev-1","DEV-2","dev-3"],)"
                        R"("intervalMs":500})");
  CHECK(put.body == R"({"put":3,"skipped":[]})");
  for (int i = 0; i < 3; ++i) {
    const auto task = Find(admin, "n/dev-" + std::to_string(i + 1));
    REQUIRE(task);
    CHECK(task->kind == HubTaskKind::kNotify);
    CHECK(task->hub == Hub("a.example"));
    CHECK(task->device_id == "at-hub-dev-" + std::to_string(i + 1));
    CHECK(task->due == admin.clock.Now() + i * 500ms);
  }
  const std::string later = FormatUtc(admin.clock.Now() + 1h);
  PutNotices(admin, R"({"registrationIds":["dev-1"],)"
                    R"("firstDueDateTimeUtc":")" +
                        later + "\"}");
  CHECK(Find(admin, "n/dev-1")->due == admin.clock.Now() + 1h);
}

TEST_CASE("hub_tasks: a device that cannot be asked is skipped and named") {
  OperatorAtWork admin;
  Assign(admin, "dev-1", "b.example");
  Assign(admin, "dev-2", "");
  Assign(admin, "dev-3", "gone.example");
  Assign(admin, "dev-4", "a.example");
  const Response put = PutNotices(
      admin,
      R"({"registrationIds":["dev-0","dev-1","dev-2","dev-3","dev-4"]})");
  CHECK(Holds(put, R"("put":1,)"));
  CHECK(Holds(put, R"({"registrationId":"dev-0","why":"it has no regi)"));
  CHECK(Holds(put, "hub b.example has no connector"));
  CHECK(Holds(put, "it is not assigned to a hub"));
  CHECK(Holds(put, "hub gone.example has no connector"));
  CHECK(Find(admin, "n/dev-4"));
  CHECK_FALSE(Find(admin, "n/dev-1"));
}

TEST_CASE("hub_tasks: notices of no, too many or odd devices are refused") {
  OperatorAtWork admin;
  std::string many = "\"dev\"";
  for (int i = 0; i < 1000; ++i) many += ",\"dev\"";
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"),
        std::string(R"({"registrationIds":[]})"),
        std::string(R"({"registrationIds":["a b"]})"),
        std::string(R"({"registrationIds":["a"],"intervalMs":-1})"),
        std::string(R"({"registrationIds":["a"],"firstDueDateTimeUtc":"x"})"),
        "{\"registrationIds\":[" + many + "]}"}) {
    CHECK(PutNotices(admin, body).status == 400);
  }
}

TEST_CASE("hub_tasks: what cannot be read is listed and shown as that") {
  DamagedTasks damaged;
  OperatorAtWork& admin = damaged.admin;
  const Response all = admin.Get("/hubTasks");
  REQUIRE(all.status == 200);
  CHECK(RowsIn(all) == 3);
  CHECK(Holds(all, R"("id":"p/dev-1","lastError":"the stored hub task )"
                   "p/dev-1 of ID scope 0neTEST cannot be read: "));
  CHECK(Holds(all, R"("id":"r/b.example/dev-3","kind":"remove")"));
  // Nobody can tell that it is of another hub.
  CHECK(RowsIn(admin.Ask("GET", "/hubTasks", {{"hub", "a.example"}})) == 2);
  const Response shown = admin.Get(kUnreadableRemoval);
  REQUIRE(shown.status == 200);
  CHECK(Member(shown, "id") == "r/a.example/dev-2");
  CHECK(Holds(shown, "cannot be read: "));
  CHECK_FALSE(shown.headers.contains("ETag"));
}

TEST_CASE("hub_tasks: pages go past what cannot be read") {
  DamagedTasks damaged;
  std::string all;
  Headers headers = {{"x-ms-max-item-count", "1"}};
  for (int pages = 0; pages < 3; ++pages) {
    const Response page = damaged.admin.Ask("GET", "/hubTasks", {}, headers);
    REQUIRE(page.status == 200);
    CHECK(RowsIn(page) == 1);
    all += page.body;
    if (pages == 2) break;
    headers["x-ms-continuation"] = page.headers.at("x-ms-continuation");
  }
  for (const char* device : {"dev-1", "dev-2", "dev-3"}) {
    CHECK(all.find(device) != std::string::npos);
  }
}

TEST_CASE("hub_tasks: what cannot be read can be deleted, and only that") {
  DamagedTasks damaged;
  OperatorAtWork& admin = damaged.admin;
  for (const std::string& path :
       {kUnreadableProvisioning, kUnreadableRemoval}) {
    const Response retried = admin.Post(path + "/retry");
    CHECK(retried.status == 409);
    CHECK(Holds(retried, "can only be deleted"));
    CHECK(admin.Delete(path, "\"e-1\"").status == 500);
    CHECK(admin.Delete(path, "*").status == 204);
    CHECK(admin.Get(path).status == 404);
    CHECK(admin.Delete(path, "*").status == 404);
  }
  CHECK(RowsIn(admin.Get("/hubTasks")) == 1);
}

TEST_CASE(
    "hub_tasks: hubs are shown, linked and changed beside a damaged one") {
  DamagedTasks damaged;
  OperatorAtWork& admin = damaged.admin;
  const Response listed = admin.Get("/linkedHubs");
  REQUIRE(listed.status == 200);
  CHECK(Holds(listed, R"("unreadableHubTasks":2)"));
  CHECK(Holds(admin.Get("/linkedHubs/b.example"),
              R"("unreadableHubTasks":2,"hubTasks":1)"));
  CHECK(admin.Put("/linkedHubs/c.example", R"({"name":"c.example"})").status ==
        200);
  CHECK(admin
            .Put("/linkedHubs/a.example",
                 R"({"name":"a.example","allocationWeight":2})", "*")
            .status == 200);
  CHECK(admin.Delete("/linkedHubs/a.example", "*").status == 204);
}

TEST_CASE("hub_tasks: a device is deprovisioned beside what cannot be read") {
  DamagedTasks damaged;
  OperatorAtWork& admin = damaged.admin;
  REQUIRE(admin
              .Put("/linkedHubs/b.example",
                   R"({"name":"b.example","connector":)"
                   R"({"type":"webhook","url":"http://x"}})",
                   "*")
              .status == 200);
  for (const char* device : {"dev-1", "dev-2"}) {
    RegistrationRecord record = RecordDocument(device);
    record.assigned_hub = "b.example";
    record.device_id = device;
    REQUIRE(damaged.store->Commit(
        {.changes = {Put<RegistrationRecord>{admin.scope, record, {}}}}));
    const Response deleted =
        admin.Ask("DELETE", "/registrations/" + std::string(device),
                  {{"withHubIdentity", "true"}}, {{"If-Match", "*"}});
    CHECK(deleted.status == 200);
    CHECK(Holds(deleted, "r/b.example/" + std::string(device)));
  }
  CHECK(admin.Get(kUnreadableProvisioning).status == 404);
}

}  // namespace dps
