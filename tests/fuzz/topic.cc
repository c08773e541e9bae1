// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/topic.h"

#include "core/base/limits.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  const auto topic = dps::ParseRequestTopic(text);
  if (!topic) return 0;
  dps::Require(dps::IsDpsTopic(text));
  dps::Require(text.find(topic->request_id) != text.npos);
  // The answer's topic is one that MQTT can carry, and is itself no request.
  const std::string reply = dps::ResponseTopic(202, topic->request_id, 3);
  dps::Require(dps::IsDpsTopic(reply) && !dps::ParseRequestTopic(reply));
  dps::Require(reply.find_first_of("+#") == reply.npos);
  dps::Require(topic->request_id.size() <= dps::limits::kRequestIdMax);
  return 0;
}
