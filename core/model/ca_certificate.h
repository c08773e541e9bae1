// SPDX-License-Identifier: Apache-2.0
// A CA certificate stored in the instance, for groups to refer to by name, and
// the list of what it revoked (service-api section 1.4).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/attestation.h"
#include "core/model/enrolled_certificate.h"
#include "core/model/ids.h"

namespace dps {

// What is known of the revocation list of a CA certificate without reading it.
struct RevocationInfo {
  UtcTime this_update{};
  std::optional<UtcTime> next_update;  // absent: never expires
  std::string number;                  // CRL number, hex; empty if none
  std::size_t entries = 0;

  friend bool operator==(const RevocationInfo&,
                         const RevocationInfo&) = default;
};

struct CaCertificate {
  CertificateName name;
  EnrolledCertificate certificate;
  // Only then groups that refer to it accept devices.
  bool is_verified = false;
  std::string verification_code;  // asked for and not used yet; else empty
  std::optional<RevocationInfo> revocations;

  std::string etag_text;
  UtcTime created{};
  UtcTime last_updated{};

  const std::string& key() const { return name.key(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const CaCertificate&, const CaCertificate&) = default;
};

// `{"name","subject","thumbprint","expiry","isVerified","info",
// "revocationList","etag",times}`; kAll is the stored form and adds
// `certificate` and `verificationCode`.
std::string ToJson(const CaCertificate& certificate, Secrets secrets);
// Reads the stored form. Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<CaCertificate> ParseCaCertificate(std::string_view json);

// The serial numbers a CA certificate revoked. Beside CaCertificate, since a
// handshake looks one serial up and never reads the list.
struct RevokedCertificates {
  CertificateName name;              // of the CaCertificate
  std::string subject_digest;        // of the CA certificate
  std::vector<std::string> serials;  // upper-case hex
  std::string etag_text;

  const std::string& key() const { return name.key(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const RevokedCertificates&,
                         const RevokedCertificates&) = default;
};

std::string ToJson(const RevokedCertificates& revoked);
// Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<RevokedCertificates> ParseRevokedCertificates(
    std::string_view json);

}  // namespace dps
