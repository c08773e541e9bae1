// SPDX-License-Identifier: Apache-2.0
// Who signed a SAS token: the proof behind symmetric-key attestation.
// Pure: no clock, no store. Thread-safe. Source: device-protocol section 2.
#pragma once

#include "core/attestation/sas_token.h"
#include "core/model/attestation.h"
#include "core/model/ids.h"

namespace dps {

// Whether the primary or the secondary key signed the token, compared in
// constant time; that the time tells which of the two it was is no secret. A
// key not given signs nothing.
bool SignedByDeviceKey(const SasToken& token,
                       const SymmetricKeyAttestation& keys);

// Whether a key derived from one of the group's keys signed the token. Group
// keys are derived over the id as the device writes it, then over its
// lower-case form, since ids know no case but derived keys do.
bool SignedByGroupKey(const SasToken& token,
                      const SymmetricKeyAttestation& group_keys,
                      const RegistrationId& id);

}  // namespace dps
