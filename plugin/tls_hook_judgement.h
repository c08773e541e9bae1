// SPDX-License-Identifier: Apache-2.0
// What a handshake found out about a client's certificate: kept in the
// certificate itself, and carried by a ticket from one session to the next.
// For the TLS hook only; broker thread.
#pragma once

#include <openssl/ssl.h>

#include <vector>

#include "core/attestation/x509_chain.h"
#include "core/base/certificate_cache.h"
#include "core/base/result.h"
#include "plugin/voucher.h"

namespace dps {

// Without the leaf, in which it lives: a reference would keep that alive for
// ever.
struct Judgement {
  Voucher voucher = Voucher::kUnjudged;
  std::vector<Certificate> others;
};

// Reserves the place in certificates; once, before any other call.
void ReserveJudgements();

// Freed with the leaf. False if memory is short.
[[nodiscard]] bool Attach(X509* leaf, Judgement judgement);
// Null if there is none. Valid as long as the leaf.
const Judgement* JudgementOf(const X509* leaf);

// Puts the judged chain beside the leaf into the session, for its ticket. A
// leaf whose chain is not to travel is left without one: where the chain is
// over limits::kTicketChainBytesMax, and where the listener vouches for it,
// which nobody would ask again. OpenSSL cannot withhold the ticket at this
// point, so it is given, and resumes nothing.
void SaveChain(SSL_SESSION* session);
// The chain of a ticket's session, which has a leaf. Errors:
// kUnauthenticated, kInvalidArgument.
[[nodiscard]] Result<PresentedChain> SavedChain(SSL_SESSION* session,
                                                CertificateCache& read_before);

}  // namespace dps
