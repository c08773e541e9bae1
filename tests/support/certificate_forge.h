// SPDX-License-Identifier: Apache-2.0
// Makes certificates and revocation lists in memory, honest and hostile ones.
// Whatever cannot be made ends the test run with an exception.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/certificate.h"
#include "core/base/clock.h"
#include "tests/support/fake_clock.h"
#include "tests/support/forged_key.h"

namespace dps {

struct Forged {
  Certificate certificate;
  ForgedKey key;
};

struct CertificateSpec {
  // Each common name is an RDN of its own; bytes as they are.
  std::vector<std::string> common_names = {"dev-01"};
  int common_name_type = 12;       // the ASN.1 tag: UTF8String
  bool names_in_one_rdn = false;   // CN=a+CN=b
  std::string organization;        // none when empty
  const Forged* issuer = nullptr;  // self-signed when null
  std::string issuer_name;         // a CN to claim instead of the issuer's
  UtcTime not_before = kNoon - std::chrono::hours(1);
  UtcTime not_after = kNoon + std::chrono::hours(24 * 365);
  // `openssl x509 -extfile` text of extensions; none when empty.
  std::string basic_constraints;
  std::string key_usage;
  std::string extended_key_usage;
  std::string name_constraints;
  std::size_t alternative_names = 0;  // as many DNS names
  bool key_ids = false;               // subject and authority key identifier
  bool unknown_critical_extension = false;
  int version = 3;
  ForgedKey key;  // a fresh P-256 key when null
  const char* digest = "SHA256";
  long serial = 1;
};

Forged Forge(const CertificateSpec& spec);

// A CA of that name, under `issuer` or self-signed.
CertificateSpec CaSpec(const std::string& name, const Forged* issuer = nullptr);
// What a device of that name has from `issuer`.
CertificateSpec LeafSpec(const std::string& name,
                         const Forged* issuer = nullptr);

std::string Pem(const Certificate& certificate);
// PKCS #8, unencrypted.
std::string KeyPem(const Forged& forged);

struct RevokedSpec {
  long serial = 0;
  std::string serial_hex = {};  // in place of `serial` when not empty
  int reason = -1;              // CRL_REASON_...; none when negative
  const char* critical_extension = nullptr;  // an OID
};

struct RevocationListSpec {
  const Forged* issuer = nullptr;
  std::string issuer_name;  // a CN to claim instead of the issuer's
  UtcTime this_update = kNoon;
  UtcTime next_update = kNoon + std::chrono::hours(24);
  bool has_next_update = true;
  long number = 1;  // none when negative
  std::vector<RevokedSpec> revoked;
  long delta_of = -1;              // the base list's number
  std::string distribution_point;  // `openssl ca` text, none when empty
  bool unknown_critical_extension = false;
};

// DER.
std::string ForgeRevocationList(const RevocationListSpec& spec);

}  // namespace dps
