// SPDX-License-Identifier: Apache-2.0
// Certificates of devices and listeners as the files that clients and the
// broker read; valid now.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/dps_broker.h"
#include "tests/support/certificate_forge.h"

namespace dps {

// For certificates of other kinds than those below.
CertificateSpec ValidNow(CertificateSpec spec);

class DeviceCertificates {
 public:
  Forged Root(const std::string& name) const;
  Forged Ca(const std::string& name, const Forged& issuer) const;
  Forged Device(const std::string& name, const Forged& issuer) const;

  // The endpoint for a client that presents `device` and `others`.
  Endpoint As(Endpoint endpoint, const Forged& device,
              const std::vector<Certificate>& others = {});

  // A listener of the stock broker that demands certificates of `ca`, as lines
  // for mosquitto.conf, and where clients find it.
  struct Listener {
    std::string config;
    Endpoint endpoint;
  };
  Listener Demanding(const Certificate& ca);

 private:
  std::string Write(std::string_view suffix, const std::string& content);

  TempDir directory_;
  int files_ = 0;
};

// Saves a group whose CA certificate this is.
void EnrollCa(Store& store, std::string_view group, const Certificate& ca);
// Saves a group, or an individual enrollment, with that attestation.
void EnrollGroup(Store& store, std::string_view group,
                 X509Attestation attestation,
                 ProvisioningStatus status = ProvisioningStatus::kEnabled);
void EnrollDevice(Store& store, std::string_view id,
                  X509Attestation attestation,
                  ProvisioningStatus status = ProvisioningStatus::kEnabled);
// Attestation by CA certificates.
X509Attestation SignedBy(const Certificate& primary);
X509Attestation SignedBy(const Certificate& primary,
                         const Certificate& secondary);
void RemoveGroup(Store& store, std::string_view group);
void RemoveDevice(Store& store, std::string_view id);

// As an SDK connects with a certificate: without a password.
ConnectOptions CertificateOptions(std::string_view id, int version = kMqtt311);

}  // namespace dps
