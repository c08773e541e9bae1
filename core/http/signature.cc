// SPDX-License-Identifier: Apache-2.0
#include "core/http/signature.h"

#include <chrono>

namespace dps {

std::vector<std::string> WebhookHeaders(const std::string& webhook_id,
                                        std::string_view body,
                                        const SecretBytes& key, UtcTime now) {
  std::vector<std::string> headers = {
      "Content-Type: application/json; charset=utf-8",
      "Accept: application/json", "webhook-id: " + webhook_id};
  if (key.empty()) return headers;
  const std::string timestamp = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch())
          .count());
  const SecretBytes signature =
      HmacSha256(key, webhook_id + "." + timestamp + "." + std::string(body));
  headers.push_back("webhook-timestamp: " + timestamp);
  headers.push_back("webhook-signature: v1," +
                    Base64Encode(signature.Reveal()));
  return headers;
}

}  // namespace dps
