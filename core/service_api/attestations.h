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

// Every certificate has a key that a broker may verify under; signing
// certificates are CAs; certificates referred to are in the instance; none of
// them is in another enrollment of the scope, be it by reference; and the scope
// has no more CA certificates of one subject than
// limits::kCaCertificatesOfSubjectMax.
// Errors: kInvalidArgument, kConflict, kForbidden, kInternal.
[[nodiscard]] Status CheckAttestation(Snapshot& snapshot,
                                      const Attestation& attestation,
                                      const AttestationOwner& owner);

// These rules one by one. A CA certificate, with such a key.
// Errors: kInvalidArgument.
[[nodiscard]] Status CheckIsCa(const Certificate& certificate);

// No enrollment of the scope but `owner` holds or refers to the certificate.
// Errors: kConflict, kInternal.
[[nodiscard]] Status CheckHeldOnce(Snapshot& snapshot,
                                   const EnrolledCertificate& certificate,
                                   const AttestationOwner& owner);

// Room for one more CA certificate of `owner`. Errors: kForbidden, kInternal.
[[nodiscard]] Status CheckRoomForSubject(Snapshot& snapshot,
                                         const EnrolledCertificate& certificate,
                                         const AttestationOwner& owner);

}  // namespace dps
