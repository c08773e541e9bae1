// SPDX-License-Identifier: Apache-2.0
#include "core/model/attestation.h"

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

Result<SecretBytes> ParseKey(JsonView object, std::string_view name) {
  DPS_TRY(const auto text, object.OptionalString(name));
  if (!text || text->empty()) return SecretBytes();
  auto key = Base64Decode(*text);
  if (!key || key->size() < limits::kSymmetricKeyMin ||
      key->size() > limits::kSymmetricKeyMax) {
    return Fail(Errc::kInvalidArgument,
                std::string(name) + " must be base64 of 16 to 64 bytes");
  }
  return key;
}

void WriteKey(JsonWriter& json, std::string_view name, const SecretBytes& key) {
  if (!key.empty()) json.Member(name, Base64Encode(key.Reveal()));
}

}  // namespace

Result<Attestation> ParseAttestation(JsonView object) {
  DPS_TRY(const std::string type, object.String("type"));
  if (type != "symmetricKey") {
    return Fail(Errc::kInvalidArgument,
                "attestation type " + Printable(type) +
                    " is not supported; this version knows symmetricKey");
  }
  for (const auto* other : {"x509", "tpm"}) {
    if (object.Find(other)) {
      return Fail(Errc::kInvalidArgument,
                  "attestation of type symmetricKey must not hold " +
                      std::string(other));
    }
  }
  Attestation attestation;
  DPS_TRY(const auto keys, object.OptionalObject("symmetricKey"));
  if (!keys) return attestation;
  DPS_TRY(attestation.primary_key, ParseKey(*keys, "primaryKey"));
  DPS_TRY(attestation.secondary_key, ParseKey(*keys, "secondaryKey"));
  return attestation;
}

void WriteAttestation(JsonWriter& json, const Attestation& attestation,
                      Secrets secrets) {
  json.StartObject().Member("type", "symmetricKey");
  if (secrets == Secrets::kShow) {
    json.Key("symmetricKey").StartObject();
    WriteKey(json, "primaryKey", attestation.primary_key);
    WriteKey(json, "secondaryKey", attestation.secondary_key);
    json.EndObject();
  }
  json.EndObject();
}

void GenerateMissingKeys(Attestation& attestation) {
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
