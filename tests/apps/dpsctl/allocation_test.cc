// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/mmdb_writer.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

using Words = std::vector<std::string>;

Words Explain(const Words& options = {}) {
  Words line = {"allocation", "explain", "--registration-id", "dev-1"};
  line.insert(line.end(), options.begin(), options.end());
  return line;
}

void CreateGroup(const Dpsctl& dpsctl, const Words& options = {}) {
  Words line = {"enrollment-group", "create", "--eid", "line"};
  line.insert(line.end(), options.begin(), options.end());
  dpsctl.Json(line);
}

std::unique_ptr<WebhookServer> StartWebhook(
    const WebhookServerOptions& options = {}) {
  auto started = WebhookServer::Start(options);
  REQUIRE(started);
  return *std::move(started);
}

}  // namespace

TEST_CASE("allocation: explain names the hub, and writes nothing") {
  const Dpsctl dpsctl;
  CreateGroup(dpsctl);
  const std::string said = dpsctl.Json(Explain());
  CHECK(Member(said, "enrollmentGroup") == "line");
  CHECK(Member(said, "allocationPolicy") == "hashed");
  CHECK(Member(said, "policyFrom") == "instance");
  CHECK(Member(said, "status") == "assigned");
  CHECK(Holds(said, "\"hashedCost\": "));
  CHECK(dpsctl.Json(Explain()) == said);
  CHECK(dpsctl.Json({"registration", "list", "--eid", "line"}) == "[]\n");
}

TEST_CASE("allocation: a table has a row for each hub, notes tell the choice") {
  const Dpsctl dpsctl;
  CreateGroup(dpsctl, {"--ap", "static", "--ih", "b.example"});
  const CommandResult shown = dpsctl.Run(Explain({"-o", "table"}));
  CHECK(shown.exit_code == 0);
  CHECK(shown.out ==
        "name       allocationWeight  eligible  assignedDevices  chosen  "
        "whyNot\n"
        "---------  ----------------  --------  ---------------  ------  "
        "---------------------------\n"
        "a.example  1                 false     0                false   "
        "not named by the enrollment\n"
        "b.example  1                 true      0                true\n");
  CHECK(shown.err ==
        "dpsctl: b.example: the one hub that the enrollment names\n");
}

TEST_CASE("allocation: without a hub the reason is told, with exit code 1") {
  const Dpsctl dpsctl;
  CreateGroup(dpsctl, {"--ap", "static"});
  const CommandResult none = dpsctl.Run(Explain());
  CHECK(none.exit_code == 1);
  CHECK(Member(none.out, "status") == "failed");
  CHECK(none.err == "dpsctl: no hub: " + Member(none.out, "reason") + "\n");
  dpsctl.Json(
      {"enrollment-group", "update", "--eid", "line", "--ps", "disabled"});
  const CommandResult disabled = dpsctl.Run(Explain());
  CHECK(disabled.exit_code == 1);
  CHECK(Member(disabled.out, "status") == "disabled");
}

TEST_CASE("allocation: what policy static misses is told at each hub") {
  const Dpsctl dpsctl;
  CreateGroup(dpsctl, {"--ap", "static"});
  CHECK(Holds(dpsctl.Run(Explain()).out,
              R"("whyNot": "the enrollment names no hub, and policy static)"));
  dpsctl.Json({"enrollment-group", "update", "--eid", "line", "--ih",
               "a.example b.example"});
  CHECK(Holds(dpsctl.Run(Explain()).out,
              R"("whyNot": "one of 2 that the enrollment names, and policy)"));
}

TEST_CASE("allocation: the group can be named by each of its options") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Refusal(Explain()), "there is no enrollment group"));
  CreateGroup(dpsctl);
  dpsctl.Json({"enrollment-group", "create", "--eid", "other"});
  CHECK(Holds(dpsctl.Refusal(Explain()), "several enrollment groups"));
  for (const char* option :
       {"--enrollment-id", "--eid", "--group-id", "--gid"}) {
    CHECK(Member(dpsctl.Json(Explain({option, "other"})), "enrollmentGroup") ==
          "other");
  }
  CHECK(dpsctl.Refusal(Explain({"--gid", "none"})) ==
        "there is no enrollment group none");
  dpsctl.Json({"enrollment", "create", "--eid", "dev-1"});
  CHECK(Member(dpsctl.Json(Explain()), "enrollment") == "dev-1");
}

TEST_CASE("allocation: geoLatency is tried with an address and a database") {
  const Dpsctl dpsctl;
  CreateGroup(dpsctl, {"--ap", "geoLatency"});
  const CommandResult lost =
      dpsctl.Run(Explain({"--address", "192.0.2.1", "-o", "table"}));
  CHECK(Holds(lost.err, "there is no latency table and no geo database"));
  CHECK(Holds(lost.err, "no latency is known here; give --geo-database\n"));
  CHECK(Holds(dpsctl.Run(Explain()).err, "give --address, and --geo-database"));
  for (const auto& [hub, place] : {std::pair("a.example", "52.52,13.41"),
                                   std::pair("b.example", "-33.87,151.21")}) {
    dpsctl.Json(
        {"linked-hub", "update", "--hub-name", hub, "--coordinates", place});
  }
  MmdbWriter cities;
  cities.Add("192.0.2.0/24", MmdbCity({47.38, 8.54}));
  const std::string file =
      dpsctl.directory().Write("cities.mmdb", cities.Finish());
  const CommandResult found = dpsctl.Run(Explain(
      {"--address", "192.0.2.1", "--geo-database", file, "-o", "table"}));
  CHECK(found.err == "dpsctl: a.example: the nearest\n");
  CHECK(Holds(dpsctl.Run(Explain({"--geo-database", file})).err,
              "give --address\n"));
  CHECK(Holds(found.out, " km "));
  dpsctl.Json({"latency-table", "import", "--path",
               dpsctl.directory().Write("t.csv", "0.0.0.0/0,b.example,7.5\n")});
  const std::string by_table =
      dpsctl.Json(Explain({"--address", "192.0.2.1", "--geo-database", file}));
  CHECK(Member(by_table, "hub") == "b.example");
  CHECK(Holds(by_table, "\"latencyMs\": 7.5"));
  CHECK(Holds(by_table, "\"cidr\": \"0.0.0.0/0\""));
  CHECK(Holds(dpsctl.Refusal(Explain({"--address", "here"})),
              "is not an address"));
  CHECK(Holds(dpsctl.Refusal(Explain({"--geo-database", "/nonexistent"})),
              "/nonexistent"));
}

TEST_CASE("allocation: the webhook is called only when that is asked for") {
  const Dpsctl dpsctl;
  const auto webhook = StartWebhook();
  CreateGroup(dpsctl,
              {"--ap", "custom", "--wh", webhook->Url("/last?code=KEY")});
  const CommandResult told = dpsctl.Run(Explain());
  CHECK(told.exit_code == 0);
  CHECK(told.err ==
        "dpsctl: the webhook was not asked; --call-webhook asks it\n");
  const std::string& unasked = told.out;
  CHECK(Member(unasked, "status") == "assigning");
  CHECK(Holds(unasked, "\"linkedHubs\": ["));
  CHECK(Holds(unasked, "/last?****"));
  CHECK_FALSE(Holds(unasked, "KEY"));
  CHECK(webhook->requests().empty());
  dpsctl.Json({"instance", "update", "-n", "plant", "--webhook-key", kKeyA});
  const CommandResult asked = dpsctl.Run(Explain({"--call-webhook"}));
  REQUIRE(webhook->requests().size() == 1);
  const SeenRequest seen = webhook->requests()[0];
  CHECK(seen.path == "/last?code=KEY");
  CHECK(Holds(seen.body, "\"registrationId\":\"dev-1\""));
  CHECK(seen.Header("webhook-signature").starts_with("v1,"));
  CHECK(Member(asked.out, "hub") == "b.example");
  CHECK_FALSE(Holds(asked.out + asked.err, "KEY"));
}

TEST_CASE("allocation: what the webhook answers is judged and shown") {
  const Dpsctl dpsctl;
  const auto webhook = StartWebhook();
  CreateGroup(dpsctl, {"--ap", "custom", "--wh", webhook->Url("/ok")});
  const auto answer = [&](const std::string& path) {
    dpsctl.Json({"enrollment-group", "update", "--eid", "line", "--wh",
                 webhook->Url(path)});
    return dpsctl.Run(Explain({"--call-webhook"}));
  };
  const CommandResult good = answer("/last");
  CHECK(good.exit_code == 0);
  CHECK(Member(good.out, "hub") == "b.example");
  CHECK(Member(good.out, "reason") == "the webhook says so");
  const CommandResult unlisted = answer("/ok?hub=c.example");
  CHECK(unlisted.exit_code == 1);
  CHECK(Holds(unlisted.err, "the webhook chose c.example, which is not"));
  const CommandResult failing = answer("/status/500");
  CHECK(failing.exit_code == 1);
  CHECK(Holds(failing.err, "answered HTTP 500"));
  CHECK(Holds(failing.out, "\"errorCode\": 400207"));
}

TEST_CASE("allocation: a webhook behind a CA of its own can be called") {
  const Dpsctl dpsctl;
  const auto webhook = StartWebhook({.tls = true});
  CreateGroup(dpsctl, {"--ap", "custom", "--wh", webhook->Url("/last")});
  CHECK(Holds(dpsctl.Run(Explain({"--call-webhook"})).err, "not trusted"));
  const CommandResult trusted = dpsctl.Run(
      Explain({"--call-webhook", "--webhook-ca-file", webhook->ca_file()}));
  CHECK(trusted.exit_code == 0);
  CHECK(Member(trusted.out, "hub") == "b.example");
}

TEST_CASE("allocation: there is no webhook to call under other policies") {
  const Dpsctl dpsctl;
  CreateGroup(dpsctl);
  const CommandResult shown = dpsctl.Run(Explain({"--call-webhook"}));
  CHECK(shown.exit_code == 0);
  CHECK(shown.err == "dpsctl: no webhook is asked under policy hashed\n");
  CHECK(Holds(dpsctl.Run({"allocation", "explain", "--help"}).out,
              "private address"));
}

}  // namespace dps
