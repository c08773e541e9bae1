// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {

TEST_CASE("instance: create makes the store and an instance with an ID scope") {
  const Dpsctl dpsctl{NoStore()};
  const std::string created =
      dpsctl.Json({"instance", "create", "--dps-name", "my-dps"});
  CHECK(Member(created, "name") == "my-dps");
  CHECK(Member(created, "idScope").starts_with("0ne"));
  CHECK_FALSE(Holds(created, "operationKey"));
  CHECK(dpsctl.Json({"instance", "show"}) == created);
}

TEST_CASE("instance: create refuses bad and taken names and makes no store") {
  const Dpsctl dpsctl{NoStore()};
  CHECK(Holds(dpsctl.Refusal({"instance", "create", "-n", "a_b"}),
              "instance name must be"));
  CHECK_FALSE(std::filesystem::exists(dpsctl.store()));
  dpsctl.Json({"instance", "create", "-n", "plant"});
  CHECK(Holds(dpsctl.Refusal({"instance", "create", "-n", "PLANT"}),
              "exists already"));
  CHECK(dpsctl.UsageError({"instance", "create"}) == "--dps-name is required");
}

TEST_CASE("instance: of many creates of one name at once one succeeds") {
  const Dpsctl dpsctl;
  std::atomic<int> made = 0;
  {
    std::vector<std::jthread> operators;
    for (int i = 0; i < 6; ++i) {
      operators.emplace_back([&] {
        const CommandResult result =
            dpsctl.Run({"instance", "create", "-n", "other"});
        made += result.exit_code == 0;
        CHECK((result.exit_code == 0 ||
               result.err == "dpsctl: instance other exists already\n"));
      });
    }
  }
  CHECK(made == 1);
  CHECK(Member(dpsctl.Json({"instance", "show", "-n", "other"}), "name") ==
        "other");
}

TEST_CASE("instance: list shows all, as a table if wanted") {
  const Dpsctl dpsctl;
  dpsctl.Json({"instance", "create", "-n", "other", "--id-scope", "0neB"});
  const std::string table = dpsctl.Json({"instance", "list", "-o", "table"});
  CHECK(table.starts_with(
      "name   idScope  allocationPolicy  loadBound  latencyToleranceMs  "
      "linkedHubsMax  webhookSigned  serviceOperationsHostName  "
      "createdDateTimeUtc\n"));
  CHECK(Holds(table, "\nplant  0neTEST"));
  CHECK(Holds(table, "\nother  0neB"));
}

TEST_CASE("instance: settings are changed, and a key is never shown") {
  const Dpsctl dpsctl;
  const std::string changed = dpsctl.Json(
      {"instance", "update", "--ap", "static", "--load-bound", "1.25",
       "--latency-tolerance-ms", "5", "--linked-hubs-max", "50"});
  CHECK(Holds(changed, R"("allocationPolicy": "static")"));
  CHECK(Holds(changed, R"("loadBound": 1.25)"));
  CHECK(Holds(changed, R"("latencyToleranceMs": 5)"));
  CHECK(Holds(changed, R"("linkedHubsMax": 50)"));
  CHECK(dpsctl.Unchanged({"instance", "update", "--load-bound", "1.25"}) ==
        changed);
  const std::string key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
  const std::string is_signed =
      dpsctl.Json({"instance", "update", "--webhook-key", key});
  CHECK(Holds(is_signed, R"("webhookSigned": true)"));
  CHECK_FALSE(Holds(is_signed, key));
  CHECK_FALSE(Holds(dpsctl.Json({"instance", "update", "--webhook-key", "",
                                 "--load-bound", "0"}),
                    "webhookSigned"));
}

TEST_CASE("instance: a load bound is a number from 1 to 100, or none") {
  const Dpsctl dpsctl;
  for (const char* bound : {"0.5", "100.5", "-1"}) {
    CAPTURE(bound);
    CHECK(dpsctl.Refusal({"instance", "update", "--load-bound", bound}) ==
          "--load-bound must be 0 (none) or a number from 1 to 100");
  }
  for (const char* bound : {"nan", "inf", "1e999", "many"}) {
    CAPTURE(bound);
    CHECK(
        Holds(dpsctl.UsageError({"instance", "update", "--load-bound", bound}),
              "must be a number, not"));
  }
  for (const char* none : {"0", ""}) {
    CHECK(Holds(dpsctl.Json({"instance", "update", "--load-bound", "2"}),
                R"("loadBound": 2)"));
    CHECK_FALSE(Holds(dpsctl.Json({"instance", "update", "--load-bound", none}),
                      "loadBound"));
  }
}

TEST_CASE("instance: refusals name the options, and never a webhook's key") {
  const Dpsctl dpsctl;
  const auto update = [&](const char* option, const char* value) {
    return dpsctl.Refusal({"instance", "update", option, value});
  };
  CHECK(update("--linked-hubs-max", "1") ==
        "--linked-hubs-max must not be less than the number of hubs that are "
        "linked, 2");
  CHECK(update("--latency-tolerance-ms", "-1")
            .starts_with("--latency-tolerance-ms must be an integer"));
  CHECK(update("--webhook-key", "short")
            .starts_with("--webhook-key must be base64 of 24 to 64 bytes"));
  for (const char* option :
       {"--ap", "--linked-hubs-max", "--latency-tolerance-ms"}) {
    CHECK(Holds(dpsctl.UsageError({"instance", "update", option, ""}),
                "must not be empty"));
  }
}

TEST_CASE("instance: update takes no webhook, and the right etag only") {
  const Dpsctl dpsctl;
  const std::string before = dpsctl.Json({"instance", "show"});
  CHECK(Holds(dpsctl.Refusal({"instance", "update", "--ap", "custom"}),
              "for enrollments"));
  CHECK(Holds(dpsctl.Refusal({"instance", "update", "--etag", "stale"}),
              "another etag"));
  CHECK(dpsctl.Unchanged({"instance", "update", "--ap", "Hashed", "-e",
                          Member(before, "etag")}) == before);
}

}  // namespace dps
