// SPDX-License-Identifier: Apache-2.0
// What an operator's attestation becomes in the store, and what must hold of
// its certificates (service-api sections 1.2 and 7.5).
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/model/attestation.h"
#include "core/model/ids.h"
#include "core/store/store.h"

namespace dps {

// Fills in what was not given: keys and certificates from `stored` if it is of
// the same type (null: a new enrollment), else keys are made up. A certificate
// named only by its info is the stored one of that thumbprint, in either slot,
// or without a thumbprint the one in its own slot.
// Errors: kInvalidArgument (no such certificate is stored).
[[nodiscard]] Status CompleteAttestation(Attestation& attestation,
                                         const Attestation* stored);

// The document an attestation is of.
struct AttestationOwner {
  const IdScope& scope;
  IndexedKind kind;
  std::string_view key;
};

// What must hold of an attestation before it is stored. Symmetric keys: nothing
// more. A device's certificates: a key that a broker may verify under (CheckKey
// and CheckKeyStrength with kLaxestPolicy), and CheckHeldOnce(). Signing
// certificates: CheckIsCa(), CheckRoomForSubject() and CheckHeldOnce().
// References: the certificate is in the instance, and CheckHeldOnce(). Errors:
// kInvalidArgument, kConflict, kForbidden, kInternal.
[[nodiscard]] Status CheckAttestation(Snapshot& snapshot,
                                      const Attestation& attestation,
                                      const AttestationOwner& owner);

// Of a device's certificates, those that `stored` (null: a new enrollment) does
// not hold: each has exactly one common name (RegistrationIdOf), and that is
// `id`, in any letter case, as a CONNECT asks for. Pure. Errors:
// kInvalidArgument, kInternal.
[[nodiscard]] Status CheckCommonNames(const Attestation& attestation,
                                      const Attestation* stored,
                                      const RegistrationId& id);

// The certificate is a CA's (Certificate::IsCa) and has a key that a broker may
// verify under. Pure. Errors: kInvalidArgument.
[[nodiscard]] Status CheckIsCa(const Certificate& certificate);

// No enrollment of the scope but `owner` holds the certificate, itself or by
// reference to a CA certificate of the instance. Errors: kConflict naming the
// enrollment, kInternal.
[[nodiscard]] Status CheckHeldOnce(Snapshot& snapshot,
                                   const EnrolledCertificate& certificate,
                                   const AttestationOwner& owner);

// The scope has room for both certificates `owner` may bring of that subject:
// limits::kCaCertificatesOfSubjectMax with those of others. Errors: kForbidden,
// kInternal.
[[nodiscard]] Status CheckRoomForSubject(Snapshot& snapshot,
                                         const EnrolledCertificate& certificate,
                                         const AttestationOwner& owner);

}  // namespace dps
