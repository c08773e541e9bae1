// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/verify.h"

#include <string>
#include <string_view>

namespace dps {
namespace {

// HMAC takes an empty key, so one that was not given must not come this far.
bool SignedBy(const SasToken& token, const SecretBytes& key) {
  if (key.empty()) return false;
  return HmacSha256(key, token.resource + '\n' + token.expiry_text) ==
         token.signature;
}

bool SignedByDerivedKey(const SasToken& token,
                        const SymmetricKeyAttestation& group_keys,
                        std::string_view id) {
  const auto signed_by = [&](const SecretBytes& group_key) {
    return !group_key.empty() &&
           SignedBy(token, DeriveDeviceKey(group_key, id));
  };
  return signed_by(group_keys.primary_key) ||
         signed_by(group_keys.secondary_key);
}

}  // namespace

bool SignedByDeviceKey(const SasToken& token,
                       const SymmetricKeyAttestation& keys) {
  return SignedBy(token, keys.primary_key) ||
         SignedBy(token, keys.secondary_key);
}

bool SignedByGroupKey(const SasToken& token,
                      const SymmetricKeyAttestation& group_keys,
                      const RegistrationId& id) {
  return SignedByDerivedKey(token, group_keys, id.text()) ||
         (id.text() != id.key() &&
          SignedByDerivedKey(token, group_keys, id.key()));
}

}  // namespace dps
