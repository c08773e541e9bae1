// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/hub_tasks_of.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

// Devices dev-0.. of group `line`, all in a.example.
void RegisterDevices(const Dpsctl& dpsctl, int count) {
  Batch batch;
  for (int i = 0; i < count; ++i) {
    RegistrationRecord record =
        RecordDocument("dev-" + std::to_string(i), "line");
    record.assigned_hub = "a.example";
    batch.changes.emplace_back(
        Put<RegistrationRecord>{Scope("0neTEST"), record, Expect::Absent()});
  }
  REQUIRE(
      LmdbStore::Open({.directory = dpsctl.store()}).value()->Commit(batch));
}

std::string Plan(const Dpsctl& dpsctl, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"enrollment-group", "reprovision",
                             "--enrollment-group", "line", "--plan"});
  return dpsctl.Json(more);
}

std::int64_t Number(const std::string& json, const char* name) {
  const std::string mark = "\"" + std::string(name) + "\":";
  const std::size_t at = json.find(mark);
  REQUIRE(at != std::string::npos);
  return std::stoll(json.substr(at + mark.size()));
}

void Group(const Dpsctl& dpsctl, const char* hub, const char* policy) {
  dpsctl.Json({"enrollment-group", "create", "--eid", "line", "--ih", hub,
               "--rp", policy});
}

}  // namespace

TEST_CASE("reprovision: a plan shows who moves, where to, and their data") {
  const Dpsctl dpsctl;
  Group(dpsctl, "b.example", "reprovisionandmigratedata");
  RegisterDevices(dpsctl, 3);
  const std::string plan = Plan(dpsctl);
  CHECK(Holds(plan, R"("outcome":"moves","from":"a.example","to":"b.example",)"
                    R"("deviceData":"migrate")"));
  CHECK(Number(plan, "moves") == 3);
  CHECK(Number(plan, "stays") == 0);
  CHECK(Member(dpsctl.Json({"registration", "show", "--rid", "dev-0"}),
               "assignedHub") == "a.example");
  CHECK(Holds(Plan(dpsctl, {"-o", "table"}),
              "dev-0  a.example  ->  b.example  migrate\n"));
}

TEST_CASE("reprovision: who is reset where it is, or held, does not move") {
  const Dpsctl dpsctl;
  Group(dpsctl, "a.example", "reprovisionandresetdata");
  RegisterDevices(dpsctl, 2);
  const std::string reset = Plan(dpsctl);
  CHECK(Holds(reset, R"("outcome":"stays","from":"a.example",)"));
  CHECK(Number(reset, "staysAndResets") == 2);
  dpsctl.Json({"enrollment-group", "update", "--eid", "line", "--rp", "never",
               "--ih", "b.example"});
  const std::string held = Plan(dpsctl);
  CHECK(Number(held, "stays") == 2);
  CHECK_FALSE(Holds(held, "dev-0"));
  CHECK(Holds(Plan(dpsctl, {"--all"}), "dev-0"));
}

TEST_CASE("reprovision: what only the registration can tell is unknown") {
  const Dpsctl dpsctl;
  Group(dpsctl, "a.example b.example", "reprovisionandmigratedata");
  RegisterDevices(dpsctl, 2);
  dpsctl.Json(
      {"enrollment-group", "update", "--eid", "line", "--ap", "geolatency"});
  CHECK(Holds(Plan(dpsctl), "the device's address decides"));
  dpsctl.Json({"enrollment-group", "update", "--eid", "line", "--ap", "custom",
               "--webhook-url", "http://x"});
  const std::string plan = Plan(dpsctl);
  CHECK(Holds(plan, "the webhook decides"));
  CHECK(Number(plan, "unknown") == 2);
  dpsctl.Json({"enrollment-group", "update", "--eid", "line", "--rp", "never"});
  CHECK(Number(Plan(dpsctl), "stays") == 2);
}

TEST_CASE("reprovision: who would be refused is named with the reason") {
  const Dpsctl dpsctl;
  Group(dpsctl, "b.example", "reprovisionandmigratedata");
  RegisterDevices(dpsctl, 1);
  dpsctl.Json(
      {"enrollment-group", "update", "--eid", "line", "--ps", "disabled"});
  CHECK(Holds(Plan(dpsctl), "the enrollment is disabled"));
  CHECK(Number(Plan(dpsctl), "fails") == 1);
}

TEST_CASE("reprovision: a fleet is planned page by page into one JSON text") {
  const Dpsctl dpsctl;
  Group(dpsctl, "b.example", "reprovisionandmigratedata");
  RegisterDevices(dpsctl, 2500);
  const std::string plan = Plan(dpsctl);
  CHECK(JsonDocument::ParseObject(plan));
  CHECK(Number(plan, "moves") == 2500);
  CHECK(Holds(plan, "\"dev-2499\""));
}

TEST_CASE("reprovision: notices are put for those that would move, paced") {
  const Dpsctl dpsctl;
  dpsctl.Json({"linked-hub", "update", "--hub-name", "a.example", "--connector",
               "webhook", "--connector-url", "http://a"});
  Group(dpsctl, "b.example", "reprovisionandmigratedata");
  RegisterDevices(dpsctl, 1200);
  const std::string done =
      dpsctl.Json({"enrollment-group", "reprovision", "--enrollment-group",
                   "line", "--notify", "--rate", "100"});
  CHECK(Number(done, "notices") == 1200);
  CHECK(Number(done, "noticesSkipped") == 0);
  const auto store = LmdbStore::Open({.directory = dpsctl.store()}).value();
  const auto tasks =
      HubTasksOf(*store, Scope("0neTEST"), {.after = {}, .limit = 2000});
  REQUIRE(tasks.size() == 1200);
  UtcTime first = tasks[0].due;
  UtcTime last = first;
  for (const HubTask& task : tasks) {
    first = std::min(first, task.due);
    last = std::max(last, task.due);
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(last - first);
  CHECK(took.count() >= 11'900);
  CHECK(took.count() <= 12'100);
}

TEST_CASE("reprovision: who stays is asked only with --all") {
  const Dpsctl dpsctl;
  Group(dpsctl, "a.example", "reprovisionandmigratedata");
  RegisterDevices(dpsctl, 2);
  const auto notify = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"enrollment-group", "reprovision", "--eid",
                               "line", "--notify"});
    return dpsctl.Run(more);
  };
  CHECK(Number(notify({}).out, "notices") == 0);
  const CommandResult all = notify({"--all"});
  CHECK(Number(all.out, "noticesSkipped") == 2);
  CHECK(Holds(all.err, "2 devices cannot be asked"));
}

TEST_CASE("reprovision: one device is planned by its own enrollment") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "dev-0", "--ih", "b.example"});
  RegisterDevices(dpsctl, 1);
  CHECK(Number(dpsctl.Json(
                   {"enrollment", "reprovision", "--eid", "dev-0", "--plan"}),
               "moves") == 1);
  CHECK(dpsctl.Refusal({"enrollment", "reprovision", "--eid", "none",
                        "--plan"}) == "there is no registration of none");
  CHECK(dpsctl.Refusal({"enrollment-group", "reprovision", "--eid", "none",
                        "--plan"}) == "there is no enrollment group none");
  dpsctl.UsageError({"enrollment", "reprovision", "--eid", "dev-0"});
}

}  // namespace dps
