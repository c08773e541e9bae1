// SPDX-License-Identifier: Apache-2.0
// Fleet files, applied by the real dpsctl.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

class FleetScene {
 public:
  // Writes it to the file that is applied.
  void Write(const std::string& text) const {
    std::ofstream(file_, std::ios::binary) << text;
  }
  CommandResult Run(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"apply", "-f", file_});
    return dpsctl_.Run(more);
  }
  // What a run that must go well prints.
  std::string Applied(const std::string& text,
                      const std::vector<std::string>& more = {}) const {
    Write(text);
    const CommandResult result = Run(more);
    INFO(result.err);
    CHECK(result.exit_code == 0);
    return result.out;
  }
  std::string Refused(const std::string& text,
                      const std::vector<std::string>& more = {}) const {
    Write(text);
    const CommandResult result = Run(more);
    CHECK(result.exit_code == 1);
    return result.err;
  }
  const Dpsctl& dpsctl() const { return dpsctl_; }
  std::string File(const std::string& name) const {
    return dpsctl_.directory().File(name);
  }

 private:
  const Dpsctl dpsctl_;
  const std::string file_ = dpsctl_.directory().File("fleet.yaml");
};

constexpr const char* kFleet =
    "instance: {allocationPolicy: static, loadBound: 1.5}\n"
    "linkedHubs:\n"
    "- {name: a.example, allocationWeight: 2}\n"
    "- {name: c.example, region: west}\n"
    "enrollmentGroups:\n"
    "- enrollmentGroupId: line-1\n"
    "  attestation: {type: symmetricKey}\n"
    "  iotHubs: [c.example]\n"
    "enrollments:\n"
    "- registrationId: dev-1\n"
    "  attestation: {type: symmetricKey}\n"
    "  initialTwin: {tags: {line: 1}}\n"
    "accessPolicies:\n"
    "- {keyName: reader, rights: EnrollmentRead}\n";

constexpr const char* kNothing = "nothing to change\n";

}  // namespace

TEST_CASE("apply: a file is applied, and then there is nothing to change") {
  const FleetScene scene;
  CHECK(scene.Applied(kFleet) ==
        "~ instance plant: allocationPolicy hashed -> static, loadBound "
        "(none) -> 1.5\n"
        "~ linked-hub a.example: allocationWeight 1 -> 2\n"
        "+ linked-hub c.example\n"
        "+ enrollment-group line-1\n"
        "+ enrollment dev-1\n"
        "+ policy reader\n"
        "= 0 unchanged\n");
  const std::string keys = scene.dpsctl().Json(
      {"enrollment", "show", "--eid", "dev-1", "--show-keys"});
  CHECK(scene.Applied(kFleet) == "= 6 unchanged\n" + std::string(kNothing));
  CHECK(scene.dpsctl().Json(
            {"enrollment", "show", "--eid", "dev-1", "--show-keys"}) == keys);
}

TEST_CASE("apply: a dry run changes nothing and tells by its exit code") {
  const FleetScene scene;
  scene.Write(kFleet);
  const CommandResult trial = scene.Run({"--dry-run"});
  CHECK(trial.exit_code == 3);
  CHECK(Holds(trial.out, "+ enrollment dev-1\n"));
  CHECK(scene.dpsctl().Json({"enrollment", "list"}) == "[]\n");
  CHECK(scene.Run().exit_code == 0);
  const CommandResult idle = scene.Run({"--dry-run"});
  CHECK(idle.exit_code == 0);
  CHECK(Holds(idle.out, kNothing));
}

TEST_CASE("apply: what was changed by hand is told and set right") {
  const FleetScene scene;
  scene.Applied(kFleet);
  scene.dpsctl().Json({"enrollment", "update", "--eid", "dev-1", "--tags",
                       "{\"line\":2,\"x\":1}", "--ps", "disabled"});
  CHECK(scene.Applied(kFleet) ==
        "~ enrollment dev-1: initialTwin.tags.line 2 -> 1, initialTwin.tags.x "
        "1 -> (none), provisioningStatus disabled -> enabled\n"
        "= 5 unchanged\n");
}

TEST_CASE("apply: only --prune removes, and only of sections that are there") {
  const FleetScene scene;
  scene.Applied(kFleet);
  const std::string less =
      "linkedHubs:\n- name: a.example\n"
      "enrollmentGroups: []\n";
  CHECK(scene.Applied(less) ==
        "~ linked-hub a.example: allocationWeight 2 -> 1\n= 0 unchanged\n");
  CHECK(scene.Applied(less, {"--prune"}) ==
        "- enrollment-group line-1\n- linked-hub b.example\n"
        "- linked-hub c.example\n= 1 unchanged\n");
  CHECK(Holds(scene.dpsctl().Json({"enrollment", "list"}), "dev-1"));
  CHECK(Holds(scene.dpsctl().Json({"policy", "list"}), "reader"));
}

TEST_CASE("apply: keys of files and variables are set and never shown") {
  const FleetScene scene;
  std::ofstream(scene.File("key")) << kKeyB << "\n";
  const std::string fleet =
      "enrollments:\n- registrationId: dev-1\n"
      "  attestation:\n    type: symmetricKey\n    symmetricKey: "
      "{primaryKey: file:key}\n"
      "accessPolicies:\n- keyName: p\n  rights: EnrollmentRead\n"
      "  secondaryKey: file:key\n";
  CHECK(Holds(scene.Applied(fleet), "+ enrollment dev-1\n+ policy p\n"));
  CHECK(Holds(scene.dpsctl().Json(
                  {"enrollment", "show", "--eid", "dev-1", "--show-keys"}),
              kKeyB));
  CHECK(Holds(scene.Applied(fleet), kNothing));
  std::ofstream(scene.File("key")) << kKeyA;
  CHECK(scene.Applied(fleet) ==
        "~ enrollment dev-1: primaryKey changed\n"
        "~ policy p: secondaryKey changed\n= 0 unchanged\n");
  CHECK(
      Holds(scene.dpsctl().Json({"policy", "show", "--pn", "p", "--show-keys"}),
            kKeyA));
}

TEST_CASE("apply: certificates are told by their files") {
  const FleetScene scene;
  const Forged root = Forge(CaSpec("root"));
  const Forged next = Forge(CaSpec("next"));
  const Forged leaf = Forge(LeafSpec("dev-1"));
  std::ofstream(scene.File("root.pem")) << Pem(root.certificate);
  std::ofstream(scene.File("dev-1.pem")) << Pem(leaf.certificate);
  const std::string fleet =
      "certificates:\n- {name: root, certificateFile: root.pem, "
      "isVerified: true}\n"
      "enrollmentGroups:\n- enrollmentGroupId: line-1\n  attestation: "
      "{type: x509, x509: {caReferences: {primary: root}}}\n"
      "enrollments:\n- registrationId: dev-1\n  attestation: {type: x509, "
      "x509: {clientCertificates: {primary: {certificateFile: dev-1.pem}}}}\n";
  CHECK(scene.Applied(fleet) ==
        "+ certificate root\n+ enrollment-group line-1\n+ enrollment dev-1\n"
        "= 0 unchanged\n");
  CHECK(Holds(scene.Applied(fleet), kNothing));
  std::ofstream(scene.File("root.pem")) << Pem(next.certificate);
  CHECK(Holds(scene.Applied(fleet), "~ certificate root: thumbprint "));
  CHECK(Holds(scene.Applied(fleet), kNothing));
  CHECK(Holds(
      scene.Applied("certificates: []\nenrollmentGroups: []\n", {"--prune"}),
      "- enrollment-group line-1\n- certificate root\n"));
}

TEST_CASE(
    "apply: a secret of a connector stays when the file does not name it") {
  const FleetScene scene;
  scene.dpsctl().Json({"linked-hub", "update", "--hub-name", "a.example",
                       "--connector", "webhook", "--connector-url", "http://a",
                       "--connector-key", kKeyA});
  const std::string fleet =
      "linkedHubs:\n- name: a.example\n  region: west\n"
      "  connector: {type: webhook, url: 'http://a'}\n";
  CHECK(scene.Applied(fleet) ==
        "~ linked-hub a.example: region (none) -> west\n= 0 unchanged\n");
  CHECK(Holds(scene.dpsctl().Json({"linked-hub", "list"}), "(sealed)"));
  CHECK(Holds(scene.Applied(fleet), kNothing));
  CHECK(Holds(scene.Applied("linkedHubs:\n- name: a.example\n  connector: "
                            "{type: webhook, url: 'http://a', key: env:K}\n"),
              "connector.key (sealed) -> env:K"));
}

TEST_CASE("apply: what cannot be is refused before anything is written") {
  const FleetScene scene;
  const std::string hub = "linkedHubs:\n- name: new.example\n";
  const std::string group =
      "enrollmentGroups:\n- enrollmentGroupId: g\n  attestation: ";
  CHECK(Holds(scene.Refused(hub + "enrolments: []\n"),
              "fleet.yaml: line 3, enrolments: there is no such section"));
  CHECK(Holds(scene.Refused(hub + group +
                            "{type: symmetricKey}\n  iotHubs: [no.example]\n"),
              "line 4, enrollmentGroups/0: iotHubs names no.example, which is "
              "not linked"));
  CHECK(
      Holds(scene.Refused(
                hub + group + "{type: symmetricKey}\n  iotHubs: [a.example]\n",
                {"--prune"}),
            "iotHubs names a.example"));
  CHECK(Holds(scene.Refused(hub + group +
                            "{type: x509, x509: {caReferences: "
                            "{primary: root}}}\n"),
              "caReferences names root, which is not there"));
  CHECK(Holds(scene.Refused(hub + "instance: {name: other}\n"),
              "the file is for instance other, not for plant"));
  CHECK(
      Holds(scene.Refused(hub + "accessPolicies:\n- {keyName: reader, rights: "
                                "EnrollmentRead}\n",
                          {"--prune"}),
            "would leave no policy with the right ServiceConfig"));
  CHECK(Holds(scene.Refused(hub + "certificates:\n- {name: a, certificateFile: "
                                  "none.pem}\n"),
              "certificates/0/certificateFile: cannot read"));
  CHECK_FALSE(
      Holds(scene.dpsctl().Json({"linked-hub", "list"}), "new.example"));
}

TEST_CASE("apply: what the service refuses is told with its place") {
  const FleetScene scene;
  const Forged leaf = Forge(LeafSpec("dev-1"));
  std::ofstream(scene.File("ca.pem")) << Pem(Forge(CaSpec("ca")).certificate);
  const std::string slot =
      "  attestation: {type: x509, x509: {signingCertificates: {primary: "
      "{certificateFile: ca.pem}}}}\n";
  const std::string refusal =
      scene.Refused("enrollmentGroups:\n- enrollmentGroupId: g\n" + slot +
                    "- enrollmentGroupId: h\n" + slot);
  CHECK(Holds(refusal, "line 4, enrollmentGroups/1: the certificate "));
  CHECK(Holds(refusal, "1 of 2 changes were made, the same command goes on"));
}

TEST_CASE("apply: the example file is applied as it stands") {
  const FleetScene scene;
  std::ifstream example(DPS_SOURCE_DIR "/docs/examples/fleet.yaml");
  std::ostringstream text;
  text << example.rdbuf();
  scene.Write(text.str());
  const CommandResult missing = scene.Run();
  CHECK(Holds(missing.err, "there is no environment variable LATHE_7_KEY"));
  const auto run = [&] {
    const auto result = RunCommand(
        {.argv = {DPS_DPSCTL, "apply", "-f", scene.File("fleet.yaml")},
         .environment = {"DPS_STORE=" + scene.dpsctl().store(),
                         "LATHE_7_KEY=" + kKeyA}});
    REQUIRE(result);
    INFO(result->err);
    CHECK(result->exit_code == 0);
    return result->out;
  };
  CHECK(Holds(run(), "+ enrollment lathe-7\n"));
  CHECK(run() == "= 7 unchanged\n" + std::string(kNothing));
}

}  // namespace dps
