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

std::optional<SymmetricKeyUse> SignedByDerivedKey(
    const SasToken& token, const SymmetricKeyAttestation& group_keys,
    std::string_view id) {
  const auto signed_by = [&](const SecretBytes& group_key) {
    return !group_key.empty() &&
           SignedBy(token, DeriveDeviceKey(group_key, id));
  };
  if (signed_by(group_keys.primary_key)) return SymmetricKeyUse();
  if (signed_by(group_keys.secondary_key)) {
    return SymmetricKeyUse{.secondary = true};
  }
  return std::nullopt;
}

}  // namespace

std::optional<SymmetricKeyUse> SignedByDeviceKey(
    const SasToken& token, const SymmetricKeyAttestation& keys) {
  if (SignedBy(token, keys.primary_key)) return SymmetricKeyUse();
  if (SignedBy(token, keys.secondary_key)) {
    return SymmetricKeyUse{.secondary = true};
  }
  return std::nullopt;
}

std::optional<SymmetricKeyUse> SignedByGroupKey(
    const SasToken& token, const SymmetricKeyAttestation& group_keys,
    const RegistrationId& id) {
  auto use = SignedByDerivedKey(token, group_keys, id.text());
  if (use || id.text() == id.key()) return use;
  use = SignedByDerivedKey(token, group_keys, id.key());
  if (use) use->over_lower_case = true;
  return use;
}

}  // namespace dps
