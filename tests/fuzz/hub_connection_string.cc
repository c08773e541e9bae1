// SPDX-License-Identifier: Apache-2.0
#include "core/http/connection_string.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto hub = dps::ParseConnectionString(dps::Text(data, size), "it");
  if (!hub) {
    dps::Require(hub.error().code == dps::Errc::kInvalidArgument);
    return 0;
  }
  // What was read says the same when it is read again.
  dps::Require(hub->authority.starts_with(hub->host));
  const auto again = dps::ParseConnectionString(
      "SharedAccessKey=" + dps::Base64Encode(hub->key.Reveal()) +
          ";SharedAccessKeyName=" + hub->policy + ";HostName=" + hub->authority,
      "it");
  dps::Require(again && *again == *hub);
  return 0;
}
