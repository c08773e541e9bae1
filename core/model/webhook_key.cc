// SPDX-License-Identifier: Apache-2.0
#include "core/model/webhook_key.h"

#include "core/base/limits.h"

namespace dps {

Result<SecretBytes> ParseWebhookKey(std::string_view text) {
  constexpr std::string_view kPrefix = "whsec_";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  auto key = Base64Decode(text);
  if (key && key->size() >= limits::kWebhookKeyMin &&
      key->size() <= limits::kWebhookKeyMax) {
    return key;
  }
  return Fail(Errc::kInvalidArgument,
              "the webhook key must be base64 of 24 to 64 bytes");
}

}  // namespace dps
