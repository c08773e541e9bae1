// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/sas_token.h"

#include "core/attestation/verify.h"
#include "core/base/text.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto token = dps::ParseSasToken(dps::Text(data, size));
  if (!token) return 0;
  const auto scope = *dps::IdScope::Parse("0ne00ABCDEF");
  const auto id = *dps::RegistrationId::Parse("dev-01");
  const dps::UtcTime now{};
  const std::chrono::seconds skew{0};
  (void)dps::CheckSasToken(*token, scope, id, now, skew);
  // No input can guess the HMAC of a key it does not know.
  const dps::SymmetricKeyAttestation keys{.primary_key =
                                              dps::SecretBytes("unguessable")};
  dps::Require(!dps::SignedByDeviceKey(*token, keys));
  dps::Require(!dps::SignedByGroupKey(*token, keys, id));
  // Written out again, it is the same token.
  const auto again = dps::ParseSasToken(
      "SharedAccessSignature se=" + token->expiry_text + "&sig=" +
      dps::PercentEncode(dps::Base64Encode(token->signature.Reveal())) +
      "&sr=" + token->resource);
  dps::Require(again && again->signature == token->signature &&
               again->resource == token->resource &&
               again->expiry_s == token->expiry_s);
  return 0;
}
