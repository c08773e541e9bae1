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

// Select() for a PresentedChain. The registration id must be the certificate's
// common name. An individual enrollment wants the certificate itself; a group
// wants a chain that ends at its CA certificate, the nearest one enrolled, and
// nothing in it revoked. Errors: kInvalidCertificate, kInternal.
[[nodiscard]] Result<Selection> SelectByCertificate(Snapshot& snapshot,
                                                    ScopeConfig& config,
                                                    const Proof& proof,
                                                    const Moment& moment);

// During a TLS handshake, before the scope is known: whether the certificate
// is enrolled, or its chain ends at a CA certificate, in some scope. What the
// enrollment says besides (disabled, revoked, the id) is judged at CONNECT.
// Errors: kUnauthenticated (no enrollment has to do with it),
// kInvalidCertificate, kInternal.
[[nodiscard]] Status AdmitCertificate(Snapshot& snapshot, ConfigCache& cache,
                                      const PresentedChain& chain,
                                      const Moment& moment);

}  // namespace dps
