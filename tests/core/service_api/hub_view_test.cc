// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/hub_view.h"

#include <doctest/doctest.h>

#include "tests/core/service_api/operator_at_work.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

const std::string kWebhook =
    R"({"name":"c.example","connector":{"type":"webhook","url":"http://x"}})";

void Commit(OperatorAtWork& admin, const Change& change) {
  REQUIRE(admin.memory().Commit({.changes = {change}}));
}

void SetHealth(OperatorAtWork& admin, bool healthy, const std::string& error) {
  Commit(admin, Put<HubHealth>{admin.scope,
                               {.hub = Hub("c.example"),
                                .healthy = healthy,
                                .error = error,
                                .since = kNoon},
                               Expect::Anything()});
}

HubTask FreshRemoval(const char* hub, const std::string& device) {
  return {.kind = HubTaskKind::kRemove,
          .hub = Hub(hub),
          .device_id = device,
          .registration_id = Device(device),
          .etag_text = "e"};
}

bool Shows(OperatorAtWork& admin, const std::string& text) {
  return Holds(admin.Get("/linkedHubs/c.example"), text);
}

}  // namespace

TEST_CASE("hub_view: a hub that is just a name has neither health nor tasks") {
  OperatorAtWork admin;
  const Response shown = admin.Get("/linkedHubs/a.example");
  CHECK_FALSE(Holds(shown, "health"));
  CHECK_FALSE(Holds(shown, "hubTasks"));
}

TEST_CASE("hub_view: the health of a hub is what was found last") {
  OperatorAtWork admin;
  CHECK(Holds(admin.Put("/linkedHubs/c.example", kWebhook),
              R"("health":{"status":"unknown"},"hubTasks":0)"));
  SetHealth(admin, true, "");
  CHECK(Shows(admin, R"("health":{"status":"healthy","sinceDateTimeUtc":)"));
  SetHealth(admin, false, "no answer");
  CHECK(Shows(admin, R"({"status":"unhealthy","error":"no answer",)"));
  CHECK(Holds(admin.Get("/linkedHubs"), "no answer"));
}

TEST_CASE("hub_view: another connector's health says nothing about this one") {
  OperatorAtWork admin;
  admin.Put("/linkedHubs/c.example", kWebhook);
  SetHealth(admin, false, "no answer");
  std::string heavier = kWebhook;
  heavier.insert(1, R"("allocationWeight":7,)");
  CHECK(Holds(admin.Put("/linkedHubs/c.example", heavier, "*"), "no answer"));
  std::string other = kWebhook;
  other.replace(other.find("http://x"), 8, "http://y");
  CHECK_FALSE(
      Holds(admin.Put("/linkedHubs/c.example", other, "*"), "no answer"));
  CHECK(Shows(admin, R"("status":"unknown")"));
  SetHealth(admin, true, "");
  admin.Delete("/linkedHubs/c.example");
  admin.Put("/linkedHubs/c.example", other);
  CHECK(Shows(admin, R"("status":"unknown")"));
}

TEST_CASE("hub_view: tasks count for every hub that they name, once") {
  OperatorAtWork admin;
  admin.Put("/linkedHubs/c.example", kWebhook);
  HubTask carrying = FreshRemoval("a.example", "dev-1");
  carrying.carry_to = Hub("c.example");
  HubTask circular = FreshRemoval("c.example", "dev-2");
  circular.carry_to = Hub("c.example");
  for (const HubTask& task :
       {carrying, circular, FreshRemoval("b.example", "dev-3")}) {
    Commit(admin, Put<HubTask>{admin.scope, task, Expect::Absent()});
  }
  CHECK(Shows(admin, R"("hubTasks":2)"));
  for (const char* hub : {"/linkedHubs/a.example", "/linkedHubs/b.example"}) {
    CHECK(Holds(admin.Get(hub), R"("hubTasks":1)"));
  }
}

}  // namespace dps
