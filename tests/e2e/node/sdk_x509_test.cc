// SPDX-License-Identifier: Apache-2.0
// The unmodified Azure SDK for Node provisions with certificates, on the ports
// of the devices with keys.
#include <doctest/doctest.h>

#include <string>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "tests/e2e/device_certificates.h"

namespace dps {
namespace {

const DpsBrokerOptions kSdkOptions = {.plugin_options =
                                          "plugin_opt_dps_retry_after_s 2\n"};

struct X509Scene {
  // `credential` is what provision.mjs calls KEY.
  CommandResult Provision(const std::string& transport, const std::string& id,
                          const std::string& credential) {
    const Endpoint endpoint =
        transport == "mqtt" ? dps.broker().Tls() : dps.broker().Wss();
    const auto result =
        RunCommand({.argv = {"node", DPS_PROVISION_SCRIPT, transport,
                             std::to_string(endpoint.port),
                             std::string(kScopeText), id, credential},
                    .environment = {"NODE_EXTRA_CA_CERTS=" + endpoint.ca_file}},
                   std::chrono::seconds(60));
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    return *result;
  }
  std::string Files(const Forged& device,
                    const std::vector<Certificate>& others = {}) {
    const Endpoint files = certificates.As({}, device, others);
    return files.certificate_file + "," + files.key_file;
  }
  void CheckAssigned(const std::string& transport, const std::string& id,
                     const std::string& credential) {
    const CommandResult result = Provision(transport, id, credential);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
    const auto answer = JsonDocument::ParseObject(result.out);
    REQUIRE(answer.has_value());
    CHECK(answer->root().String("status") == "assigned");
    CHECK(answer->root().String("deviceId") == id);
    CHECK(answer->root().String("assignedHub") ==
          dps.RecordOf(id)->assigned_hub);
  }
  // Beside a device with a certificate, on the same port.
  void CheckDeviceWithKey(const std::string& transport) {
    CheckAssigned(
        transport, "device-9",
        Base64Encode(DeriveDeviceKey(TestKey('p'), "device-9").Reveal()));
  }

  DeviceCertificates certificates;
  DpsBroker dps{kSdkOptions};
};

void CheckGroup(const std::string& transport) {
  X509Scene scene;
  const Forged root = scene.certificates.Root("root");
  const Forged upper = scene.certificates.Ca("upper", root);
  const Forged lower = scene.certificates.Ca("lower", upper);
  EnrollCa(scene.dps.store(), "line-1", root.certificate);
  const Forged device = scene.certificates.Device("device-1", lower);
  scene.CheckAssigned(
      transport, "device-1",
      scene.Files(device, {lower.certificate, upper.certificate}));
  CHECK(scene.dps.RecordOf("device-1")->x509->signing_certificate ==
        root.certificate.Info());
  scene.CheckDeviceWithKey(transport);
}

TEST_CASE("sdk_x509: two intermediates below a group's root, over MQTT") {
  CheckGroup("mqtt");
}
TEST_CASE("sdk_x509: two intermediates below a group's root, over MQTT-WS") {
  CheckGroup("mqtt-ws");
}

void CheckIndividual(const std::string& transport) {
  X509Scene scene;
  const Forged device = Forge(ValidNow(LeafSpec("device-2")));
  EnrollDevice(scene.dps.store(), "device-2",
               {.primary = Enroll(device.certificate)});
  scene.CheckAssigned(transport, "device-2", scene.Files(device));
  scene.CheckDeviceWithKey(transport);
}

TEST_CASE("sdk_x509: a self-signed device of its own, over MQTT") {
  CheckIndividual("mqtt");
}
TEST_CASE("sdk_x509: a self-signed device of its own, over MQTT-WS") {
  CheckIndividual("mqtt-ws");
}

void CheckStranger(const std::string& transport) {
  X509Scene scene;
  const Forged root = scene.certificates.Root("root");
  const Forged device = scene.certificates.Device("device-3", root);
  const std::string files = scene.Files(device);
  const CommandResult unknown = scene.Provision(transport, "device-3", files);
  CHECK(unknown.exit_code == 1);
  CHECK(scene.dps.broker().WaitForLog("dps: certificate refused:"));
  // Known, but under another name.
  EnrollCa(scene.dps.store(), "line-1", root.certificate);
  const CommandResult other = scene.Provision(transport, "device-4", files);
  CHECK(other.exit_code == 1);
  CHECK_MESSAGE(other.err.find("ot authorized") != std::string::npos,
                other.err);
  CHECK_MESSAGE(unknown.err.find("alert unknown ca") != std::string::npos,
                unknown.err);
  CHECK_FALSE(scene.dps.RecordOf("device-3"));
  CHECK_FALSE(scene.dps.RecordOf("device-4"));
}

TEST_CASE("sdk_x509: a certificate not enrolled is refused over MQTT") {
  CheckStranger("mqtt");
}
TEST_CASE("sdk_x509: a certificate not enrolled is refused over MQTT-WS") {
  CheckStranger("mqtt-ws");
}

}  // namespace
}  // namespace dps
