// SPDX-License-Identifier: Apache-2.0
#include "core/model/attestation.h"

#include <array>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

using Kind = X509Attestation::Kind;

constexpr std::array kKinds = {
    std::pair{"clientCertificates", Kind::kClientCertificates},
    std::pair{"signingCertificates", Kind::kSigningCertificates},
    std::pair{"caReferences", Kind::kCaReferences},
};

tl::unexpected<Error> Invalid(const std::string& message) {
  return Fail(Errc::kInvalidArgument, message);
}

Result<Attestation> ParseSymmetricKey(JsonView object) {
  SymmetricKeyAttestation attestation;
  DPS_TRY(const auto keys, object.OptionalObject("symmetricKey"));
  if (!keys) return attestation;
  DPS_TRY(attestation.primary_key, ParseOptionalKey(*keys, "primaryKey"));
  DPS_TRY(attestation.secondary_key, ParseOptionalKey(*keys, "secondaryKey"));
  return attestation;
}

Result<std::optional<EnrolledCertificate>> ParseSlot(JsonView object,
                                                     std::string_view name,
                                                     DocumentSource source) {
  DPS_TRY(const auto slot, object.OptionalObject(name));
  if (!slot) return std::nullopt;
  auto certificate = ParseEnrolledCertificate(*slot, source);
  if (certificate) return *std::move(certificate);
  return Fail(certificate.error().code,
              std::string(name) + ": " + certificate.error().message);
}

Result<std::optional<CertificateName>> ParseReference(JsonView object,
                                                      std::string_view name) {
  DPS_TRY(const auto text, object.OptionalString(name));
  if (!text || text->empty()) return std::nullopt;
  return CertificateName::Parse(*text);
}

Result<Attestation> ParseX509(JsonView object, DocumentSource source) {
  DPS_TRY(const auto x509, object.OptionalObject("x509"));
  if (!x509) return Invalid("attestation of type x509 needs member x509");
  X509Attestation attestation;
  std::optional<JsonView> slots;
  for (const auto& [name, kind] : kKinds) {
    DPS_TRY(const auto found, x509->OptionalObject(name));
    if (!found) continue;
    if (slots) {
      return Invalid(
          "x509 must hold one of clientCertificates, signingCertificates and "
          "caReferences, not several");
    }
    slots = found;
    attestation.kind = kind;
  }
  if (!slots) {
    return Invalid(
        "x509 must hold clientCertificates, signingCertificates or "
        "caReferences");
  }
  if (attestation.kind == Kind::kCaReferences) {
    DPS_TRY(attestation.primary_ca, ParseReference(*slots, "primary"));
    DPS_TRY(attestation.secondary_ca, ParseReference(*slots, "secondary"));
  } else {
    DPS_TRY(attestation.primary, ParseSlot(*slots, "primary", source));
    DPS_TRY(attestation.secondary, ParseSlot(*slots, "secondary", source));
  }
  if (!attestation.primary && !attestation.secondary &&
      !attestation.primary_ca && !attestation.secondary_ca) {
    return Invalid("x509 needs a primary or a secondary");
  }
  return attestation;
}

void WriteKey(JsonWriter& json, std::string_view name, const SecretBytes& key) {
  if (!key.empty()) json.Member(name, Base64Encode(key.Reveal()));
}

void Write(JsonWriter& json, const SymmetricKeyAttestation& keys,
           Secrets secrets) {
  json.StartObject().Member("type", "symmetricKey");
  if (secrets != Secrets::kHide) {
    json.Key("symmetricKey").StartObject();
    WriteKey(json, "primaryKey", keys.primary_key);
    WriteKey(json, "secondaryKey", keys.secondary_key);
    json.EndObject();
  }
  json.EndObject();
}

void WriteSlot(JsonWriter& json, std::string_view name,
               const std::optional<EnrolledCertificate>& certificate,
               Secrets secrets) {
  if (!certificate) return;
  json.Key(name);
  WriteEnrolledCertificate(json, *certificate, secrets == Secrets::kAll);
}

void Write(JsonWriter& json, const X509Attestation& x509, Secrets secrets) {
  json.StartObject().Member("type", "x509").Key("x509").StartObject();
  for (const auto& [name, kind] : kKinds) {
    if (kind == x509.kind) json.Key(name).StartObject();
  }
  WriteSlot(json, "primary", x509.primary, secrets);
  WriteSlot(json, "secondary", x509.secondary, secrets);
  if (x509.primary_ca) json.Member("primary", x509.primary_ca->text());
  if (x509.secondary_ca) json.Member("secondary", x509.secondary_ca->text());
  json.EndObject().EndObject().EndObject();
}

}  // namespace

Result<SecretBytes> ParseOptionalKey(JsonView object, std::string_view name) {
  DPS_TRY(const auto text, object.OptionalString(name));
  if (!text || text->empty()) return SecretBytes();
  auto key = Base64Decode(*text);
  if (!key || key->size() < limits::kSymmetricKeyMin ||
      key->size() > limits::kSymmetricKeyMax) {
    return Invalid(std::string(name) + " must be base64 of 16 to 64 bytes");
  }
  return key;
}

Result<Attestation> ParseAttestation(JsonView object, DocumentSource source) {
  DPS_TRY(const std::string type, object.String("type"));
  if (type != "symmetricKey" && type != "x509") {
    return Invalid("attestation type " + Printable(type) +
                   " is not supported; this version knows symmetricKey and "
                   "x509");
  }
  for (const std::string other : {"symmetricKey", "x509", "tpm"}) {
    if (other != type && object.Find(other)) {
      return Invalid(std::string("attestation of type ")
                         .append(type)
                         .append(" must not hold ")
                         .append(other));
    }
  }
  return type == "x509" ? ParseX509(object, source) : ParseSymmetricKey(object);
}

void WriteAttestation(JsonWriter& json, const Attestation& attestation,
                      Secrets secrets) {
  std::visit([&](const auto& each) { Write(json, each, secrets); },
             attestation);
}

void GenerateMissingKeys(SymmetricKeyAttestation& attestation) {
  for (SecretBytes* key :
       {&attestation.primary_key, &attestation.secondary_key}) {
    if (key->empty()) *key = RandomSecret(limits::kGeneratedKeySize);
  }
}

SecretBytes DeriveDeviceKey(const SecretBytes& group_key,
                            std::string_view registration_id) {
  return HmacSha256(group_key, registration_id);
}

}  // namespace dps
