// SPDX-License-Identifier: Apache-2.0
// The headers by which a server knows who asks: Standard Webhooks 1.0.0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/crypto.h"

namespace dps {

// Those of a JSON request with the id `webhook_id`, printable ASCII. With a key
// also the time and the signature (scheme v1), which is over
// `{webhook-id}.{webhook-timestamp}.{body}`. Pure.
std::vector<std::string> WebhookHeaders(const std::string& webhook_id,
                                        std::string_view body,
                                        const SecretBytes& key, UtcTime now);

}  // namespace dps
