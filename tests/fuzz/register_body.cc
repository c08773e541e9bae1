// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/protocol/message.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const dps::ConnectRequest kConnect = *dps::ParseUsername(
      "0ne00ABCDEF/registrations/dev-01/api-version=2019-03-31",
      dps::ApiVersionRule::kKnown);
  const auto body = dps::ParseRegisterBody(dps::Text(data, size), kConnect);
  if (!body || body->payload_json.empty()) return 0;
  const std::string& payload = body->payload_json;
  dps::Require(std::ranges::all_of(
      payload, [](unsigned char c) { return c >= ' ' && c < 0x80; }));
  const std::string again_text = "{\"payload\":" + payload + "}";
  const auto again = dps::ParseRegisterBody(again_text, kConnect);
  dps::Require(again ? again->payload_json == payload
                     : again.error().code == dps::Errc::kTooLarge);
  return 0;
}
