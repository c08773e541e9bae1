// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/device_certificates.h"

#include <doctest/doctest.h>

#include <utility>

#include "tests/support/loopback_ports.h"

namespace dps {

CertificateSpec ValidNow(CertificateSpec spec) {
  const UtcTime now = SystemClock().Now();
  spec.not_before = now - std::chrono::hours(1);
  spec.not_after = now + std::chrono::hours(24);
  return spec;
}

Forged DeviceCertificates::Root(const std::string& name) const {
  return Forge(ValidNow(CaSpec(name)));
}

Forged DeviceCertificates::Ca(const std::string& name,
                              const Forged& issuer) const {
  return Forge(ValidNow(CaSpec(name, &issuer)));
}

Forged DeviceCertificates::Device(const std::string& name,
                                  const Forged& issuer) const {
  return Forge(ValidNow(LeafSpec(name, &issuer)));
}

Endpoint DeviceCertificates::As(Endpoint endpoint, const Forged& device,
                                const std::vector<Certificate>& others) {
  std::string chain = Pem(device.certificate);
  for (const Certificate& other : others) chain += Pem(other);
  endpoint.certificate_file = Write("pem", chain);
  endpoint.key_file = Write("key", KeyPem(device));
  return endpoint;
}

DeviceCertificates::Listener DeviceCertificates::Demanding(
    const Certificate& ca) {
  const auto server = MakeTestCa(directory_.path());
  REQUIRE(server.has_value());
  const std::uint16_t port = FreeLoopbackPorts(1).front();
  return {.config = "listener " + std::to_string(port) +
                    " 127.0.0.1\n"
                    "require_certificate true\n"
                    "certfile " +
                    server->certificate_file + "\nkeyfile " + server->key_file +
                    "\ncafile " + Write("pem", Pem(ca)) + "\n",
          .endpoint = {.port = port, .ca_file = server->ca_file}};
}

std::string DeviceCertificates::Write(std::string_view suffix,
                                      const std::string& content) {
  return directory_.Write(std::to_string(++files_) + "." + std::string(suffix),
                          content);
}

void EnrollCa(Store& store, std::string_view group, const Certificate& ca) {
  EnrollGroup(store, group, SignedBy(ca));
}

void EnrollGroup(Store& store, std::string_view group,
                 X509Attestation attestation, ProvisioningStatus status) {
  EnrollmentGroup enrollment = GroupOf(group);
  enrollment.terms.attestation = std::move(attestation);
  enrollment.terms.provisioning_status = status;
  Save(store, std::move(enrollment));
}

void EnrollDevice(Store& store, std::string_view id,
                  X509Attestation attestation, ProvisioningStatus status) {
  IndividualEnrollment enrollment = EnrollmentOf(id);
  enrollment.terms.attestation = std::move(attestation);
  enrollment.terms.provisioning_status = status;
  Save(store, std::move(enrollment));
}

X509Attestation SignedBy(const Certificate& primary) {
  return {.kind = X509Attestation::Kind::kSigningCertificates,
          .primary = Enroll(primary)};
}

X509Attestation SignedBy(const Certificate& primary,
                         const Certificate& secondary) {
  X509Attestation attestation = SignedBy(primary);
  attestation.secondary = Enroll(secondary);
  return attestation;
}

void RemoveGroup(Store& store, std::string_view group) {
  REQUIRE(store.Commit(
      {.changes = {Remove<EnrollmentGroup>{TestScope(), GroupOf(group).key(),
                                           Expect::Present()}}}));
}

void RemoveDevice(Store& store, std::string_view id) {
  REQUIRE(store.Commit({.changes = {Remove<IndividualEnrollment>{
                            TestScope(), Rid(id).key(), Expect::Present()}}}));
}

ConnectOptions CertificateOptions(std::string_view id, int version) {
  return {.client_id = std::string(id),
          .username = UsernameOf(id),
          .version = version};
}

}  // namespace dps
