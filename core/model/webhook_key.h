// SPDX-License-Identifier: Apache-2.0
// The key that requests to others' servers are signed with.
#pragma once

#include <string_view>

#include "core/base/crypto.h"
#include "core/base/result.h"

namespace dps {

// Base64 of 24 to 64 bytes, with or without the `whsec_` before it, as
// libraries of Standard Webhooks write it. Errors: kInvalidArgument.
[[nodiscard]] Result<SecretBytes> ParseWebhookKey(std::string_view text);

}  // namespace dps
