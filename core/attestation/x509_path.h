// SPDX-License-Identifier: Apache-2.0
// Which presented certificates lead from a leaf to an anchor; VerifyChain()
// then judges them. Pure and thread-safe.
#pragma once

#include <span>
#include <vector>

#include "core/attestation/signatures.h"
#include "core/attestation/x509_chain.h"

namespace dps {

using CertificationPath = std::vector<Certificate>;

struct PathQuery {
  const PresentedChain& presented;
  std::span<const Certificate> anchors;
  const CertificatePolicy& policy;
  UtcTime now;
};

// The path leaf ... anchor that VerifyChain() describes: each certificate may
// have issued the one before it, by name, key ids and, where these leave a
// choice, by signature. Nothing else of it is verified, and no signature is
// computed where no anchor can be reached by names and key ids. `presented`
// must have passed CheckPresented(). Errors: kInvalidCertificate telling where
// the chain ends, or that it costs too many signatures.
[[nodiscard]] Result<CertificationPath> FindPath(const PathQuery& query,
                                                 Signatures& signatures);

}  // namespace dps
