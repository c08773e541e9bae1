// SPDX-License-Identifier: Apache-2.0
#include "plugin/replies.h"

#include <optional>

#include "core/base/limits.h"
#include "core/protocol/topic.h"

namespace dps {

Replies::Replies(RegistrationService& service, Broker& broker,
                 SessionTable& sessions, const Clock& clock)
    : service_(service), broker_(broker), sessions_(sessions), clock_(clock) {}

void Replies::Send(const Session& session, const std::string& request_id,
                   const Reply& reply) {
  const std::string topic =
      ResponseTopic(reply.status, request_id, reply.retry_after_s);
  std::vector<const Session*> receivers{&session};
  if (!session.reply_qos) {
    receivers = sessions_.Subscribed(DeviceKey(session.identity.proof));
  }
  for (const Session* receiver : receivers) {
    if (!sessions_.IsCurrent(*receiver)) continue;
    broker_.Publish(receiver->client_id, topic, reply.body,
                    *receiver->reply_qos);
  }
}

bool Replies::Hold(const Session& session, const std::string& request_id,
                   const Reply& fallback, SteadyTime deadline) {
  if (held_.size() >= limits::kHeldRepliesMax) return false;
  held_.push_back({.handle = session.handle,
                   .request_id = request_id,
                   .fallback = fallback,
                   .deadline = deadline});
  return true;
}

void Replies::Forget(const void* handle) {
  std::erase_if(held_, [&](const Held& each) { return each.handle == handle; });
}

void Replies::OnTick() {
  if (held_.empty()) return;
  service_.TakeCompletions();
  const bool anything_ended = service_.completions_taken() != completions_seen_;
  completions_seen_ = service_.completions_taken();
  const SteadyTime now = clock_.SteadyNow();
  std::erase_if(held_, [&](const Held& each) {
    const Session* session = sessions_.Find(each.handle);
    if (session == nullptr) return true;
    std::optional<Reply> reply;
    if (anything_ended && !service_.IsUnderWay(session->identity)) {
      reply =
          service_.FinishedReply(session->identity, each.fallback.operation_id);
    }
    if (!reply && now >= each.deadline) reply = each.fallback;
    if (!reply) return false;
    Send(*session, each.request_id, *reply);
    return true;
  });
}

}  // namespace dps
