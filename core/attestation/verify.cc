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

SecretBytes DeriveIfGiven(const SecretBytes& group_key, std::string_view id) {
  return group_key.empty() ? SecretBytes() : DeriveDeviceKey(group_key, id);
}

bool SignedByDerivedKey(const SasToken& token, const Attestation& group_keys,
                        std::string_view id) {
  return SignedByDeviceKey(
      token, {.primary_key = DeriveIfGiven(group_keys.primary_key, id),
              .secondary_key = DeriveIfGiven(group_keys.secondary_key, id)});
}

}  // namespace

bool SignedByDeviceKey(const SasToken& token, const Attestation& keys) {
  const bool by_primary = SignedBy(token, keys.primary_key);
  const bool by_secondary = SignedBy(token, keys.secondary_key);
  return by_primary || by_secondary;
}

bool SignedByGroupKey(const SasToken& token, const Attestation& group_keys,
                      const RegistrationId& id) {
  return SignedByDerivedKey(token, group_keys, id.text()) ||
         (id.text() != id.key() &&
          SignedByDerivedKey(token, group_keys, id.key()));
}

}  // namespace dps
