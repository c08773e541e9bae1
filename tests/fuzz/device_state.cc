// SPDX-License-Identifier: Apache-2.0
#include "core/hub/device_json.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  if (const auto same = dps::CheckIdentity(text, "dev-1"); !same) {
    dps::Require(same.error().code == dps::Errc::kInternal);
  }
  const auto state = dps::ParseDeviceState(text);
  if (!state) {
    dps::Require(state.error().code == dps::Errc::kInternal);
    return 0;
  }
  // What was read can be written to another hub, and read there.
  const auto json = dps::StateJson(*state, dps::HubDialect::kWebhook);
  dps::Require(json.has_value());
  const auto again = dps::ParseDeviceState(*json);
  dps::Require(again && *again == *state);
  return 0;
}
