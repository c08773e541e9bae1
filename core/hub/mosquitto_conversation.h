// SPDX-License-Identifier: Apache-2.0
// What we say to a Mosquitto hub over one session: commands to its
// dynamic-security plugin, and retained messages read and written. All
// functions: errors of MosquittoSession, and as told.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/hub/dynamic_security.h"
#include "core/hub/mosquitto_session.h"

namespace dps {

// The most that we read or write of one part of a device's state.
inline constexpr std::size_t kHubStateBytesMax = std::size_t{256} * 1024;

// The answers to `commands`, in their order, whatever they say. REQUIRES: the
// session has subscribed to kDynsecAnswerTopic. Errors: also kForbidden (the
// plugin does not answer: not loaded, or we have no right to ask it),
// kInternal (its answer makes no sense).
[[nodiscard]] Result<std::vector<DynsecAnswer>> AskDynsec(
    MosquittoSession& session, const std::vector<std::string>& commands);

// The retained messages of these topics, by topic; and the answers to
// `commands`, which must be one at least: by them we know that all retained
// messages have come. Errors: also kForbidden (a topic is not ours to read),
// kInternal (a message over kHubStateBytesMax).
struct RetainedMessages {
  std::map<std::string, std::string> by_topic;
  std::vector<DynsecAnswer> answers;
};
[[nodiscard]] Result<RetainedMessages> ReadRetained(
    MosquittoSession& session, const std::vector<std::string>& topics,
    const std::vector<std::string>& commands);

// Publishes messages that are not kept and makes sure, by listening to their
// topics, that the hub took them: a broker drops in silence what we have no
// right to. Errors: also kForbidden.
[[nodiscard]] Status PublishSeen(MosquittoSession& session,
                                 const std::vector<ArrivedMessage>& messages);

}  // namespace dps
