// SPDX-License-Identifier: Apache-2.0
// The attestation an enrollment holds: what a device must prove.
#pragma once

#include <string>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/result.h"

namespace dps {

enum class Secrets { kShow, kHide };

// Raw keys of 16 to 64 bytes; empty = not given. For an individual enrollment
// they are the device's keys, for a group the keys its devices' derive from.
struct SymmetricKeyAttestation {
  SecretBytes primary_key;
  SecretBytes secondary_key;

  friend bool operator==(const SymmetricKeyAttestation&,
                         const SymmetricKeyAttestation&) = default;
};

// Symmetric keys are the one attestation type of this version.
using Attestation = SymmetricKeyAttestation;

// Reads `{"type":"symmetricKey","symmetricKey":{"primaryKey":..,..}}`. Absent
// and empty keys are both "not given". Errors: kInvalidArgument for another
// type, and for keys that are not base64 of 16 to 64 bytes.
[[nodiscard]] Result<Attestation> ParseAttestation(JsonView object);

// Writes that form as one object. kHide leaves `symmetricKey` out, as Azure
// does in answers to GET and query.
void WriteAttestation(JsonWriter& json, const Attestation& attestation,
                      Secrets secrets);

// Fills in keys not given with random ones.
void GenerateMissingKeys(Attestation& attestation);

// The key of one device of an enrollment group: HMAC-SHA256 of the group key
// over the registration id as the device writes it (Azure:
// concepts-symmetric-key-attestation "group enrollments").
SecretBytes DeriveDeviceKey(const SecretBytes& group_key,
                            std::string_view registration_id);

}  // namespace dps
