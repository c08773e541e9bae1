// SPDX-License-Identifier: Apache-2.0
// Which enrollment decides about a device that presented a certificate
// (service-api section 2), and which certificates may finish a TLS handshake.
#pragma once

#include "core/attestation/x509_chain.h"
#include "core/base/result.h"
#include "core/registration/config_cache.h"
#include "core/registration/select.h"
#include "core/store/store.h"

namespace dps {

// The parts of Select() for a PresentedChain. Errors of all:
// kInvalidCertificate, kUnavailable, kInternal.

// The chain's bounds; and the registration id is the certificate's common
// name.
[[nodiscard]] Status CheckCertificateEvidence(const Proof& proof,
                                              const Moment& moment);

// An individual enrollment wants the certificate itself, not revoked.
[[nodiscard]] Result<Selection> SelectIndividualByCertificate(
    Snapshot& snapshot, IndividualEnrollment enrollment, const Proof& proof,
    const Moment& moment);

// A group wants a chain that ends at its CA certificate, the nearest one
// enrolled, and nothing in it revoked.
[[nodiscard]] Result<Selection> SelectGroupByCertificate(Snapshot& snapshot,
                                                         ScopeConfig& config,
                                                         const Proof& proof,
                                                         const Moment& moment);

// During a TLS handshake, before the scope is known: whether the certificate
// is enrolled, or its chain ends at a CA certificate, in some scope. What the
// enrollment says besides (disabled, revoked, the id) is judged at CONNECT.
// Errors: kUnauthenticated (no enrollment has to do with it),
// kInvalidCertificate, kUnavailable, kInternal.
[[nodiscard]] Status AdmitCertificate(Snapshot& snapshot, ConfigCache& cache,
                                      const PresentedChain& chain,
                                      const Moment& moment);

}  // namespace dps
