// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/verify.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/vectors.h"

namespace dps {
namespace {

const SecretBytes kKey("0123456789abcdef");
const SecretBytes kOther("fedcba9876543210");

SasToken SignedWith(const SecretBytes& key) {
  SasToken token{.resource = "scope/registrations/Dev-01",
                 .signature = {},
                 .expiry_s = 1,
                 .expiry_text = "1"};
  token.signature = HmacSha256(key, token.resource + "\n1");
  return token;
}

SasToken SignedWithDerived(std::string_view derived_from_id) {
  return SignedWith(DeriveDeviceKey(kKey, derived_from_id));
}

SecretBytes KeyOf(JsonView vector, std::string_view name) {
  const auto text = *vector.OptionalString(name);
  return text ? *Base64Decode(*text) : SecretBytes();
}

}  // namespace

TEST_CASE("verify: the token of every SDK is signed by its key alone") {
  ForEachVector("sas_tokens.json", [](JsonView vector) {
    const auto token = ParseSasToken(*vector.String("token"));
    REQUIRE(token);
    const auto id = *RegistrationId::Parse(*vector.String("registration_id"));
    const SymmetricKeyAttestation keys{.primary_key = KeyOf(vector, "key")};
    const SymmetricKeyAttestation group_keys{.primary_key =
                                                 KeyOf(vector, "group_key")};
    CHECK(SignedByDeviceKey(*token, keys).has_value() ==
          !keys.primary_key.empty());
    CHECK(SignedByGroupKey(*token, group_keys, id).has_value() ==
          !group_keys.primary_key.empty());
    CHECK_FALSE(SignedByGroupKey(*token, keys, id));
    CHECK_FALSE(SignedByDeviceKey(*token, group_keys));
  });
}

TEST_CASE("verify: device keys derive from group keys as documented") {
  ForEachVector("device_keys.json", [](JsonView vector) {
    const SecretBytes derived = DeriveDeviceKey(
        KeyOf(vector, "group_key"), *vector.String("registration_id"));
    CHECK(Base64Encode(derived.Reveal()) == *vector.String("device_key"));
  });
}

TEST_CASE("verify: the primary and the secondary key are equally good") {
  const SasToken token = SignedWith(kKey);
  CHECK(SignedByDeviceKey(token, {kKey, kOther}) == SymmetricKeyUse{});
  CHECK(SignedByDeviceKey(token, {kOther, kKey}) ==
        SymmetricKeyUse{.secondary = true});
  CHECK(SignedByDeviceKey(token, {SecretBytes(), kKey}));
  CHECK_FALSE(SignedByDeviceKey(token, {kOther, kOther}));

  const auto id = *RegistrationId::Parse("Dev-01");
  const SasToken derived = SignedWithDerived("Dev-01");
  CHECK(SignedByGroupKey(derived, {kOther, kKey}, id) ==
        SymmetricKeyUse{.secondary = true});
  CHECK_FALSE(SignedByGroupKey(derived, {kOther, kOther}, id));
}

TEST_CASE("verify: a key that was not given signs nothing") {
  const SecretBytes none;
  const auto id = *RegistrationId::Parse("Dev-01");
  CHECK_FALSE(SignedByDeviceKey(SignedWith(none), {}));
  CHECK_FALSE(
      SignedByGroupKey(SignedWith(DeriveDeviceKey(none, "Dev-01")), {}, id));
  CHECK_FALSE(SignedByGroupKey(SignedWith(none), {}, id));
}

TEST_CASE("verify: a group key counts for the id as written or lower-cased") {
  const SymmetricKeyAttestation group{.primary_key = kKey};
  const auto id = *RegistrationId::Parse("Dev-01");
  CHECK(SignedByGroupKey(SignedWithDerived("Dev-01"), group, id) ==
        SymmetricKeyUse{});
  CHECK(SignedByGroupKey(SignedWithDerived("dev-01"), group, id) ==
        SymmetricKeyUse{.over_lower_case = true});
  CHECK_FALSE(SignedByGroupKey(SignedWithDerived("DEV-01"), group, id));
  CHECK_FALSE(SignedByGroupKey(SignedWithDerived("dev-02"), group, id));
  CHECK_FALSE(SignedByGroupKey(SignedWith(kKey), group, id));
}

TEST_CASE("verify: a changed byte anywhere spoils the signature") {
  const SymmetricKeyAttestation keys{.primary_key = kKey};
  SasToken token = SignedWith(kKey);
  token.resource += "x";
  CHECK_FALSE(SignedByDeviceKey(token, keys));
  token = SignedWith(kKey);
  token.expiry_text = "01";
  CHECK_FALSE(SignedByDeviceKey(token, keys));
  token = SignedWith(kKey);
  token.signature = SecretBytes(token.signature.Reveal().substr(0, 31));
  CHECK_FALSE(SignedByDeviceKey(token, keys));
  token.signature = SecretBytes();
  CHECK_FALSE(SignedByDeviceKey(token, keys));
}

}  // namespace dps
