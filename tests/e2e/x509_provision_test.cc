// SPDX-License-Identifier: Apache-2.0
// Devices with certificates are let in and provisioned, beside those with
// keys.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <functional>

#include "tests/e2e/device_certificates.h"

namespace dps {
namespace {

// A root, two intermediates below it, and a device.
struct ProvisionRig {
  Endpoint AsDevice(const Endpoint& endpoint) {
    return files.As(endpoint, device, {lower.certificate, upper.certificate});
  }
  // In both versions of MQTT.
  void CheckConnack(const Endpoint& endpoint, ConnectOptions options,
                    bool let_in) {
    for (const int version : kMqttVersions) {
      CAPTURE(version);
      options.version = version;
      CHECK(ConnackOf(endpoint, options) ==
            (let_in ? 0 : NotAuthorised(version)));
    }
  }

  DeviceCertificates files;
  Forged root = files.Root("root");
  Forged upper = files.Ca("upper", root);
  Forged lower = files.Ca("lower", upper);
  Forged device = files.Device("dev-1", lower);
  DpsBroker dps;
};

// TCP and WebSockets, TLS 1.2 and 1.3, MQTT 3.1.1 and 5.
void OnEveryWay(
    DpsBroker& dps,
    const std::function<void(const Endpoint& endpoint, int version)>& walk) {
  for (Endpoint endpoint :
       {dps.broker().Tls(), dps.broker().Wss({.path = "/$iothub/websocket"})}) {
    for (const int tls_version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      endpoint.tls_version = tls_version;
      for (const int version : kMqttVersions) {
        CAPTURE(tls_version);
        CAPTURE(version);
        walk(endpoint, version);
      }
    }
  }
}

void CheckProvisions(const Endpoint& endpoint, const ConnectOptions& options) {
  const Answer done = Device(endpoint, options).Provision();
  CHECK(done.status == 200);
  CHECK(done.Text("status") == "assigned");
}

CertificateSpec SelfSigned(const std::string& name) {
  return ValidNow(LeafSpec(name));
}

}  // namespace

TEST_CASE("x509_provision: a group's root admits two intermediates below it") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  OnEveryWay(rig.dps, [&](const Endpoint& endpoint, int version) {
    const Certificate& upper = rig.upper.certificate;
    const Certificate& lower = rig.lower.certificate;
    CheckProvisions(rig.files.As(endpoint, rig.device, {lower, upper}),
                    CertificateOptions("dev-1", version));
    // Out of order, with the root, and with a stranger among them.
    CheckProvisions(
        rig.files.As(endpoint, rig.device,
                     {rig.root.certificate, upper,
                      rig.files.Root("stranger").certificate, lower}),
        CertificateOptions("dev-1", version));
    CheckProvisions(endpoint, DeviceOptions("dev-2", version));
  });
}

TEST_CASE("x509_provision: the leaf alone will do below an enrolled issuer") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.lower.certificate);
  OnEveryWay(rig.dps, [&](const Endpoint& endpoint, int version) {
    CheckProvisions(rig.files.As(endpoint, rig.device),
                    CertificateOptions("dev-1", version));
  });
}

TEST_CASE("x509_provision: a chain as deep as allowed is walked to its end") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  Forged issuer = rig.root;
  std::vector<Certificate> others;
  for (std::size_t i = 1; i < limits::kPresentedChainMax; ++i) {
    issuer = rig.files.Ca("CA " + std::to_string(i), issuer);
    others.push_back(issuer.certificate);
  }
  const Forged device = rig.files.Device("dev-1", issuer);
  CheckProvisions(rig.files.As(rig.dps.broker().Tls(), device, others),
                  CertificateOptions("dev-1"));
}

TEST_CASE("x509_provision: a self-signed device is known by its thumbprint") {
  ProvisionRig rig;
  const Forged primary = Forge(SelfSigned("dev-3"));
  const Forged secondary = Forge(SelfSigned("dev-3"));
  EnrollDevice(rig.dps.store(), "dev-3",
               {.primary = Enroll(primary.certificate),
                .secondary = Enroll(secondary.certificate)});
  OnEveryWay(rig.dps, [&](const Endpoint& endpoint, int version) {
    CheckProvisions(rig.files.As(endpoint, primary),
                    CertificateOptions("dev-3", version));
    CheckProvisions(endpoint, DeviceOptions("dev-2", version));
  });
  CheckProvisions(rig.files.As(rig.dps.broker().Tls(), secondary),
                  CertificateOptions("dev-3"));
  const Forged third = Forge(SelfSigned("dev-3"));
  Endpoint endpoint = rig.files.As(rig.dps.broker().Tls(), third);
  endpoint.tls_version = TLS1_2_VERSION;
  CHECK_FALSE(MqttClient::Open(endpoint).has_value());
}

TEST_CASE("x509_provision: a thumbprint is good for its own enrollment only") {
  ProvisionRig rig;
  const Forged one = Forge(SelfSigned("dev-3"));
  const Forged other = Forge(SelfSigned("dev-3"));
  EnrollDevice(rig.dps.store(), "dev-3", {.primary = Enroll(one.certificate)});
  EnrollDevice(rig.dps.store(), "dev-4",
               {.primary = Enroll(other.certificate)});
  rig.CheckConnack(rig.files.As(rig.dps.broker().Tls(), other),
                   CertificateOptions("dev-3"), false);
  CHECK(rig.dps.broker().WaitForLog("neither the primary nor the secondary"));
}

TEST_CASE("x509_provision: the record tells the group and both certificates") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  const Answer done =
      Device(rig.AsDevice(rig.dps.broker().Tls()), CertificateOptions("dev-1"))
          .Provision();
  const auto record = rig.dps.RecordOf("dev-1");
  REQUIRE(record);
  CHECK(record->assigned_hub == done.State("assignedHub"));
  CHECK(done.State("deviceId") == "dev-1");
  CHECK(done.State("x509") == R"({"enrollmentGroupId":"line-1"})");
  CHECK(record->enrollment_group_id->text() == "line-1");
  REQUIRE(record->x509);
  CHECK(record->x509->certificate == rig.device.certificate.Info());
  CHECK(record->x509->signing_certificate == rig.root.certificate.Info());
  const std::string shown = ToJson(*record, RegistrationView::kOperator);
  CHECK(shown.find(R"("certificateInfo":{"subjectName":"CN=dev-1")") !=
        std::string::npos);
  CHECK(shown.find(R"("signingCertificateInfo":{"subjectName":"CN=root")") !=
        std::string::npos);
}

TEST_CASE(
    "x509_provision: an individual device has the device id it is given") {
  ProvisionRig rig;
  IndividualEnrollment enrollment = EnrollmentOf("dev-1");
  enrollment.terms.attestation =
      X509Attestation{.primary = Enroll(rig.device.certificate)};
  enrollment.device_id = "Pump-7";
  Save(rig.dps.store(), enrollment);
  const Answer done = Device(rig.files.As(rig.dps.broker().Tls(), rig.device),
                             CertificateOptions("dev-1"))
                          .Provision();
  CHECK(done.State("deviceId") == "Pump-7");
  CHECK(done.State("x509") == "{}");
  const auto record = rig.dps.RecordOf("dev-1");
  REQUIRE(record);
  CHECK_FALSE(record->enrollment_group_id);
  CHECK(record->x509->certificate == rig.device.certificate.Info());
  CHECK_FALSE(record->x509->signing_certificate);
}

TEST_CASE("x509_provision: a group device's assignment fits 640 bytes") {
  ProvisionRig rig;
  Store& store = rig.dps.store();
  AddHub(store, std::string(43, 'h'));
  RemoveHub(store, kHub1);
  RemoveHub(store, kHub2);
  EnrollCa(store, std::string(32, 'g'), rig.root.certificate);
  const std::string id = "6f1d2b0e-5a43-4c8e-8d0f-9b7c3e21a4d6";
  const Endpoint endpoint =
      rig.files.As(rig.dps.broker().Tls(), rig.files.Device(id, rig.root));
  ConnectOptions options = CertificateOptions(id);
  options.username = UsernameOf(id, "api-version=2021-06-01");
  // A connection each, as polls are limited.
  Device(endpoint, options).Provision();
  const Answer done = Device(endpoint, options).Provision();
  Device device(endpoint, options);
  CHECK(done.State("substatus") == "reprovisionedToInitialAssignment");
  REQUIRE(device.mqtt().Publish(
      {.topic = StatusTopic(id, done.Text("operationId")), .qos = 1}));
  const auto reply = device.mqtt().NextMessage();
  REQUIRE(reply);
  CHECK(ParseAnswer(*reply).State("x509").size() > 32);
  CHECK(reply->topic.size() + reply->payload.size() <= 640);
}

TEST_CASE("x509_provision: an empty password beside a certificate is none") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  for (const int version : kMqttVersions) {
    CAPTURE(version);
    ConnectOptions options = CertificateOptions("dev-1", version);
    options.password = "";
    CheckProvisions(rig.AsDevice(rig.dps.broker().Tls()), options);
    CheckProvisions(rig.AsDevice(rig.dps.broker().Wss()), options);
  }
}

TEST_CASE("x509_provision: the common name must be the registration id") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  for (const Endpoint& endpoint :
       {rig.dps.broker().Tls(), rig.dps.broker().Wss()}) {
    for (const char* id : {"dev-2", "dev-10", "dev", "root"}) {
      CAPTURE(id);
      rig.CheckConnack(rig.AsDevice(endpoint), CertificateOptions(id), false);
    }
  }
  CHECK(rig.dps.broker().WaitForLog(
      "reason=the certificate's common name is dev-1, the registration id "
      "dev-2 tracking="));
}

TEST_CASE("x509_provision: names are compared in any letter case") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  const Endpoint plain = rig.dps.broker().Tls();
  const Endpoint of_group =
      rig.files.As(plain, rig.files.Device("Dev-01:a_b.C9", rig.root));
  for (const char* id : {"Dev-01:a_b.C9", "dev-01:a_b.c9", "DEV-01:A_B.C9"}) {
    CAPTURE(id);
    CheckProvisions(of_group, CertificateOptions(id));
  }
  const Forged own = Forge(SelfSigned("PUMP-7"));
  EnrollDevice(rig.dps.store(), "Pump-7", {.primary = Enroll(own.certificate)});
  CheckProvisions(rig.files.As(plain, own), CertificateOptions("pump-7"));
}

TEST_CASE("x509_provision: client ids obey the rule of devices with keys") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  const Endpoint endpoint = rig.AsDevice(rig.dps.broker().Tls());
  ConnectOptions options = CertificateOptions("dev-1");
  for (const char* id : {"dev-1", "DEV-1", "dev-1/sub", "dev-1/"}) {
    CAPTURE(id);
    options.client_id = id;
    rig.CheckConnack(endpoint, options, true);
  }
  for (const char* id : {"dev-2", "dev-10", "dev-", "", "/dev-1", "dev-1 "}) {
    CAPTURE(id);
    options.client_id = id;
    rig.CheckConnack(endpoint, options, false);
  }
}

TEST_CASE("x509_provision: a certificate is good in its own ID scope only") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  AddInstance(rig.dps.store(), *IdScope::Parse("0neOTHER"));
  ConnectOptions options = CertificateOptions("dev-1");
  for (const char* scope : {"0neNONE", "0neOTHER", "0ne00abcdef", ""}) {
    CAPTURE(scope);
    options.username =
        std::string(scope) + "/registrations/dev-1/api-version=2019-03-31";
    rig.CheckConnack(rig.AsDevice(rig.dps.broker().Tls()), options, false);
  }
  CHECK(rig.dps.broker().WaitForLog("(ID scope 0neOTHER) tracking="));
}

TEST_CASE("x509_provision: a reload drops no device, whatever its proof") {
  ProvisionRig rig;
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  Device over_tcp(rig.AsDevice(rig.dps.broker().Tls()),
                  CertificateOptions("dev-1", kMqtt5));
  ConnectOptions beside = CertificateOptions("dev-1");
  beside.client_id = "dev-1/beside";
  Device over_wss(rig.AsDevice(rig.dps.broker().Wss()), beside);
  Device with_key(rig.dps.broker().Tls(), "dev-2");
  // Nor one whose enrollment was removed: its next request is refused.
  RemoveGroup(rig.dps.store(), "line-1");
  REQUIRE(rig.dps.broker().Reload());
  EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
  REQUIRE(rig.dps.broker().Reload());
  CHECK(over_tcp.Provision().status == 200);
  CHECK(over_wss.Provision().status == 200);
  CHECK(with_key.Provision().status == 200);
}

}  // namespace dps
