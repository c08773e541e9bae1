// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/sas_token.h"

#include "core/base/limits.h"
#include "core/base/parameters.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kScheme = "SharedAccessSignature ";

tl::unexpected<Error> Malformed(std::string_view reason) {
  return Fail(Errc::kInvalidArgument, "SAS token: " + std::string(reason));
}

Result<std::string> Field(std::string_view fields, std::string_view name) {
  DPS_TRY(const auto value, FindParameter(fields, name));
  if (!value || value->empty()) {
    return Malformed("field " + std::string(name) + " is missing");
  }
  return std::string(*value);
}

Result<SecretBytes> ParseSignature(std::string_view sent) {
  auto signature = PercentDecode(sent).and_then(Base64Decode);
  if (!signature) return Malformed("sig is not percent-encoded base64");
  return signature;
}

Status CheckResource(const SasToken& token, const IdScope& scope,
                     const RegistrationId& id) {
  const std::string prefix = scope.text() + "/registrations/";
  const std::string resource =
      PercentDecode(token.resource).value_or(token.resource);
  const bool names_device =
      resource.starts_with(prefix) &&
      EqualsIgnoreCase(resource.substr(prefix.size()), id.text());
  if (names_device) return {};
  return Fail(Errc::kUnauthenticated, "the SAS token is for " +
                                          Printable(resource) + ", not for " +
                                          prefix + id.text());
}

}  // namespace

Result<SasToken> ParseSasToken(std::string_view token) {
  if (token.size() > limits::kSasTokenMax) {
    return Fail(Errc::kTooLarge, "the SAS token is too long");
  }
  if (!token.starts_with(kScheme)) {
    return Malformed("it must begin with SharedAccessSignature");
  }
  const std::string_view fields = token.substr(kScheme.size());
  DPS_TRY(std::string resource, Field(fields, "sr"));
  DPS_TRY(const std::string signature_text, Field(fields, "sig"));
  DPS_TRY(SecretBytes signature, ParseSignature(signature_text));
  DPS_TRY(std::string expiry_text, Field(fields, "se"));
  DPS_TRY(const auto key_name, FindParameter(fields, "skn"));
  const auto expiry_s = ParseDecimal(expiry_text);
  if (!expiry_s) return Malformed("se is not a number of seconds");
  return SasToken{
      .resource = std::move(resource),
      .signature = std::move(signature),
      .expiry_s = *expiry_s,
      .expiry_text = std::move(expiry_text),
      .key_name = PercentDecode(key_name.value_or("")).value_or(std::string())};
}

Status CheckSasToken(const SasToken& token, const IdScope& scope,
                     const RegistrationId& id, UtcTime now,
                     std::chrono::seconds skew) {
  DPS_CHECK(CheckResource(token, scope, id));
  return CheckSasExpiry(token, now, skew);
}

Status CheckSasExpiry(const SasToken& token, UtcTime now,
                      std::chrono::seconds skew) {
  const auto now_s = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  if (now_s <= token.expiry_s) return {};
  const std::uint64_t late_s = now_s - token.expiry_s;
  if (late_s <= static_cast<std::uint64_t>(skew.count())) return {};
  const UtcTime expiry{std::chrono::seconds(token.expiry_s)};
  return Fail(Errc::kUnauthenticated,
              "the SAS token expired at " + FormatUtc(expiry));
}

}  // namespace dps
