// SPDX-License-Identifier: Apache-2.0
// Which presented certificates lead from a leaf to an anchor; VerifyChain()
// then judges them. Pure and thread-safe.
#pragma once

#include <span>
#include <vector>

#include "core/attestation/x509_chain.h"

namespace dps {

// The path leaf ... anchor that VerifyChain() describes: each certificate may
// have issued the one before it, by name, key ids and, where these leave a
// choice, by signature. Nothing else of it is verified. `presented` must have
// passed CheckPresented(), which bounds the work. Errors: kInvalidCertificate
// telling where the chain ends.
[[nodiscard]] Result<std::vector<Certificate>> FindPath(
    const PresentedChain& presented, std::span<const Certificate> anchors,
    const CertificatePolicy& policy, UtcTime now);

}  // namespace dps
