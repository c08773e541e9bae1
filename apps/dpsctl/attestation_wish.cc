// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/attestation_wish.h"

#include "apps/dpsctl/input_file.h"

namespace dps {
namespace {

using Kind = X509Attestation::Kind;
using Slot = std::optional<EnrolledCertificate>;

constexpr const char* kX509 = "x509";
constexpr const char* kSymmetricKey = "symmetricKey";

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(Errc::kInvalidArgument, message);
}

// Goes through the model's reader, so that keys and type are judged there.
Result<SymmetricKeyAttestation> ReadKeys(const Arguments& arguments,
                                         const std::string& type) {
  JsonWriter json;
  json.StartObject().Member("type", type).Key("symmetricKey").StartObject();
  json.Member("primaryKey", arguments.primary_key.value_or(""));
  json.Member("secondaryKey", arguments.secondary_key.value_or(""));
  json.EndObject().EndObject();
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json.Take()));
  DPS_TRY(const Attestation given, ParseAttestation(document.root()));
  return std::get<SymmetricKeyAttestation>(given);
}

Result<Slot> ReadSlot(const std::optional<std::string>& path) {
  if (!path) return std::nullopt;
  DPS_TRY(const Certificate certificate, ReadCertificateFile(*path));
  return Enroll(certificate);
}

Result<std::optional<CertificateName>> ReadName(
    const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  return CertificateName::Parse(*name);
}

Status ReadX509(const Arguments& arguments, AttestationWish& wish) {
  DPS_TRY(wish.x509.primary, ReadSlot(arguments.certificate_path));
  DPS_TRY(wish.x509.secondary, ReadSlot(arguments.secondary_certificate_path));
  DPS_TRY(wish.x509.primary_ca, ReadName(arguments.root_ca_name));
  DPS_TRY(wish.x509.secondary_ca, ReadName(arguments.secondary_root_ca_name));
  wish.remove_primary = arguments.remove_certificate.value_or(false);
  wish.remove_secondary =
      arguments.remove_secondary_certificate.value_or(false);
  return {};
}

// A certificate that is there already stays as it is, be it its info alone:
// then an update can see that it changes nothing.
void ApplySlot(const Slot& wished, bool remove, Slot& slot) {
  if (remove) slot.reset();
  if (!wished) return;
  if (slot && slot->thumbprint() == wished->thumbprint()) return;
  slot = wished;
}

void ApplyName(const std::optional<CertificateName>& wished, bool remove,
               std::optional<CertificateName>& name) {
  if (remove) name.reset();
  if (wished && name != wished) name = wished;
}

// Certificates and references exclude each other; those there are may not get
// lost by the way.
Status CheckReplaceable(const AttestationWish& wish,
                        const X509Attestation& there) {
  std::string left;
  if ((there.primary || there.primary_ca) && !wish.remove_primary) {
    left = "--rc";
  }
  if ((there.secondary || there.secondary_ca) && !wish.remove_secondary) {
    left += left.empty() ? "--rsc" : ", --rsc";
  }
  if (left.empty()) return {};
  return Invalid("group " + wish.enrollment_id +
                 (wish.Refers() ? " holds signing certificates, which "
                                  "--root-ca-name would replace"
                                : " refers to CA certificates by name, which "
                                  "--certificate-path would replace") +
                 ": remove them in the same command (" + left + ")");
}

Status ApplyX509(const AttestationWish& wish, X509Attestation& x509) {
  const X509Attestation& given = wish.x509;
  const bool changes_kind = given.primary || given.secondary || wish.Refers();
  if (changes_kind && x509.kind != given.kind) {
    DPS_CHECK(CheckReplaceable(wish, x509));
    x509 = {.kind = given.kind};
  }
  ApplySlot(given.primary, wish.remove_primary, x509.primary);
  ApplySlot(given.secondary, wish.remove_secondary, x509.secondary);
  ApplyName(given.primary_ca, wish.remove_primary, x509.primary_ca);
  ApplyName(given.secondary_ca, wish.remove_secondary, x509.secondary_ca);
  if (x509.primary || x509.secondary || x509.primary_ca || x509.secondary_ca) {
    return {};
  }
  return Invalid(
      "an enrollment with X.509 attestation needs a primary or a secondary "
      "certificate; see --certificate-path");
}

void ApplyKeys(const SymmetricKeyAttestation& given,
               SymmetricKeyAttestation& keys) {
  if (!given.primary_key.empty()) keys.primary_key = given.primary_key;
  if (!given.secondary_key.empty()) keys.secondary_key = given.secondary_key;
}

}  // namespace

Result<AttestationWish> ReadAttestationWish(const Arguments& arguments,
                                            X509Attestation::Kind kind) {
  AttestationWish wish{.enrollment_id = arguments.enrollment_id.value_or(""),
                       .names_type = arguments.attestation_type.has_value()};
  const std::string type = arguments.attestation_type.value_or(kSymmetricKey);
  DPS_TRY(wish.keys, ReadKeys(arguments, type == kX509 ? kSymmetricKey : type));
  DPS_CHECK(ReadX509(arguments, wish));
  wish.is_x509 = wish.names_type ? type == kX509 : wish.HasCertificates();
  wish.x509.kind = wish.Refers() ? Kind::kCaReferences : kind;
  if (wish.is_x509 ? wish.HasKeys() : wish.HasCertificates()) {
    return Invalid(
        "--primary-key and --secondary-key are of attestation type "
        "symmetricKey, the certificates' options of x509; give those of one");
  }
  return wish;
}

Attestation NewAttestation(const AttestationWish& wish) {
  if (wish.is_x509) return X509Attestation{.kind = wish.x509.kind};
  return SymmetricKeyAttestation{};
}

Status ApplyAttestation(const AttestationWish& wish, Attestation& attestation) {
  if (!wish.names_type && !wish.HasKeys() && !wish.HasCertificates()) return {};
  const bool was_x509 = std::holds_alternative<X509Attestation>(attestation);
  if (wish.is_x509 != was_x509 && !wish.names_type) {
    return Invalid(std::string("the attestation is of type ") +
                   (was_x509 ? kX509 : kSymmetricKey) +
                   "; name the new type by --attestation-type to change it");
  }
  if (wish.is_x509 != was_x509) attestation = NewAttestation(wish);
  if (wish.is_x509) {
    return ApplyX509(wish, std::get<X509Attestation>(attestation));
  }
  ApplyKeys(wish.keys, std::get<SymmetricKeyAttestation>(attestation));
  return {};
}

}  // namespace dps
