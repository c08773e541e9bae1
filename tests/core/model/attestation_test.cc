// SPDX-License-Identifier: Apache-2.0
#include "core/model/attestation.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/limits.h"
#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

Result<Attestation> ParseText(const std::string& json) {
  return ParseAttestation(JsonDocument::ParseObject(json).value().root());
}

Result<Attestation> ParseWithPrimary(std::string_view key) {
  return ParseText(R"({"type":"symmetricKey","symmetricKey":{"primaryKey":")" +
                   std::string(key) + R"("}})");
}

std::string WrittenAttestation(const Attestation& attestation,
                               Secrets secrets) {
  JsonWriter json;
  WriteAttestation(json, attestation, secrets);
  return json.Take();
}

std::string SlotOf(const Certificate& certificate) {
  return R"({"certificate":")" + Base64Encode(certificate.Der()) + "\"}";
}

std::string X509Json(const std::string& object) {
  return R"({"type":"x509","x509":)" + object + "}";
}

Attestation ParseStored(const std::string& json) {
  return ParseAttestation(JsonDocument::ParseObject(json).value().root(),
                          DocumentSource::kStore)
      .value();
}

}  // namespace

TEST_CASE("attestation: keys are read and written as base64") {
  const std::string json = R"({"type":"symmetricKey","symmetricKey":)"
                           R"({"primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg==",)"
                           R"("secondaryKey":"ZmVkY2JhOTg3NjU0MzIxMA=="}})";
  const Attestation attestation = ParseText(json).value();
  const auto& keys = std::get<SymmetricKeyAttestation>(attestation);
  CHECK(keys.primary_key.Reveal() == "0123456789abcdef");
  CHECK(keys.secondary_key.Reveal() == "fedcba9876543210");
  CHECK(WrittenAttestation(attestation, Secrets::kShow) == json);
}

TEST_CASE("attestation: hidden keys leave no trace") {
  const SymmetricKeyAttestation attestation{
      .primary_key = SecretBytes("0123456789abcdef"), .secondary_key = {}};
  CHECK(WrittenAttestation(attestation, Secrets::kHide) ==
        R"({"type":"symmetricKey"})");
}

TEST_CASE("attestation: keys may be absent, null or empty") {
  for (const char* json :
       {R"({"type":"symmetricKey"})",
        R"({"type":"symmetricKey","symmetricKey":null})",
        R"({"type":"symmetricKey","symmetricKey":{}})",
        R"({"type":"symmetricKey","symmetricKey":{"primaryKey":null}})",
        R"({"type":"symmetricKey","x509":null,"symmetricKey":)"
        R"({"primaryKey":"","secondaryKey":""}})"}) {
    CAPTURE(json);
    CHECK(ParseText(json) == Attestation{});
  }
}

TEST_CASE("attestation: a key is 16 to 64 bytes and exact base64") {
  for (const std::size_t size :
       {limits::kSymmetricKeyMin, limits::kSymmetricKeyMax}) {
    const std::string key(size, 'k');
    const Attestation parsed = ParseWithPrimary(Base64Encode(key)).value();
    CHECK(std::get<SymmetricKeyAttestation>(parsed).primary_key.Reveal() ==
          key);
  }
  for (const std::string& bad :
       {Base64Encode(std::string(limits::kSymmetricKeyMin - 1, 'k')),
        Base64Encode(std::string(limits::kSymmetricKeyMax + 1, 'k')),
        std::string("not base64 at all!"),
        std::string("MDEyMzQ1Njc4OWFiY2RlZg"),
        std::string(" MDEyMzQ1Njc4OWFiY2RlZg==")}) {
    const auto attestation = ParseWithPrimary(bad);
    REQUIRE_FALSE(attestation);
    CHECK(attestation.error().code == Errc::kInvalidArgument);
    CHECK(attestation.error().message.find("primaryKey") != std::string::npos);
    CHECK(attestation.error().message.find(bad) == std::string::npos);
  }
}

TEST_CASE("attestation: another type or a mixture is refused") {
  for (const char* json :
       {"{}", R"({"type":null})", R"({"type":7})", R"({"type":"x509"})",
        R"({"type":"tpm"})", R"({"type":"none"})",
        R"({"type":"SYMMETRICKEY "})", R"({"type":"symmetricKey","x509":{}})",
        R"({"type":"symmetricKey","tpm":{"endorsementKey":"a"}})",
        R"({"type":"symmetricKey","symmetricKey":"MDEyMzQ1Njc4OWFiY2RlZg=="})",
        R"({"type":"symmetricKey","symmetricKey":{"primaryKey":7}})"}) {
    CAPTURE(json);
    CHECK(ParseText(json).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("attestation: certificates are read from the one object there is") {
  const Certificate a = Forge({}).certificate;
  const Certificate b = Forge({}).certificate;
  for (const auto& [name, kind] :
       {std::pair{"clientCertificates",
                  X509Attestation::Kind::kClientCertificates},
        {"signingCertificates", X509Attestation::Kind::kSigningCertificates}}) {
    const Attestation attestation =
        ParseText(X509Json(R"({"caReferences":null,")" + std::string(name) +
                           R"(":{"primary":)" + SlotOf(a) + R"(,"secondary":)" +
                           SlotOf(b) + "}}"))
            .value();
    const X509Attestation expected{
        .kind = kind, .primary = Enroll(a), .secondary = Enroll(b)};
    CHECK(attestation == Attestation(expected));
    CHECK(ParseStored(WrittenAttestation(attestation, Secrets::kAll)) ==
          attestation);
  }
}

TEST_CASE("attestation: references to certificates are names") {
  const std::string json =
      X509Json(R"({"caReferences":{"primary":"Root-1","secondary":"Root-2"}})");
  const Attestation attestation = ParseText(json).value();
  const auto& x509 = std::get<X509Attestation>(attestation);
  CHECK(x509.kind == X509Attestation::Kind::kCaReferences);
  CHECK(x509.primary_ca->text() == "Root-1");
  CHECK(x509.secondary_ca->key() == "root-2");
  for (const Secrets secrets :
       {Secrets::kHide, Secrets::kShow, Secrets::kAll}) {
    CHECK(WrittenAttestation(attestation, secrets) == json);
  }
}

TEST_CASE("attestation: certificates are shown by their info alone") {
  const Certificate certificate = Forge({}).certificate;
  const Attestation attestation =
      X509Attestation{.secondary = Enroll(certificate)};
  JsonWriter info;
  WriteCertificateInfo(info, certificate.Info());
  const std::string shown = X509Json(
      R"({"clientCertificates":{"secondary":{"info":)" + info.Take() + "}}}");
  CHECK(WrittenAttestation(attestation, Secrets::kHide) == shown);
  CHECK(WrittenAttestation(attestation, Secrets::kShow) == shown);
  // Sent back, it names the certificate.
  const Attestation read = ParseText(shown).value();
  const auto& x509 = std::get<X509Attestation>(read);
  CHECK_FALSE(x509.primary);
  CHECK(x509.secondary->der.empty());
  CHECK(x509.secondary->thumbprint() == certificate.thumbprint());
}

TEST_CASE("attestation: none or several of the x509 objects are refused") {
  const std::string slots =
      R"({"primary":)" + SlotOf(Forge({}).certificate) + "}";
  for (const std::string& object :
       {std::string("{}"), std::string("7"),
        R"({"clientCertificates":)" + slots + R"(,"signingCertificates":)" +
            slots + "}",
        R"({"caReferences":{"primary":"a"},"signingCertificates":)" + slots +
            "}",
        std::string(R"({"clientCertificates":{}})"),
        std::string(R"({"clientCertificates":{"primary":null}})"),
        std::string(R"({"clientCertificates":{"primary":"MIIB"}})"),
        std::string(R"({"clientCertificates":{"primary":{}}})"),
        std::string(R"({"clientCertificates":{"primary":{"certificate":7}}})"),
        std::string(R"({"caReferences":{"primary":"","secondary":""}})"),
        std::string(R"({"caReferences":{"primary":"a b"}})"),
        std::string(R"({"caReferences":{"primary":7}})")}) {
    CAPTURE(object);
    const auto attestation = ParseText(X509Json(object));
    REQUIRE_FALSE(attestation);
    CHECK(attestation.error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("attestation: only missing keys are generated") {
  SymmetricKeyAttestation attestation{
      .primary_key = SecretBytes("0123456789abcdef"), .secondary_key = {}};
  GenerateMissingKeys(attestation);
  CHECK(attestation.primary_key.Reveal() == "0123456789abcdef");
  CHECK(attestation.secondary_key.size() == limits::kGeneratedKeySize);
  SymmetricKeyAttestation other;
  GenerateMissingKeys(other);
  CHECK_FALSE(other.primary_key == other.secondary_key);
  CHECK_FALSE(other.secondary_key == attestation.secondary_key);
}

TEST_CASE("attestation: a group's device key is the one Azure's guide shows") {
  const SecretBytes group = Base64Decode(
                                "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/"
                                "lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9"
                                "yegxkqIChbqOS9Egw==")
                                .value();
  const SecretBytes device =
      DeriveDeviceKey(group, "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6");
  CHECK(Base64Encode(device.Reveal()) ==
        "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=");
}

}  // namespace dps
