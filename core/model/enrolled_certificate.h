// SPDX-License-Identifier: Apache-2.0
// A certificate as an operator hands it over and we keep it: its DER, which no
// answer gives back, and its info, which answers show (service-api 1.2).
#pragma once

#include <string>

#include "core/base/certificate.h"
#include "core/base/certificate_cache.h"
#include "core/base/json.h"
#include "core/base/result.h"

namespace dps {

// Where a document's text comes from. What the store holds was computed by us.
enum class DocumentSource { kOperator, kStore };

struct EnrolledCertificate {
  std::string der;             // empty: only its info was given
  std::string subject_digest;  // see Certificate::subject_digest()
  CertificateInfo info;

  const std::string& thumbprint() const { return info.sha256_thumbprint; }
  friend bool operator==(const EnrolledCertificate&,
                         const EnrolledCertificate&) = default;
};

EnrolledCertificate Enroll(const Certificate& certificate);

// REQUIRES: `enrolled.der` is not empty. Errors: kInternal (a broken store).
[[nodiscard]] Result<Certificate> ToCertificate(
    const EnrolledCertificate& enrolled);
// The same, and only once.
[[nodiscard]] Result<Certificate> ToCertificate(
    const EnrolledCertificate& enrolled, CertificateCache& read_before);

// Reads `{"certificate": PEM or base64 DER, "info": {..}}`. From an operator
// the info is computed from the certificate; without one, the info names a
// certificate given before. Errors: kInvalidArgument.
[[nodiscard]] Result<EnrolledCertificate> ParseEnrolledCertificate(
    JsonView object, DocumentSource source);

// Writes that object; `with_der` as in the stored form.
void WriteEnrolledCertificate(JsonWriter& json,
                              const EnrolledCertificate& enrolled,
                              bool with_der);

// The eight members of Azure's X509CertificateInfo, as one object.
void WriteCertificateInfo(JsonWriter& json, const CertificateInfo& info);
// Errors: kInvalidArgument.
[[nodiscard]] Result<CertificateInfo> ParseCertificateInfo(JsonView object);

}  // namespace dps
