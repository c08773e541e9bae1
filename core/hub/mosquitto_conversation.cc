// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_conversation.h"

#include <algorithm>
#include <functional>

#include "core/base/crypto.h"

namespace dps {
namespace {

using OnOther = std::function<Status(ArrivedMessage message)>;

// Next() that ends in silence only because nobody answers our commands, which
// were acknowledged, so the hub itself is there.
Result<ArrivedMessage> NextOrSilence(MosquittoSession& session) {
  auto message = session.Next("answer of its dynamic-security plugin");
  if (message || !session.timed_out()) return message;
  return Fail(Errc::kForbidden,
              message.error().message +
                  "; is the plugin loaded, and may our user publish to " +
                  std::string(kDynsecTopic) + "?");
}

// What comes before the answer goes to `on_other`.
Result<std::vector<DynsecAnswer>> Ask(MosquittoSession& session,
                                      const std::vector<std::string>& commands,
                                      const OnOther& on_other) {
  const std::string correlation = NewGuid();
  DPS_CHECK(session.Publish({.topic = std::string(kDynsecTopic),
                             .payload = DynsecRequest(commands, correlation)},
                            false));
  while (true) {
    DPS_TRY(ArrivedMessage message, NextOrSilence(session));
    if (message.topic != kDynsecAnswerTopic) {
      DPS_CHECK(on_other(std::move(message)));
      continue;
    }
    DPS_TRY(auto answers,
            ParseDynsecAnswers(message.payload, correlation, commands.size()));
    if (answers) return *std::move(answers);
  }
}

Status CheckSize(const ArrivedMessage& message) {
  if (message.payload.size() <= kHubStateBytesMax) return {};
  return Fail(Errc::kInternal, "the hub keeps more than 256 KiB at " +
                                   message.topic + ", which is not moved");
}

}  // namespace

Result<std::vector<DynsecAnswer>> AskDynsec(
    MosquittoSession& session, const std::vector<std::string>& commands) {
  return Ask(session, commands, [](const ArrivedMessage&) { return Status(); });
}

Result<RetainedMessages> ReadRetained(
    MosquittoSession& session, const std::vector<std::string>& topics,
    const std::vector<std::string>& commands) {
  RetainedMessages read;
  DPS_CHECK(session.Subscribe(topics));
  DPS_TRY(read.answers, Ask(session, commands, [&](ArrivedMessage message) {
            Status fits = CheckSize(message);
            read.by_topic[message.topic] = std::move(message.payload);
            return fits;
          }));
  DPS_CHECK(session.Unsubscribe(topics));
  return read;
}

Status PublishSeen(MosquittoSession& session,
                   const std::vector<ArrivedMessage>& messages) {
  std::vector<std::string> topics;
  topics.reserve(messages.size());
  for (const ArrivedMessage& message : messages) {
    topics.push_back(message.topic);
  }
  DPS_CHECK(session.Subscribe(topics));
  for (const ArrivedMessage& message : messages) {
    DPS_CHECK(session.Publish(message, false));
  }
  std::vector<ArrivedMessage> unseen = messages;
  DPS_TRY(const auto answers, Ask(session, {GetDefaultAclAccessCommand()},
                                  [&](const ArrivedMessage& message) {
                                    std::erase(unseen, message);
                                    return Status();
                                  }));
  DPS_CHECK(session.Unsubscribe(topics));
  if (unseen.empty()) return {};
  return Fail(Errc::kForbidden,
              "the hub does not let us publish to " + unseen.front().topic);
}

}  // namespace dps
