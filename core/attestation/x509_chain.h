// SPDX-License-Identifier: Apache-2.0
// From a device's certificate up to a CA certificate an operator enrolled.
// No network, no file, no trust but in the anchors given. Thread-safe but for
// ChainVerifier.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/attestation/certificate_policy.h"
#include "core/attestation/signatures.h"
#include "core/base/certificate.h"
#include "core/base/clock.h"
#include "core/base/result.h"

namespace dps {

// What a device sent in TLS: its own certificate first, the others in any
// order, strangers among them.
struct PresentedChain {
  Certificate leaf;
  std::vector<Certificate> others;
};

// A device may present so many certificates. Errors: kInvalidCertificate.
[[nodiscard]] Status CheckCount(std::size_t presented, std::size_t chain_max);

// CheckCount() and CheckKey() of each: what must hold before any signature is
// computed. Errors: kInvalidCertificate.
[[nodiscard]] Status CheckPresented(const PresentedChain& presented,
                                    const CertificatePolicy& policy);

// The path leaf ... anchor, verified at `now`: CheckPresented(),
// CheckDeviceCertificate() of the leaf, then RFC 5280 (signatures, dates, CA
// bit, path lengths, key usages, name constraints, critical extensions) under
// the policy's security level.
//
// `anchors` are enrolled CA certificates, roots or intermediates: those whose
// subject_digest() is the issuer_digest() of a presented certificate suffice.
// An issuer's subject is the name that the certificate gives, byte by byte: in
// another encoding it could hide the anchor that was looked up by its digest.
// Where several certificates bear that name, the signature tells which it is;
// of several with the same key a CA certificate valid at `now` comes first,
// then one that is presented itself, then the first in `anchors`. The nearest
// anchor wins: no certificate above an anchor is looked at. An anchor that is
// the leaf itself is passed over.
// At most limits::kSignaturesOfHandshakeMax signatures are computed, and none
// if no anchor may have issued anything presented, by name and key ids.
// Errors: kInvalidCertificate: which certificate, what is wrong, what to do.
[[nodiscard]] Result<std::vector<Certificate>> VerifyChain(
    const PresentedChain& presented, std::span<const Certificate> anchors,
    const CertificatePolicy& policy, UtcTime now);

// VerifyChain() of one chain under several sets of anchors, for which the limit
// of signatures holds together. `presented` must outlive it.
class ChainVerifier {
 public:
  ChainVerifier(const PresentedChain& presented,
                const CertificatePolicy& policy, UtcTime now)
      : presented_(presented), policy_(policy), now_(now) {}

  [[nodiscard]] Result<std::vector<Certificate>> Verify(
      std::span<const Certificate> anchors);

  const PresentedChain& presented() const { return presented_; }
  const CertificatePolicy& policy() const { return policy_; }
  UtcTime now() const { return now_; }
  const Signatures& signatures() const { return signatures_; }

 private:
  [[nodiscard]] Status CheckOnce();

  const PresentedChain& presented_;
  const CertificatePolicy policy_;
  const UtcTime now_;
  std::optional<Status> checked_;  // what does not depend on anchors
  Signatures signatures_;
};

}  // namespace dps
