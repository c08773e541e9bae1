// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/signatures.h"

#include <openssl/x509.h>

#include "core/base/crypto_handle.h"

namespace dps {

Result<bool> Signatures::Signed(const Certificate& issuer,
                                const Certificate& subject) {
  Pair pair{issuer.thumbprint(), subject.thumbprint()};
  const auto known = known_.find(pair);
  if (known != known_.end()) return known->second;
  DPS_CHECK(Spend(1));
  const ErrorQueueMark mark;
  EVP_PKEY* key = X509_get0_pubkey(issuer.get());
  const bool is_signed = key != nullptr && X509_verify(subject.get(), key) == 1;
  known_.emplace(std::move(pair), is_signed);
  return is_signed;
}

bool Signatures::IsRefuted(const Certificate& issuer,
                           const Certificate& subject) const {
  if (known_.empty()) return false;
  const auto known = known_.find({issuer.thumbprint(), subject.thumbprint()});
  return known != known_.end() && !known->second;
}

Status Signatures::Spend(std::size_t count) {
  // The excess stays on the account: nothing is computed from then on.
  if (!is_exceeded()) spent_ += count;
  if (!is_exceeded()) return {};
  return Fail(Errc::kInvalidCertificate,
              "more than " + std::to_string(max_) +
                  " signatures would have to be verified: too many "
                  "certificates of one name, without key identifiers, are "
                  "presented or enrolled");
}

}  // namespace dps
