// SPDX-License-Identifier: Apache-2.0
// The attestation of an enrollment in one cell of a table.
#pragma once

#include <string>

#include "core/base/json.h"

namespace dps {

// Of a row with a member `attestation`: `symmetricKey`, `x509 CN=Line 1 CA`
// with the subjects of certificates, or `x509 ca:root` with the names referred
// to; empty if it cannot be read. Pure.
std::string AttestationCell(JsonView row);

}  // namespace dps
