// SPDX-License-Identifier: Apache-2.0
// Operation ids that prove themselves, so that an operation accepted before a
// crash can be told from one that never was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/model/ids.h"

namespace dps {

// What an operation id says of the operation it was issued for.
struct OperationTrace {
  UtcTime issued{};           // to the millisecond
  bool with_payload = false;  // the device's request carried a payload

  friend bool operator==(const OperationTrace&,
                         const OperationTrace&) = default;
};

// `4.{16 hex}.{guid}`, 55 characters of [a-z0-9.-], the form Azure's service
// was seen to issue (device-protocol section 3). The guid is time-ordered (RFC
// 9562 version 7) and random; the 16 hex digits are an HMAC with `key` (the
// instance's operation key) over the registration id, the guid and whether
// there was a payload. Pure but for the random part; thread-safe.
std::string NewOperationId(const SecretBytes& key, const RegistrationId& id,
                           bool with_payload, UtcTime now);

// nullopt unless `operation_id` was issued by NewOperationId with this key for
// this registration id.
std::optional<OperationTrace> TraceOperationId(const SecretBytes& key,
                                               const RegistrationId& id,
                                               std::string_view operation_id);

}  // namespace dps
