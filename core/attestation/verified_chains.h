// SPDX-License-Identifier: Apache-2.0
// Remembers chains that were verified, so that a device's handshake, its
// CONNECT and its resumed handshakes compute each signature once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/attestation/x509_chain.h"

namespace dps {

// VerifyChain() depends on its arguments alone, and on time only where a
// certificate's validity begins or ends; so what it found holds for the same
// arguments until the next such instant. Refusals are not remembered. Memory:
// about 150 bytes a chain, the oldest go first. Not thread-safe.
class VerifiedChains {
 public:
  explicit VerifiedChains(std::size_t max) : max_(max) {}

  // As verifier.Verify(anchors), which it calls if it does not remember.
  [[nodiscard]] Result<std::vector<Certificate>> Verify(
      ChainVerifier& verifier, std::span<const Certificate> anchors);

  void Clear();

 private:
  struct Known {
    std::vector<std::uint8_t> path;  // places among presented and anchors
    UtcTime from;
    UtcTime until;
  };
  using Chains = std::unordered_map<std::string, Known>;

  const Known* Find(const std::string& key) const;

  const std::size_t max_;
  // When `recent_` is full it takes the place of `older_`.
  Chains recent_;
  Chains older_;
};

}  // namespace dps
