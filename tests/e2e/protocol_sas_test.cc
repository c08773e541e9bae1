// SPDX-License-Identifier: Apache-2.0
// SAS tokens in the form of every SDK: statements 13 to 19 of the device
// protocol.
#include <doctest/doctest.h>

#include "core/base/text.h"
#include "tests/e2e/dps_broker.h"
#include "tests/support/keys_of.h"
#include "tests/support/vectors.h"

namespace dps {
namespace {

// `sr` and the expiry as text, signed.
std::string Signature(const SecretBytes& key, const std::string& resource,
                      const std::string& expiry) {
  return Base64Encode(HmacSha256(key, resource + "\n" + expiry).Reveal());
}

std::string InAnHour() {
  const UtcTime time = SystemClock().Now() + std::chrono::hours(1);
  return std::to_string(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch())
          .count());
}

void ReplaceValue(std::string& token, std::string_view name,
                  const std::string& value) {
  const std::size_t start = token.find(name) + name.size();
  token.replace(start, token.find('&', start) - start, value);
}

// A vector's token with a new expiry: its form, order of fields and case of
// the escapes stay.
std::string Renewed(std::string token, const std::string& resource,
                    const SecretBytes& key) {
  const std::string expiry = InAnHour();
  std::string signature = PercentEncode(Signature(key, resource, expiry));
  if (token.find("%3d&") != std::string::npos) {
    for (const char* escape : {"%2B", "%2F", "%3D"}) {
      for (std::size_t at; (at = signature.find(escape)) != signature.npos;) {
        signature.replace(at, 3, AsciiLower(escape));
      }
    }
  }
  ReplaceValue(token, "sig=", signature);
  ReplaceValue(token, "se=", expiry);
  return token;
}

std::string TokenOver(const std::string& resource, const SecretBytes& key) {
  const std::string expiry = InAnHour();
  return "SharedAccessSignature sr=" + resource +
         "&sig=" + PercentEncode(Signature(key, resource, expiry)) +
         "&se=" + expiry;
}

int ConnackWith(DpsBroker& dps, std::string_view id,
                const std::string& password) {
  ConnectOptions options = DeviceOptions(id);
  options.password = password;
  return ConnackOf(dps.broker().Tls(), options);
}

std::string TokenOfGroup(std::string_view id, char fill,
                         std::string_view derived_over) {
  return TokenFor(id, DeriveDeviceKey(TestKey(fill), derived_over),
                  SystemClock().Now() + std::chrono::hours(1));
}

}  // namespace

TEST_CASE("protocol_sas: a token in the form of every SDK is accepted") {
  DpsBroker dps;
  ForEachVector("sas_tokens.json", [&](JsonView vector) {
    const std::string id = *vector.String("registration_id");
    const std::string scope = *vector.String("id_scope");
    const auto key_text = vector.OptionalString("key");
    REQUIRE(key_text.has_value());
    if (scope != kScopeText || !*key_text) return;
    const auto key = Base64Decode(**key_text);
    REQUIRE(key.has_value());
    IndividualEnrollment enrollment = EnrollmentOf(id);
    KeysOf(enrollment.terms).secondary_key = *key;
    Save(dps.store(), enrollment);
    const std::string token =
        Renewed(*vector.String("token"), *vector.String("resource"), *key);
    CHECK(ConnackWith(dps, id, token) == 0);
    std::string wrong = token;
    ReplaceValue(wrong, "se=", "4000000000");
    CHECK(ConnackWith(dps, id, wrong) == 5);
  });
}

TEST_CASE("protocol_sas: fields stand in any order, skn does not matter") {
  DpsBroker dps;
  const std::string resource = std::string(kScopeText) + "/registrations/dev-1";
  const std::string expiry = InAnHour();
  const SecretBytes key = DeriveDeviceKey(TestKey('p'), "dev-1");
  const std::string sr = "sr=" + resource;
  const std::string sig =
      "sig=" + PercentEncode(Signature(key, resource, expiry));
  const std::string se = "se=" + expiry;
  const std::string prefix = "SharedAccessSignature ";
  for (const std::string& fields :
       {sr + "&" + sig + "&" + se, sr + "&" + se + "&" + sig,
        sig + "&" + sr + "&" + se, sig + "&" + se + "&" + sr,
        se + "&" + sr + "&" + sig, se + "&" + sig + "&" + sr}) {
    CAPTURE(fields);
    CHECK(ConnackWith(dps, "dev-1", prefix + fields) == 0);
    for (const char* skn : {"skn", "skn=", "skn=registration", "skn=x"}) {
      CHECK(ConnackWith(dps, "dev-1", prefix + fields + "&" + skn) == 0);
      CHECK(ConnackWith(dps, "dev-1", prefix + skn + "&" + fields) == 0);
    }
  }
}

TEST_CASE("protocol_sas: a token for another device or scope is refused") {
  DpsBroker dps;
  const std::string scope(kScopeText);
  const SecretBytes key = DeriveDeviceKey(TestKey('p'), "dev-1");
  const auto connack = [&](const std::string& resource) {
    return ConnackWith(dps, "dev-1", TokenOver(resource, key));
  };
  CHECK(connack(scope + "/registrations/dev-1") == 0);
  const std::vector<std::string> others = {
      scope + "/registrations/dev-2",
      scope + "/registrations/dev-10",
      scope + "/registrations/",
      scope + "/registrations",
      scope + "/devices/dev-1",
      scope + "%252Fregistrations%252Fdev-1",
      scope,
      "0neOTHER/registrations/dev-1",
      "0ne00abcdef/registrations/dev-1",
      ""};
  for (const std::string& resource : others) {
    CAPTURE(resource);
    CHECK(connack(resource) == 5);
  }
}

TEST_CASE("protocol_sas: both keys of a group derive keys of devices") {
  DpsBroker dps;
  for (const char fill : {'p', 's'}) {
    const std::string id = std::string("dev-") + fill;
    ConnectOptions options = DeviceOptions(id);
    options.password = TokenOfGroup(id, fill, id);
    Device device(dps.broker().Tls(), options);
    CHECK(device.Provision().Text("status") == "assigned");
    CHECK(dps.RecordOf(id)->enrollment_group_id->text() == "fleet");
  }
  CHECK(ConnackWith(dps, "dev-1", TokenOfGroup("dev-1", 'z', "dev-1")) == 5);
  CHECK(ConnackWith(dps, "dev-1", TokenOfGroup("dev-1", 'p', "dev-2")) == 5);
}

TEST_CASE("protocol_sas: letter case of the id does not part device and name") {
  DpsBroker dps;
  CHECK(ConnackWith(dps, "Dev-1", TokenOfGroup("Dev-1", 'p', "Dev-1")) == 0);
  CHECK(ConnackWith(dps, "Dev-1", TokenOfGroup("Dev-1", 'p', "dev-1")) == 0);
  CHECK(ConnackWith(dps, "Dev-1", TokenOfGroup("Dev-1", 'p', "DEV-1")) == 5);

  Save(dps.store(), EnrollmentOf("Own-1"));
  ConnectOptions options = DeviceOptions("oWN-1");
  options.password = TokenFor("oWN-1", TestKey('p'),
                              SystemClock().Now() + std::chrono::hours(1));
  Device device(dps.broker().Tls(), options);
  CHECK(device.Provision().Text("status") == "assigned");
  CHECK(dps.RecordOf("own-1").has_value());
  CHECK_FALSE(dps.RecordOf("own-1")->enrollment_group_id.has_value());
}

}  // namespace dps
