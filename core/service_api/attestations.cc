// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/attestations.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/attestation/certificate_policy.h"
#include "core/attestation/device_certificate.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

using Slot = std::optional<EnrolledCertificate>;

std::string HolderText(const IndexEntry& holder) {
  switch (holder.kind) {
    case IndexedKind::kIndividualEnrollment:
      return "enrollment " + holder.key;
    case IndexedKind::kEnrollmentGroup:
      return "enrollment group " + holder.key;
    case IndexedKind::kCaCertificate:
    case IndexedKind::kRevokedCertificates:
      break;
  }
  return "certificate " + holder.key;
}

bool IsOwner(const IndexEntry& holder, const AttestationOwner& owner) {
  return holder.kind == owner.kind && holder.key == owner.key;
}

void CompleteKeys(SymmetricKeyAttestation& keys, const Attestation* stored) {
  const auto* kept = stored == nullptr
                         ? nullptr
                         : std::get_if<SymmetricKeyAttestation>(stored);
  if (kept != nullptr) {
    if (keys.primary_key.empty()) keys.primary_key = kept->primary_key;
    if (keys.secondary_key.empty()) keys.secondary_key = kept->secondary_key;
  }
  GenerateMissingKeys(keys);
}

Status CompleteSlot(Slot& slot, const Slot& same,
                    const std::array<Slot, 2>& stored) {
  if (!slot || !slot->der.empty()) return {};
  const std::string& thumbprint = slot->thumbprint();
  for (const Slot& each : stored) {
    if (each && EqualsIgnoreCase(each->thumbprint(), thumbprint)) {
      slot = each;
      return {};
    }
  }
  if (thumbprint.empty() && same) {
    slot = same;
    return {};
  }
  return Fail(Errc::kInvalidArgument,
              "the certificate is missing, and its info names none that the "
              "enrollment holds");
}

Status CompleteCertificates(X509Attestation& x509, const Attestation* stored) {
  const auto* kept =
      stored == nullptr ? nullptr : std::get_if<X509Attestation>(stored);
  std::array<Slot, 2> slots;
  if (kept != nullptr) slots = {kept->primary, kept->secondary};
  DPS_CHECK(CompleteSlot(x509.primary, slots[0], slots));
  DPS_CHECK(CompleteSlot(x509.secondary, slots[1], slots));
  const bool same_certificate =
      x509.primary && x509.secondary &&
      x509.primary->thumbprint() == x509.secondary->thumbprint();
  if (same_certificate ||
      (x509.primary_ca && x509.primary_ca == x509.secondary_ca)) {
    return Fail(Errc::kInvalidArgument,
                "primary and secondary are the same certificate");
  }
  return {};
}

// The enrollment that has the certificate through `holder`: itself, or the
// group that refers to it. None for a certificate nobody refers to.
Result<std::optional<IndexEntry>> EnrollmentBehind(Snapshot& snapshot,
                                                   const IndexEntry& holder) {
  if (holder.kind != IndexedKind::kCaCertificate) return holder;
  DPS_TRY(const auto name, CertificateNameOf(holder));
  DPS_TRY(const auto referring,
          snapshot.FindIndexed(IndexTerm::CaReference(name), holder.scope, 1));
  if (referring.empty()) return std::nullopt;
  return referring.front();
}

Status CheckUsableKey(const Certificate& certificate) {
  const Status usable =
      CheckKey(certificate, kLaxestPolicy).and_then([&]() -> Status {
        return CheckKeyStrength(certificate, kLaxestPolicy);
      });
  if (usable) return {};
  return Fail(Errc::kInvalidArgument, usable.error().message);
}

Status CheckCertificateReference(Snapshot& snapshot,
                                 const CertificateName& name,
                                 const AttestationOwner& owner) {
  DPS_TRY(const auto certificate,
          snapshot.FindCaCertificate(owner.scope, name));
  if (!certificate) {
    return Fail(Errc::kInvalidArgument, "caReferences names the certificate " +
                                            name.text() +
                                            ", which the instance lacks");
  }
  return CheckHeldOnce(snapshot, certificate->certificate, owner);
}

Status CheckSlot(Snapshot& snapshot, const EnrolledCertificate& certificate,
                 X509Attestation::Kind kind, const AttestationOwner& owner) {
  DPS_TRY(const Certificate parsed, ToCertificate(certificate));
  if (kind == X509Attestation::Kind::kSigningCertificates) {
    DPS_CHECK(CheckIsCa(parsed));
    DPS_CHECK(CheckRoomForSubject(snapshot, certificate, owner));
  } else {
    DPS_CHECK(CheckUsableKey(parsed));
  }
  return CheckHeldOnce(snapshot, certificate, owner);
}

bool Holds(const Attestation* stored, const EnrolledCertificate& certificate) {
  const auto* x509 =
      stored == nullptr ? nullptr : std::get_if<X509Attestation>(stored);
  if (x509 == nullptr) return false;
  return std::ranges::any_of(
      std::array{&x509->primary, &x509->secondary}, [&](const Slot* slot) {
        return *slot && (*slot)->thumbprint() == certificate.thumbprint();
      });
}

Status CheckCommonName(const EnrolledCertificate& certificate,
                       const RegistrationId& id) {
  DPS_TRY(const Certificate parsed, ToCertificate(certificate));
  const auto common_name = RegistrationIdOf(parsed);
  if (!common_name) {
    return Fail(Errc::kInvalidArgument, common_name.error().message);
  }
  if (*common_name == id) return {};
  return Fail(Errc::kInvalidArgument,
              "CN=" + common_name->text() + " is not " + id.text() +
                  ": a device is known by the common name of its certificate");
}

}  // namespace

Status CompleteAttestation(Attestation& attestation,
                           const Attestation* stored) {
  if (auto* keys = std::get_if<SymmetricKeyAttestation>(&attestation)) {
    CompleteKeys(*keys, stored);
    return {};
  }
  return CompleteCertificates(std::get<X509Attestation>(attestation), stored);
}

Status CheckAttestation(Snapshot& snapshot, const Attestation& attestation,
                        const AttestationOwner& owner) {
  const auto* x509 = std::get_if<X509Attestation>(&attestation);
  if (x509 == nullptr) return {};
  for (const Slot* slot : {&x509->primary, &x509->secondary}) {
    if (*slot) DPS_CHECK(CheckSlot(snapshot, **slot, x509->kind, owner));
  }
  for (const auto* name : {&x509->primary_ca, &x509->secondary_ca}) {
    if (*name) DPS_CHECK(CheckCertificateReference(snapshot, **name, owner));
  }
  return {};
}

Status CheckCommonNames(const Attestation& attestation,
                        const Attestation* stored, const RegistrationId& id) {
  const auto* x509 = std::get_if<X509Attestation>(&attestation);
  if (x509 == nullptr) return {};
  for (const Slot* slot : {&x509->primary, &x509->secondary}) {
    if (*slot && !Holds(stored, **slot)) DPS_CHECK(CheckCommonName(**slot, id));
  }
  return {};
}

Status CheckIsCa(const Certificate& certificate) {
  if (!certificate.IsCa()) {
    return Fail(Errc::kInvalidArgument,
                "the certificate " + certificate.Subject() +
                    " is not that of a CA (basicConstraints CA:TRUE); a "
                    "device's own certificate needs an individual enrollment");
  }
  return CheckUsableKey(certificate);
}

Status CheckHeldOnce(Snapshot& snapshot, const EnrolledCertificate& certificate,
                     const AttestationOwner& owner) {
  DPS_TRY(const auto holders,
          snapshot.FindIndexed(IndexTerm::Thumbprint(certificate.thumbprint()),
                               owner.scope, limits::kCertificateHoldersMax));
  for (const IndexEntry& holder : holders) {
    DPS_TRY(const auto enrollment, EnrollmentBehind(snapshot, holder));
    if (!enrollment || IsOwner(*enrollment, owner)) continue;
    return Fail(Errc::kConflict,
                "the certificate " + certificate.info.subject_name + " (" +
                    certificate.thumbprint() + ") is in " +
                    HolderText(*enrollment) +
                    " already; a certificate can be in one enrollment only");
  }
  return {};
}

Status CheckRoomForSubject(Snapshot& snapshot,
                           const EnrolledCertificate& certificate,
                           const AttestationOwner& owner) {
  DPS_TRY(auto entries, snapshot.FindIndexed(
                            IndexTerm::CaSubject(certificate.subject_digest),
                            owner.scope, limits::kCaCertificatesOfSubjectMax));
  std::erase_if(entries,
                [&](const IndexEntry& each) { return IsOwner(each, owner); });
  // An owner may bring two.
  if (entries.size() + 2 <= limits::kCaCertificatesOfSubjectMax) return {};
  return Fail(Errc::kForbidden,
              "the instance holds too many CA certificates with the subject " +
                  certificate.info.subject_name);
}

}  // namespace dps
