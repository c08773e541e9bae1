// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/sas_token.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "core/base/limits.h"
#include "tests/support/fake_clock.h"
#include "tests/support/vectors.h"

namespace dps {
namespace {

using std::chrono::seconds;

constexpr seconds kSkew{60};

const IdScope& Scope() {
  static const IdScope kScope = *IdScope::Parse("0ne00ABCDEF");
  return kScope;
}

const RegistrationId& Device() {
  static const RegistrationId kDevice = *RegistrationId::Parse("Dev-01:a");
  return kDevice;
}

std::uint64_t SecondsOf(UtcTime time) {
  return static_cast<std::uint64_t>(
      std::chrono::floor<seconds>(time).time_since_epoch().count());
}

SasToken TokenFor(std::string resource) {
  return {.resource = std::move(resource),
          .signature = SecretBytes("s"),
          .expiry_s = SecondsOf(kNoon),
          .expiry_text = std::to_string(SecondsOf(kNoon))};
}

Status CheckAt(const SasToken& token, UtcTime now = kNoon) {
  return CheckSasToken(token, Scope(), Device(), now, kSkew);
}

Errc ErrorOf(const std::string& token) {
  const auto parsed = ParseSasToken(token);
  REQUIRE_FALSE(parsed);
  return parsed.error().code;
}

}  // namespace

TEST_CASE("sas_token: the token of every SDK is read and names its device") {
  ForEachVector("sas_tokens.json", [](JsonView vector) {
    const auto token = ParseSasToken(*vector.String("token"));
    REQUIRE(token);
    CHECK(token->resource == *vector.String("resource"));
    CHECK(Base64Encode(token->signature.Reveal()) ==
          *vector.String("signature"));
    CHECK(std::to_string(token->expiry_s) == token->expiry_text);
    const UtcTime expiry{seconds(token->expiry_s)};
    CHECK(
        CheckSasToken(*token, *IdScope::Parse(*vector.String("id_scope")),
                      *RegistrationId::Parse(*vector.String("registration_id")),
                      expiry, seconds(0)));
  });
}

TEST_CASE("sas_token: the expiry is kept as sent, for it was signed so") {
  const auto token =
      ParseSasToken("SharedAccessSignature sr=a&sig=AAAA&se=0012&other=1");
  REQUIRE(token);
  CHECK(token->expiry_s == 12);
  CHECK(token->expiry_text == "0012");
}

TEST_CASE("sas_token: a plus in the signature stays a plus") {
  const auto token = ParseSasToken("SharedAccessSignature sr=a&sig=+/+/&se=1");
  REQUIRE(token);
  CHECK(Base64Encode(token->signature.Reveal()) == "+/+/");
}

TEST_CASE("sas_token: a token of any other form is InvalidArgument") {
  const std::string scheme = "SharedAccessSignature ";
  for (const char* fields : {"",
                             "sr=a",
                             "sr=a&sig=AAAA",
                             "sr=a&se=1",
                             "sig=AAAA&se=1",
                             "sr=&sig=AAAA&se=1",
                             "sr=a&sig=&se=1",
                             "sr=a&sig=AAAA&se=",
                             "sr=a&sig=AAA&se=1",
                             "sr=a&sig=A%A&se=1",
                             "sr=a&sig=A%41A%3&se=1",
                             "sr=a&sig=AAAA&se=-1",
                             "sr=a&sig=AAAA&se=1.5",
                             "sr=a&sig=AAAA&se=0x1",
                             "sr=a&sig=AAAA&se=18446744073709551616",
                             "sr=a&sig=AAAA&se=1 ",
                             "sr=a&sr=a&sig=AAAA&se=1",
                             "sr=a&sig=AAAA&sig=AAAB&se=1",
                             "sr=a&sig=AAAA&se=1&se=2",
                             "sr=a&sig=AAAA&se=1&skn=&skn=x"}) {
    CAPTURE(fields);
    CHECK(ErrorOf(scheme + fields) == Errc::kInvalidArgument);
  }
  CHECK(ErrorOf("") == Errc::kInvalidArgument);
  CHECK(ErrorOf("sharedaccesssignature sr=a&sig=AAAA&se=1") ==
        Errc::kInvalidArgument);
}

TEST_CASE("sas_token: a token over the limit is refused before it is read") {
  CHECK(ErrorOf(std::string(limits::kSasTokenMax + 1, 'x')) == Errc::kTooLarge);
}

TEST_CASE("sas_token: no message quotes the signature") {
  const auto parsed =
      ParseSasToken("SharedAccessSignature sr=a&sig=c2VjcmV0!&se=1");
  CHECK(parsed.error().message.find("c2VjcmV0") == std::string::npos);
}

TEST_CASE("sas_token: a resource names the device, encoded or not") {
  for (const char* resource : {"0ne00ABCDEF/registrations/Dev-01:a",
                               "0ne00ABCDEF%2fregistrations%2fdev-01%3aA",
                               "0ne00ABCDEF%2Fregistrations/Dev%2d01%3AA"}) {
    CHECK(CheckAt(TokenFor(resource)));
  }
}

TEST_CASE("sas_token: a resource of another device or scope is refused") {
  for (const char* resource :
       {"0ne00abcdef/registrations/Dev-01:a",
        "0ne00ABCDEF/registrations/Dev-01",
        "0ne00ABCDEF/registrations/Dev-01:a/", "0ne00ABCDEF/registrations/",
        "0ne00ABCDEF/devices/Dev-01:a", "/registrations/Dev-01:a",
        "0ne00ABCDEF%252fregistrations%252fDev-01:a", "0ne00ABCDEF", "%",
        "x0ne00ABCDEF/registrations/Dev-01:a",
        "0ne00ABCDEF/registrations/Dev-01:a%00"}) {
    CAPTURE(resource);
    const Status status = CheckAt(TokenFor(resource));
    REQUIRE_FALSE(status);
    CHECK(status.error().code == Errc::kUnauthenticated);
    CHECK(status.error().message.find("not for 0ne00ABCDEF/registrations/"
                                      "Dev-01:a") != std::string::npos);
  }
}

TEST_CASE("sas_token: a token one second past its expiry and skew is refused") {
  const SasToken token = TokenFor("0ne00ABCDEF/registrations/Dev-01:a");
  CHECK(CheckAt(token, kNoon + kSkew));
  const Status late = CheckAt(token, kNoon + kSkew + seconds(1));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::kUnauthenticated);
  CHECK(late.error().message == "the SAS token expired at " + FormatUtc(kNoon));
}

TEST_CASE("sas_token: the greatest and the smallest expiry are just times") {
  SasToken token = TokenFor("0ne00ABCDEF/registrations/Dev-01:a");
  token.expiry_s = std::numeric_limits<std::uint64_t>::max();
  CHECK(CheckAt(token));
  token.expiry_s = 0;
  CHECK(CheckAt(token).error().code == Errc::kUnauthenticated);
}

}  // namespace dps
