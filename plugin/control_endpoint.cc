// SPDX-License-Identifier: Apache-2.0
#include "plugin/control_endpoint.h"

#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/protocol/connect.h"
#include "core/protocol/error.h"
#include "core/service_api/control_message.h"

namespace dps {
namespace {

std::string OperatorText(const Client& client) {
  return "client=" + Printable(client.id) +
         " username=" + Printable(client.username) +
         " address=" + Printable(client.address);
}

Caller CallerOf(const Client& client) {
  const bool is_named = !client.username.empty();
  return {.name = "client " + std::string(is_named ? client.username
                                                   : "without a username"),
          .address = std::string(client.address),
          .rights = is_named ? AccessRights::All() : AccessRights(),
          .scope = std::nullopt,
          .is_local = false};
}

}  // namespace

ControlEndpoint::ControlEndpoint(const ControlParts& parts,
                                 DeviceEndpoint& devices, Broker& broker)
    : clock_(parts.clock),
      log_(parts.log),
      devices_(devices),
      broker_(broker),
      operator_(parts) {}

// Whatever the ACL says.
bool ControlEndpoint::IsDevice(const Client& client) {
  return devices_.IsDevice(client.handle) || SpeaksDps(client.username) ||
         client.username == kLoopbackUsername ||
         client.username == kNamelessUsername ||
         client.voucher == Voucher::kDps;
}

void ControlEndpoint::OnControl(const Client& client,
                                const ControlMessage& message) {
  if (IsDevice(client)) {
    log_.Write(LogLevel::kWarning,
               "operator's request dropped: " + OperatorText(client) +
                   " reason=it is a device");
    return;
  }
  if (message.payload.size() > kControlRequestMax) {
    AnswerAtOnce(
        client, message,
        {Errc::kTooLarge, "the request is larger than " +
                              std::to_string(kControlRequestMax) + " bytes"});
    return;
  }
  const bool has_room = awaited_.size() < kControlRequestsMax &&
                        bytes_ + message.payload.size() <= kControlBytesMax;
  if (has_room) {
    Enqueue(client, message);
  } else {
    AnswerAtOnce(client, message,
                 {Errc::kThrottled, "too many operators' requests wait"});
  }
  // One line when it begins, not one for each request.
  if (!has_room && !was_full_) {
    log_.Write(LogLevel::kWarning,
               "too many operators' requests wait; " + OperatorText(client) +
                   " and maybe others are told to come back");
  }
  was_full_ = !has_room;
}

void ControlEndpoint::Enqueue(const Client& client,
                              const ControlMessage& message) {
  ControlJob job{.ticket = ++last_ticket_,
                 .caller = CallerOf(client),
                 .payload = std::string(message.payload)};
  if (client.username.empty()) {
    job.refusal = {Errc::kUnauthenticated,
                   "operators must log in to the broker with a username"};
  }
  // Its queue has room for as many as are awaited.
  if (!operator_.TryPut(std::move(job))) return;
  awaited_[last_ticket_] = {.handle = client.handle,
                            .client_id = std::string(client.id),
                            .correlation = std::string(message.correlation),
                            .bytes = message.payload.size()};
  bytes_ += message.payload.size();
}

void ControlEndpoint::AnswerAtOnce(const Client& client,
                                   const ControlMessage& message,
                                   const Error& error) {
  ErrorReply reply = MakeErrorReply(error, clock_.Now());
  ControlAnswer answer{
      .response = {.status = reply.status,
                   .headers = {{"Content-Type", "application/json"},
                               {"x-ms-error-code",
                                std::to_string(ErrorCode(error.code))},
                               {"x-ms-request-id", reply.tracking_id}},
                   .body = std::move(reply.body)}};
  if (error.code == Errc::kThrottled) {
    answer.response.headers["Retry-After"] = "1";
  }
  // No more is parsed here than of a device.
  if (message.payload.size() <= limits::kMessageMax) {
    answer.correlation_data = CorrelationDataOf(message.payload);
  }
  broker_.Answer(std::string(client.id), std::string(kControlAnswerTopic),
                 ControlAnswerText(answer), std::string(message.correlation));
}

void ControlEndpoint::OnDisconnect(const void* handle) {
  for (auto& [ticket, awaited] : awaited_) {
    if (awaited.handle == handle) awaited.handle = nullptr;
  }
}

void ControlEndpoint::OnTick() {
  if (awaited_.empty()) return;
  for (const ControlReply& reply : operator_.TakeReplies()) {
    const auto found = awaited_.find(reply.ticket);
    if (found == awaited_.end()) continue;
    const Awaited awaited = std::move(found->second);
    awaited_.erase(found);
    bytes_ -= awaited.bytes;
    if (awaited.handle == nullptr || reply.payload.empty()) continue;
    broker_.Answer(awaited.client_id, std::string(kControlAnswerTopic),
                   reply.payload, awaited.correlation);
  }
}

}  // namespace dps
