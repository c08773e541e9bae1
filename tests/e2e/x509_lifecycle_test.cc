// SPDX-License-Identifier: Apache-2.0
// Enrollments that change while the broker runs: what that means for devices
// with certificates, connected or not.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <thread>

#include "tests/e2e/device_certificates.h"

namespace dps {
namespace {

constexpr auto kDisabled = ProvisioningStatus::kDisabled;

// A root, an intermediate, and the device dev-1 below. Nothing is enrolled.
struct LifecycleRig {
  Store& store() { return dps.store(); }
  Endpoint AsDevice() {
    return files.As(dps.broker().Tls(), device, {ca.certificate});
  }
  Device Connected() { return {AsDevice(), CertificateOptions("dev-1")}; }
  // What becomes of a registration on a new connection: the status in the end,
  // or "refused".
  std::string Outcome() {
    auto client = MqttClient::Open(AsDevice());
    // In TLS 1.3 the client learns of a refusal when it reads.
    const bool let_in = client && [&] {
      const auto connack = client->Connect(CertificateOptions("dev-1"));
      return connack && connack->code == 0;
    }();
    return let_in ? Connected().Provision().Text("status") : "refused";
  }
  // The group that accepted the device the last time; "" for none.
  std::string GroupOfRecord() {
    const auto record = dps.RecordOf("dev-1");
    REQUIRE(record);
    return record->enrollment_group_id ? record->enrollment_group_id->text()
                                       : "";
  }

  void SaveCa(const Forged& forged, bool is_verified) {
    REQUIRE(store().Commit(
        {.changes = {Put<CaCertificate>{
             TestScope(),
             CaCertificate{.name = *CertificateName::Parse("plant"),
                           .certificate = Enroll(forged.certificate),
                           .is_verified = is_verified},
             Expect::Anything()}}}));
  }
  void Revoke(const Forged& issuer, std::vector<std::string> serials) {
    REQUIRE(store().Commit(
        {.changes = {Put<RevokedCertificates>{
             TestScope(),
             {.name = *CertificateName::Parse("plant"),
              .subject_digest = issuer.certificate.subject_digest(),
              .serials = std::move(serials)},
             Expect::Anything()}}}));
  }

  DeviceCertificates files;
  Forged root = files.Root("root");
  Forged ca = files.Ca("line-1 CA", root);
  Forged device = files.Device("dev-1", ca);
  DpsBroker dps;
};

// The next request of a device that was connected before is refused, and then
// the connection ended.
void CheckShutOut(Device& device, const Answer& refused) {
  CHECK(refused.status == 401);
  CHECK(refused.Text("errorCode") == "401002");
  CHECK(device.mqtt().WaitClosed());
}
void CheckShutOut(Device& device) { CheckShutOut(device, device.Register()); }

}  // namespace

TEST_CASE("x509_lifecycle: a group's removal ends its devices' rights") {
  LifecycleRig rig;
  EnrollCa(rig.store(), "line-1", rig.root.certificate);
  Device registers = rig.Connected();
  ConnectOptions beside = CertificateOptions("dev-1", kMqtt5);
  beside.client_id = "dev-1/beside";
  Device polls(rig.AsDevice(), beside);
  const std::string operation = registers.Provision().Text("operationId");
  RemoveGroup(rig.store(), "line-1");
  CheckShutOut(registers);
  CheckShutOut(polls, polls.Poll(operation));
  CHECK(rig.Outcome() == "refused");
  CHECK(Device(rig.dps.broker().Tls(), "dev-2").Provision().status == 200);
}

TEST_CASE("x509_lifecycle: a thumbprint's removal ends its device's rights") {
  LifecycleRig rig;
  const Forged other = rig.files.Device("dev-1", rig.ca);
  EnrollDevice(rig.store(), "dev-1",
               {.primary = Enroll(rig.device.certificate)});
  Device connected = rig.Connected();
  EnrollDevice(rig.store(), "dev-1", {.primary = Enroll(other.certificate)});
  CheckShutOut(connected);
  CHECK(rig.Outcome() == "refused");
  EnrollDevice(rig.store(), "dev-1",
               {.primary = Enroll(other.certificate),
                .secondary = Enroll(rig.device.certificate)});
  Device again = rig.Connected();
  CHECK(again.Provision().Text("status") == "assigned");
  RemoveDevice(rig.store(), "dev-1");
  CheckShutOut(again);
}

TEST_CASE("x509_lifecycle: disabled and enabled again, both count at once") {
  LifecycleRig rig;
  EnrollCa(rig.store(), "line-1", rig.root.certificate);
  Device connected = rig.Connected();
  CHECK(connected.Provision().Text("status") == "assigned");
  EnrollGroup(rig.store(), "line-1", SignedBy(rig.root.certificate), kDisabled);
  CHECK(connected.Provision().Text("status") == "disabled");
  CHECK(rig.dps.RecordOf("dev-1")->status == RegistrationStatus::kDisabled);
  CHECK(rig.Outcome() == "disabled");
  EnrollCa(rig.store(), "line-1", rig.root.certificate);
  CHECK(rig.Outcome() == "assigned");
}

TEST_CASE("x509_lifecycle: a CA rolls over and no device has to wait") {
  LifecycleRig rig;
  const Forged next = rig.files.Root("root 2");
  const Forged renewed = rig.files.Device("dev-1", next);
  const Endpoint as_renewed = rig.files.As(rig.dps.broker().Tls(), renewed);
  const auto provision_renewed = [&] {
    return Device(as_renewed, CertificateOptions("dev-1"))
        .Provision()
        .Text("status");
  };
  EnrollGroup(rig.store(), "line-1", SignedBy(rig.root.certificate));
  Device before = rig.Connected();
  EnrollGroup(rig.store(), "line-1",
              SignedBy(rig.root.certificate, next.certificate));
  CHECK(before.Provision().Text("status") == "assigned");
  CHECK(provision_renewed() == "assigned");
  // The secondary becomes the primary.
  EnrollGroup(rig.store(), "line-1",
              SignedBy(next.certificate, rig.root.certificate));
  CHECK(rig.Outcome() == "assigned");
  Device left = rig.Connected();
  EnrollGroup(rig.store(), "line-1", SignedBy(next.certificate));
  CheckShutOut(left);
  CHECK(rig.Outcome() == "refused");
  CHECK(provision_renewed() == "assigned");
}

TEST_CASE("x509_lifecycle: a device's own certificate rolls over likewise") {
  LifecycleRig rig;
  const Forged renewed = rig.files.Device("dev-1", rig.root);
  EnrollDevice(rig.store(), "dev-1",
               {.primary = Enroll(rig.device.certificate)});
  Device connected = rig.Connected();
  EnrollDevice(rig.store(), "dev-1",
               {.primary = Enroll(renewed.certificate),
                .secondary = Enroll(rig.device.certificate)});
  CHECK(connected.Provision().Text("status") == "assigned");
  CHECK(Device(rig.files.As(rig.dps.broker().Tls(), renewed),
               CertificateOptions("dev-1"))
            .Provision()
            .Text("status") == "assigned");
}

TEST_CASE("x509_lifecycle: a CA by reference counts while it is verified") {
  LifecycleRig rig;
  EnrollGroup(rig.store(), "line-1",
              {.kind = X509Attestation::Kind::kCaReferences,
               .primary_ca = *CertificateName::Parse("plant")});
  CHECK(rig.Outcome() == "refused");
  rig.SaveCa(rig.root, false);
  CHECK(rig.Outcome() == "refused");
  CHECK(rig.dps.broker().WaitForLog(
      "plant that group line-1 refers to is not verified"));
  rig.SaveCa(rig.root, true);
  CHECK(rig.Outcome() == "assigned");
  CHECK(rig.GroupOfRecord() == "line-1");
  Device connected = rig.Connected();
  rig.SaveCa(rig.root, false);
  CheckShutOut(connected);
}

TEST_CASE("x509_lifecycle: the nearest certificate decides, whoever is above") {
  LifecycleRig rig;
  EnrollCa(rig.store(), "of-root", rig.root.certificate);
  Device connected = rig.Connected();
  CHECK(connected.Provision().Text("status") == "assigned");
  CHECK(rig.GroupOfRecord() == "of-root");
  EnrollCa(rig.store(), "of-line", rig.ca.certificate);
  CHECK(connected.Provision().Text("status") == "assigned");
  CHECK(rig.GroupOfRecord() == "of-line");
  EnrollGroup(rig.store(), "of-line", SignedBy(rig.ca.certificate), kDisabled);
  Device blocked = rig.Connected();
  CHECK(blocked.Provision().Text("status") == "disabled");
  CHECK(rig.GroupOfRecord() == "of-line");  // the root is not consulted
  RemoveGroup(rig.store(), "of-line");
  CHECK(blocked.Provision().Text("status") == "assigned");
  CHECK(rig.GroupOfRecord() == "of-root");
}

TEST_CASE("x509_lifecycle: an individual enrollment of any type comes first") {
  LifecycleRig rig;
  EnrollCa(rig.store(), "line-1", rig.root.certificate);
  Device connected = rig.Connected();
  IndividualEnrollment with_keys = EnrollmentOf("dev-1");
  with_keys.terms.provisioning_status = kDisabled;
  Save(rig.store(), with_keys);
  CHECK(connected.Provision().Text("status") == "disabled");
  CHECK(rig.Outcome() == "disabled");
  CHECK(rig.dps.RecordOf("dev-1")->status == RegistrationStatus::kDisabled);
  with_keys.terms.provisioning_status = ProvisioningStatus::kEnabled;
  Save(rig.store(), with_keys);
  CHECK(rig.Outcome() == "refused");
  RemoveDevice(rig.store(), "dev-1");
  CHECK(rig.Outcome() == "assigned");  // the group decides again
  CHECK(rig.GroupOfRecord() == "line-1");

  EnrollDevice(rig.store(), "dev-1",
               {.primary = Enroll(rig.device.certificate)}, kDisabled);
  CHECK(rig.Outcome() == "disabled");
  RemoveDevice(rig.store(), "dev-1");
  CHECK(rig.Outcome() == "assigned");
}

TEST_CASE("x509_lifecycle: a certificate is revoked while its device is here") {
  LifecycleRig rig;
  EnrollCa(rig.store(), "line-1", rig.root.certificate);
  Device connected = rig.Connected();
  CHECK(connected.Provision().Text("status") == "assigned");
  rig.Revoke(rig.ca, {rig.device.certificate.SerialNumber()});
  CheckShutOut(connected);
  CHECK(ConnackOf(rig.AsDevice(), CertificateOptions("dev-1")) == 5);
  CHECK(rig.dps.broker().WaitForLog("is revoked by CN=line-1 CA tracking="));
  rig.Revoke(rig.root, {rig.ca.certificate.SerialNumber()});
  CHECK(ConnackOf(rig.AsDevice(), CertificateOptions("dev-1")) == 5);
  CHECK(rig.dps.broker().WaitForLog("CN=line-1 CA, serial number"));
  rig.Revoke(rig.root, {"7F"});
  CHECK(rig.Outcome() == "assigned");
}

TEST_CASE("x509_lifecycle: handshakes go on while enrollments change") {
  LifecycleRig rig;
  EnrollCa(rig.store(), "line-1", rig.root.certificate);
  std::atomic<bool> failed = false;
  {
    const std::jthread operators([&](const std::stop_token& stop) {
      EnrollmentGroup group = GroupOf("line-1");
      group.terms.attestation = SignedBy(rig.root.certificate);
      while (!stop.stop_requested()) {
        const Batch away{.changes = {Remove<EnrollmentGroup>{
                             TestScope(), group.key(), Expect::Present()}}};
        const Batch back{.changes = {Put<EnrollmentGroup>{TestScope(), group,
                                                          Expect::Absent()}}};
        if (!rig.store().Commit(away) || !rig.store().Commit(back)) {
          failed = true;
        }
      }
    });
    for (int i = 0; i < 50; ++i) {
      auto client = MqttClient::Open(rig.AsDevice());
      if (!client) continue;
      const auto connack = client->Connect(CertificateOptions("dev-1"));
      // Between handshake and CONNECT the group may have gone.
      CHECK((!connack || connack->code == 0 || connack->code == 5));
    }
  }
  CHECK_FALSE(failed);
  CHECK(rig.Outcome() == "assigned");
}

}  // namespace dps
