// SPDX-License-Identifier: Apache-2.0
// Who signed a SAS token: the proof behind symmetric-key attestation.
// Pure: no clock, no store. Thread-safe. Source: device-protocol section 2.
#pragma once

#include <optional>

#include "core/attestation/sas_token.h"
#include "core/model/attestation.h"
#include "core/model/ids.h"

namespace dps {

// The key that signed the token, primary or secondary, if one of them did;
// compared in constant time: that the time tells which of the two it was is no
// secret. A key not given signs nothing.
std::optional<SymmetricKeyUse> SignedByDeviceKey(
    const SasToken& token, const SymmetricKeyAttestation& keys);

// The same for keys derived from the group's. They are derived over the id as
// the device writes it, then over its lower-case form, since ids know no case
// but derived keys do.
std::optional<SymmetricKeyUse> SignedByGroupKey(
    const SasToken& token, const SymmetricKeyAttestation& group_keys,
    const RegistrationId& id);

}  // namespace dps
