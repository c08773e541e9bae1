// SPDX-License-Identifier: Apache-2.0
// The attestation an enrollment holds: what a device must prove.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/result.h"
#include "core/model/enrolled_certificate.h"
#include "core/model/ids.h"

namespace dps {

// What of a document is written. kHide: answers to GET and query. kShow: with
// symmetric keys, for the few answers where Azure shows them. kAll: also what
// no answer ever holds, certificates and internal keys; the stored form, and
// what an operator sends.
enum class Secrets { kHide, kShow, kAll };

// Raw keys of 16 to 64 bytes; empty = not given. For an individual enrollment
// they are the device's keys, for a group the keys its devices' derive from.
struct SymmetricKeyAttestation {
  SecretBytes primary_key;
  SecretBytes secondary_key;

  friend bool operator==(const SymmetricKeyAttestation&,
                         const SymmetricKeyAttestation&) = default;
};

// Which of the keys that its enrollment gives it a device proved itself with.
struct SymmetricKeyUse {
  bool secondary = false;
  bool over_lower_case = false;  // of a group: derived over the id's key()

  friend bool operator==(const SymmetricKeyUse&,
                         const SymmetricKeyUse&) = default;
};

// Certificates that stand for a device, or for the CA of a group's devices;
// primary and secondary count alike.
struct X509Attestation {
  enum class Kind {
    kClientCertificates,   // individual enrollments: the device's own
    kSigningCertificates,  // groups: the CA's
    kCaReferences,         // groups: the CA's, by its name in the instance
  };
  Kind kind = Kind::kClientCertificates;
  std::optional<EnrolledCertificate> primary;
  std::optional<EnrolledCertificate> secondary;
  std::optional<CertificateName> primary_ca;  // of kCaReferences
  std::optional<CertificateName> secondary_ca;

  friend bool operator==(const X509Attestation&,
                         const X509Attestation&) = default;
};

using Attestation = std::variant<SymmetricKeyAttestation, X509Attestation>;

// A symmetric key, empty if the member is absent or empty. Errors:
// kInvalidArgument for what is not base64 of 16 to 64 bytes.
[[nodiscard]] Result<SecretBytes> ParseOptionalKey(JsonView object,
                                                   std::string_view name);

// Reads Azure's form (service-api section 1.2): `type` symmetricKey or x509
// and the object of that name. Absent and empty keys are both "not given".
// Errors: kInvalidArgument for another type, keys that are not base64 of 16 to
// 64 bytes, an x509 object with none or several of clientCertificates,
// signingCertificates and caReferences, and those of ParseEnrolledCertificate.
[[nodiscard]] Result<Attestation> ParseAttestation(
    JsonView object, DocumentSource source = DocumentSource::kOperator);

// Writes that form as one object. Without keys `symmetricKey` is left out, as
// Azure does; certificates are shown by their info.
void WriteAttestation(JsonWriter& json, const Attestation& attestation,
                      Secrets secrets);

// Fills in keys not given with random ones.
void GenerateMissingKeys(SymmetricKeyAttestation& attestation);

// The key of one device of an enrollment group: HMAC-SHA256 of the group key
// over the registration id as the device writes it (Azure:
// concepts-symmetric-key-attestation "group enrollments").
SecretBytes DeriveDeviceKey(const SecretBytes& group_key,
                            std::string_view registration_id);

}  // namespace dps
