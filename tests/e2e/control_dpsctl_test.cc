// SPDX-License-Identifier: Apache-2.0
// dpsctl over the broker, for operators who have nothing else.
#include <doctest/doctest.h>

#include "tests/e2e/control_scene.h"
#include "tests/support/child_process.h"

namespace dps {
namespace {

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

std::string PlainUrl(ControlScene& scene) {
  return "mqtt://127.0.0.1:" + std::to_string(scene.Tcp().port);
}

CommandResult Ctl(const std::vector<std::string>& options,
                  const std::vector<std::string>& words,
                  const std::string& password = kUserPassword) {
  std::vector<std::string> argv = {DPSCTL};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), words.begin(), words.end());
  auto result = RunCommand(
      {.argv = argv, .environment = {"DPS_BROKER_PASSWORD=" + password}});
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return *std::move(result);
}

// As alice.
std::string Json(ControlScene& scene, const std::vector<std::string>& words) {
  const CommandResult result =
      Ctl({"--broker", PlainUrl(scene), "--broker-username", "alice"}, words);
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  return result.out;
}

std::string Failed(ControlScene& scene, const std::vector<std::string>& words) {
  const CommandResult result =
      Ctl({"--broker", PlainUrl(scene), "--broker-username", "alice"}, words);
  CHECK(result.exit_code == 1);
  CHECK(result.out.empty());
  return result.err;
}

std::string OnStore(ControlScene& scene,
                    const std::vector<std::string>& words) {
  const CommandResult result =
      Ctl({"--store", scene.dps().store_directory()}, words);
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  return result.out;
}

}  // namespace

TEST_CASE("control_dpsctl: what is done over the broker is done on the store") {
  ControlScene scene;
  CHECK(Holds(Json(scene, {"enrollment-group", "create", "--eid", "line-1"}),
              "primaryKey"));
  CHECK(Holds(Json(scene, {"enrollment", "create", "--eid", "dev-1"}),
              "primaryKey"));
  Json(scene, {"enrollment", "update", "--eid", "dev-1", "--ps", "disabled"});
  CHECK(Holds(OnStore(scene, {"enrollment", "show", "--eid", "dev-1"}),
              "\"disabled\""));
  for (const char* noun : {"enrollment", "enrollment-group", "linked-hub",
                           "policy", "instance", "registration"}) {
    CAPTURE(noun);
    CHECK(Json(scene, {noun, "list"}) == OnStore(scene, {noun, "list"}));
  }
  CHECK(
      Json(scene, {"compute-device-key", "--rid", "a", "--eid", "line-1"}) ==
      OnStore(scene, {"compute-device-key", "--rid", "a", "--eid", "line-1"}));
  Json(scene, {"enrollment", "delete", "--eid", "dev-1"});
  CHECK(OnStore(scene, {"enrollment", "list"}) == "[]\n");
  CHECK(Holds(Failed(scene, {"enrollment", "show", "--eid", "dev-1"}),
              "dpsctl: "));
}

TEST_CASE("control_dpsctl: a stale etag is refused and nothing changes") {
  ControlScene scene;
  Json(scene, {"enrollment", "create", "--eid", "dev-1"});
  const std::string before =
      OnStore(scene, {"enrollment", "show", "--eid", "dev-1"});
  CHECK(Holds(Failed(scene, {"enrollment", "update", "--eid", "dev-1", "--ps",
                             "disabled", "--etag", "stale"}),
              "etag"));
  CHECK(Holds(Failed(scene, {"enrollment", "delete", "--eid", "dev-1", "--etag",
                             "stale"}),
              "etag"));
  CHECK(OnStore(scene, {"enrollment", "show", "--eid", "dev-1"}) == before);
}

TEST_CASE("control_dpsctl: a table goes there and back, in its own format") {
  ControlScene scene;
  const std::string file = scene.files().Write(
      "table.csv", "10.0.0.0/8," + std::string(kHub1) + ",5\n");
  Json(scene, {"latency-table", "import", "--path", file});
  CHECK(Json(scene, {"latency-table", "export"}) ==
        "cidr,hub,milliseconds\n10.0.0.0/8," + std::string(kHub1) + ",5\n");
}

TEST_CASE("control_dpsctl: a list of more than a page arrives whole") {
  ControlScene scene;
  // Without a sync for each: the rows are what matters.
  std::vector<Change> changes;
  for (int i = 0; i < 1'200; ++i) {
    IndividualEnrollment enrollment = EnrollmentOf("dev-" + std::to_string(i));
    enrollment.terms.initial_twin_json =
        R"({"tags":{"a":")" + std::string(2'000, 'x') + "\"}}";
    enrollment.terms.etag = std::to_string(i);
    changes.emplace_back(
        Put<IndividualEnrollment>{TestScope(), enrollment, Expect::Absent()});
  }
  REQUIRE(scene.dps().store().Commit({.changes = std::move(changes)}));
  const std::string all = Json(scene, {"enrollment", "list"});
  CHECK(all.size() > 2'400'000);
  CHECK(all == OnStore(scene, {"enrollment", "list"}));
}

TEST_CASE("control_dpsctl: instances are made and picked over the broker") {
  ControlScene scene;
  const std::string made =
      Json(scene, {"instance", "create", "-n", "second", "--id-scope", "0neB"});
  CHECK(Holds(made, "0neB"));
  CHECK(Holds(Failed(scene, {"enrollment", "list"}),
              "which instance? Pick one by --dps-name or --id-scope"));
  Json(scene, {"enrollment", "create", "--eid", "dev-1", "-n", "SECOND"});
  CHECK(Holds(Json(scene, {"enrollment", "list", "--id-scope", "0neB"}),
              "dev-1"));
  CHECK(Json(scene, {"enrollment", "list", "--id-scope",
                     std::string(kScopeText)}) == "[]\n");
  CHECK(Holds(Failed(scene, {"enrollment", "list", "-n", "third"}),
              "there is no such instance"));
}

TEST_CASE("control_dpsctl: TLS, and the password in a file") {
  ControlScene scene;
  const Endpoint tls = scene.dps().broker().Tls();
  const std::string url = "mqtts://localhost:" + std::to_string(tls.port);
  const std::string password = scene.files().Write("password", "secret\n");
  const CommandResult listed =
      Ctl({"--broker", url, "--broker-username", "alice", "--broker-ca-file",
           tls.ca_file, "--broker-password-file", password},
          {"linked-hub", "list"}, "wrong");
  CHECK_MESSAGE(listed.exit_code == 0, listed.err);
  CHECK(Holds(listed.out, kHub1));
  const CommandResult distrusted = Ctl(
      {"--broker", url, "--broker-username", "alice"}, {"linked-hub", "list"});
  CHECK(distrusted.exit_code == 1);
  CHECK(Holds(distrusted.err, "and we do not agree on TLS: "));
}

TEST_CASE("control_dpsctl: what cannot be is told") {
  ControlScene scene;
  const std::string url = PlainUrl(scene);
  const auto fails = [&](const std::vector<std::string>& options,
                         const std::string& password = "secret") {
    const CommandResult result = Ctl(options, {"enrollment", "list"}, password);
    CHECK(result.exit_code != 0);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK(Holds(fails({"--broker", url, "--broker-username", "alice"}, "wrong"),
              "does not accept our username and password"));
  CHECK(Holds(fails({"--broker", url, "--store", "/x"}), "--broker"));
  CHECK(Holds(fails({"--broker", url, "--login", "x"}), "--broker"));
  CHECK(Holds(fails({"--broker-username", "alice"}), "--broker"));
  CHECK(Holds(Failed(scene, {"allocation", "explain", "--rid", "a"}),
              "needs --store on the service's machine"));
}

TEST_CASE("control_dpsctl: a broker's limit on packets is suspected") {
  ControlScene scene({.config = "max_packet_size 100000\n"});
  const std::string twin = R"({"a":")" + std::string(120'000, 'x') + "\"}";
  const std::string error =
      Failed(scene, {"enrollment", "create", "--eid", "dev-1",
                     "--initial-twin-properties", twin});
  CHECK(Holds(error, "may its max_packet_size be less than the 120"));
}

}  // namespace dps
