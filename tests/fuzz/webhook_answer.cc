// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto answer = dps::ParseWebhookAnswer(dps::Text(data, size));
  if (!answer) {
    dps::Require(answer.error().code == dps::Errc::kWebhookFailed);
    return 0;
  }
  // What was read says the same when it is read again.
  std::string text = "{\"iotHubHostName\":\"" + answer->hub.text() + "\"";
  if (!answer->payload_json.empty()) {
    text += ",\"payload\":" + answer->payload_json;
  }
  if (!answer->initial_twin_json.empty()) {
    text += ",\"initialTwin\":" + answer->initial_twin_json;
  }
  const auto again = dps::ParseWebhookAnswer(text + "}");
  dps::Require(again && *again == *answer);
  return 0;
}
