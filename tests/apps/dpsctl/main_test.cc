// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

const std::vector<std::vector<std::string>> kCommands = {
    {"instance", "create"},
    {"instance", "show"},
    {"instance", "list"},
    {"instance", "update"},
    {"linked-hub", "add"},
    {"linked-hub", "list"},
    {"linked-hub", "show"},
    {"linked-hub", "update"},
    {"linked-hub", "remove"},
    {"enrollment-group", "create"},
    {"enrollment-group", "show"},
    {"enrollment-group", "list"},
    {"enrollment-group", "update"},
    {"enrollment-group", "delete"},
    {"enrollment", "create"},
    {"enrollment", "show"},
    {"enrollment", "list"},
    {"enrollment", "update"},
    {"enrollment", "delete"},
    {"certificate", "create"},
    {"certificate", "show"},
    {"certificate", "list"},
    {"certificate", "update"},
    {"certificate", "delete"},
    {"certificate", "generate-verification-code"},
    {"certificate", "verify"},
    {"certificate", "crl", "import"},
    {"registration", "explain"},
    {"registration", "show"},
    {"registration", "list"},
    {"registration", "delete"},
    {"compute-device-key"},
    {"generate-sas-token"},
    {},
    {"instance"},
    {"linked-hub"},
    {"enrollment-group"},
    {"enrollment"},
    {"certificate"},
    {"certificate", "crl"},
    {"registration"},
};

}  // namespace

TEST_CASE("main: --help of every command shows examples and succeeds") {
  const Dpsctl dpsctl{NoStore()};
  for (std::vector<std::string> command : kCommands) {
    command.push_back("--help");
    const CommandResult help = dpsctl.Run(command);
    CHECK(help.exit_code == 0);
    CHECK(Holds(help.out, "EXAMPLES:\ndpsctl "));
    CHECK(help.err.empty());
  }
}

TEST_CASE("main: --version prints the version alone") {
  const CommandResult version = Dpsctl{NoStore()}.Run({"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.out.find_first_not_of("0123456789.\n") == std::string::npos);
}

TEST_CASE("main: what is no command ends with 2 and names it") {
  const Dpsctl dpsctl{NoStore()};
  CHECK(dpsctl.UsageError({"nope"}) == "there is no command or option nope");
  CHECK(dpsctl.UsageError({"enrollment", "frob"}) ==
        "there is no command or option frob");
  CHECK(dpsctl.UsageError({"enrollment", "list", "--frob"}) ==
        "there is no command or option --frob");
  CHECK(dpsctl.UsageError({}) == "A subcommand is required");
  CHECK(dpsctl.UsageError({"enrollment", "create"}) ==
        "--enrollment-id is required");
  CHECK(Holds(dpsctl.UsageError({"instance", "list", "-o", "xml"}), "xml"));
  CHECK(Holds(dpsctl.UsageError({"enrollment", "list", "--top", "0"}), "0"));
  CHECK_FALSE(std::filesystem::exists(dpsctl.store()));
}

TEST_CASE("main: an empty shell variable is no id, etag, instance or store") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "a"});
  const std::vector<std::vector<std::string>> lines = {
      {"enrollment", "delete", "--eid", ""},
      {"enrollment", "update", "--eid", "a", "--etag", ""},
      {"enrollment", "delete", "--eid", "a", "--etag", ""},
      {"linked-hub", "show", "--hub-name", ""},
      {"registration", "show", "--rid", ""},
      {"registration", "list", "--eid", ""},
      {"instance", "list", "--store", ""},
      {"enrollment", "list", "-n", ""},
      {"enrollment", "list", "--id-scope", ""},
      {"instance", "create", "-n", "other", "--id-scope", ""},
      {"compute-device-key", "--rid", "d", "--eid", ""},
      {"certificate", "delete", "--cn", ""},
      {"enrollment", "create", "--eid", "b", "--cp", ""},
      {"enrollment-group", "create", "--eid", "b", "--ca", ""},
      {"registration", "explain", "--certificate", ""},
  };
  for (const auto& line : lines) {
    CHECK(Holds(dpsctl.UsageError(line), "must not be empty"));
  }
  CHECK(Holds(dpsctl.Json({"enrollment", "list"}), "\"a\""));
}

TEST_CASE("main: without a store commands say how to make one") {
  const Dpsctl dpsctl{NoStore()};
  CHECK(dpsctl.Refusal({"enrollment", "list"}) ==
        "the store directory " + dpsctl.store() +
            " does not exist; `dpsctl instance create` makes one");
}

TEST_CASE("main: an empty DPS_STORE is said to be empty, if it matters") {
  const Dpsctl dpsctl;
  for (const char* verb : {"list", "create"}) {
    const CommandResult result =
        dpsctl.RunWith("DPS_STORE=", {"instance", verb, "-n", "other"});
    CHECK(result.exit_code == 1);
    CHECK(result.out.empty());
    CHECK(result.err ==
          "dpsctl: the environment variable DPS_STORE is empty; unset it, or "
          "name the store's directory in it or by --store\n");
  }
  CHECK(dpsctl
            .RunWith("DPS_STORE=",
                     {"instance", "list", "--store", dpsctl.store()})
            .exit_code == 0);
  CHECK(dpsctl
            .RunWith("DPS_STORE=", {"generate-sas-token", "--rid", "dev-1",
                                    "--key", kKeyA, "--id-scope", "0neTEST"})
            .exit_code == 0);
}

TEST_CASE(
    "main: --store wins over the environment, before or after a command") {
  const Dpsctl dpsctl;
  const Dpsctl other{NoStore()};
  CHECK(Holds(other.Json({"--store", dpsctl.store(), "instance", "list"}),
              "0neTEST"));
  CHECK(Holds(other.Json({"instance", "list", "--store", dpsctl.store()}),
              "0neTEST"));
}

TEST_CASE("main: the instance is picked by name or ID scope when not alone") {
  const Dpsctl dpsctl;
  CHECK(Holds(dpsctl.Json({"linked-hub", "list"}), "a.example"));
  dpsctl.Json({"instance", "create", "-n", "other", "--id-scope", "0neOTHER"});
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "list"}), "which instance?"));
  CHECK(dpsctl.Json({"linked-hub", "list", "-n", "OTHER"}) == "[]\n");
  CHECK(Holds(dpsctl.Json({"linked-hub", "list", "--id-scope", "0neTEST"}),
              "a.example"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "list", "-n", "none"}),
              "there is no such instance"));
  CHECK(Holds(dpsctl.Refusal({"linked-hub", "list", "-n", "other", "--id-scope",
                              "0neTEST"}),
              "there is no such instance"));
}

TEST_CASE("main: an update that changes nothing keeps the etag") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "e", "--device-id", "lathe-7",
               "--tags", R"({"a":1})", "--ih", "a.example", "--ap", "hashed"});
  dpsctl.Json({"enrollment-group", "create", "--eid", "e"});
  const std::vector<std::vector<std::string>> lines = {
      {"enrollment", "--eid", "e"},
      {"enrollment", "--eid", "e", "--device-id", "lathe-7", "--tags",
       R"({"a":1})", "--ih", "a.example", "--ps", "enabled", "--rp",
       "reprovisionandmigratedata", "--ee", "false", "--ap", "hashed"},
      {"enrollment-group", "--eid", "e"},
      {"enrollment-group", "--eid", "e", "--ps", "enabled", "--ih", ""},
      {"linked-hub", "--hub-name", "a.example"},
      {"linked-hub", "--hub-name", "a.example", "--allocation-weight", "1"},
      {"instance"},
  };
  for (std::vector<std::string> line : lines) {
    CAPTURE(line.back());
    const std::vector<std::string> id(
        line.begin() + 1, line.begin() + std::min(3L, std::ssize(line)));
    std::vector<std::string> show = {line[0], "show"};
    show.insert(show.end(), id.begin(), id.end());
    const std::string before = dpsctl.Json(show);
    line.insert(line.begin() + 1, "update");
    CHECK(dpsctl.Unchanged(line) == before);
    CHECK(dpsctl.Json(show) == before);
    for (const std::string quote : {"", "\""}) {
      auto with_etag = line;
      with_etag.insert(with_etag.end(),
                       {"--etag", quote + Member(before, "etag") + quote});
      CHECK(dpsctl.Unchanged(with_etag) == before);
    }
    line.insert(line.end(), {"--etag", "stale"});
    CHECK(Holds(dpsctl.Refusal(line), "another etag"));
  }
}

TEST_CASE(
    "main: what exists is not made again, and the refusal speaks plainly") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "e"});
  dpsctl.Json({"enrollment-group", "create", "--eid", "e"});
  CHECK(dpsctl.Refusal({"enrollment", "create", "--eid", "E"}) ==
        "enrollment E exists already");
  CHECK(dpsctl.Refusal({"enrollment-group", "create", "--eid", "e"}) ==
        "enrollment group e exists already");
  CHECK(dpsctl.Refusal({"linked-hub", "add", "--hub-name", "a.example"}) ==
        "linked hub a.example exists already");
  CHECK(dpsctl.Refusal({"instance", "create", "-n", "plant"}) ==
        "instance plant exists already");
}

TEST_CASE("main: operators side by side lose nothing") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment-group", "create", "--eid", "g"});
  const std::vector<std::vector<std::string>> changes = {
      {"--initial-twin-tags", R"({"from":"one"})"},
      {"--initial-twin-properties", R"({"from":"two"})"},
      {"--provisioning-status", "disabled"},
      {"--primary-key", kKeyA},
      {"--iot-hubs", "a.example"},
      {"--edge-enabled"},
  };
  {
    std::vector<std::jthread> operators;
    for (const auto& change : changes) {
      operators.emplace_back([&dpsctl, &change] {
        std::vector<std::string> line = {"enrollment-group", "update", "--eid",
                                         "g"};
        line.insert(line.end(), change.begin(), change.end());
        CHECK(dpsctl.Run(line).exit_code == 0);
      });
    }
  }
  const std::string shown =
      dpsctl.Json({"enrollment-group", "show", "--eid", "g", "--show-keys"});
  for (const std::string& part :
       {std::string("\"one\""), std::string("\"two\""),
        std::string("\"disabled\""), kKeyA, std::string("\"a.example\""),
        std::string("\"iotEdge\": true")}) {
    CHECK(Holds(shown, part));
  }
}

TEST_CASE("main: an answer that cannot be written is a failure") {
  const Dpsctl dpsctl;
  for (const std::string& command :
       {std::string("instance list"),
        std::string("instance list --output table"),
        "generate-sas-token --registration-id dev-1 --key " + kKeyA}) {
    CAPTURE(command);
    const auto result = RunCommand(
        {.argv = {"sh", "-c", DPS_DPSCTL " " + command + " > /dev/full"},
         .environment = {"DPS_STORE=" + dpsctl.store()}});
    REQUIRE(result);
    CHECK(result->exit_code == 1);
    CHECK(result->err == "dpsctl: the answer could not be written\n");
  }
}

}  // namespace dps
