// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/broker_transport.h"

#include <utility>

#include "apps/dpsctl/output.h"
#include "core/base/crypto.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr int kTooLarge = 413;
constexpr std::chrono::seconds kWait{1};
// What a broker is often told to take at most (max_packet_size).
constexpr std::size_t kLargeRequest = std::size_t{64} * 1024;

// Of a request the plugin had no room to read, it does not know whose it is.
bool IsRefusedUnread(const ControlAnswer& answer) {
  const int status = answer.response.status;
  return answer.correlation_data.empty() &&
         (status == kThrottledStatus || status == kTooLarge);
}

}  // namespace

BrokerTransport::BrokerTransport(MosquittoAddress address,
                                 BrokerTransportOptions options)
    : address_(std::move(address)),
      options_(std::move(options)),
      name_(address_.host + ":" + std::to_string(address_.port)) {}

Result<Response> BrokerTransport::Send(const Request& request) {
  for (int attempt = 1;; ++attempt) {
    DPS_TRY(Response response, Ask(request));
    if (response.status < kRefusedStatus) return response;
    if (response.status != kThrottledStatus || attempt == kAttemptsMax) {
      return tl::unexpected(Refusal(response));
    }
    PrintNote("the broker " + name_ +
              " has too many requests of operators; asking again in " +
              std::to_string(kWait.count()) + " s");
    options_.wait(kWait);
  }
}

CallLimit BrokerTransport::Limit() const {
  return {.deadline = std::chrono::steady_clock::now() + options_.patience,
          .stop = {}};
}

Status BrokerTransport::Connect() {
  if (session_ != nullptr && !session_->broken()) return {};
  DPS_TRY(session_, MosquittoSession::Connect(
                        address_, Limit(),
                        {.peer = "the broker",
                         .client_id_prefix = "dpsctl-",
                         .arrived_bytes_max = 2 * kControlAnswerMax}));
  return session_->Subscribe({std::string(kControlAnswerTopic)});
}

Result<Response> BrokerTransport::Ask(const Request& request) {
  DPS_CHECK(Connect());
  session_->SetLimit(Limit());
  const std::string correlation = NewGuid();
  const std::string text =
      ControlRequestText({.request = request, .correlation_data = correlation});
  if (text.size() > kControlRequestMax) {
    return Fail(Errc::kInvalidArgument,
                "this is too large to go over a broker: " +
                    std::to_string(text.size()) +
                    " bytes; --login or --store "
                    "take it");
  }
  const Status sent = session_->Publish(
      {.topic = std::string(kControlTopic), .payload = text}, false);
  if (sent) return Await(correlation);
  const bool may_be_size =
      text.size() > kLargeRequest && !session_->timed_out();
  return Fail(sent.error().code,
              sent.error().message +
                  (may_be_size ? "; may its max_packet_size be less than the " +
                                     std::to_string(text.size()) +
                                     " bytes of the request?"
                               : ""));
}

Result<Response> BrokerTransport::Await(const std::string& correlation) {
  while (true) {
    auto message = session_->Next("an answer");
    if (!message && session_->timed_out()) {
      const std::string who = address_.username.empty()
                                  ? "this client"
                                  : Printable(address_.username);
      return Fail(Errc::kUnavailable,
                  "no answer from the broker " + name_ +
                      ": is plugin_opt_dps_control on there, and may " + who +
                      " publish to " + std::string(kControlTopic) +
                      "? If both are so, what was asked may still be done");
    }
    if (!message) return Forward(std::move(message));
    if (message->topic != kControlAnswerTopic) continue;
    auto answer = ParseControlAnswer(message->payload);
    if (!answer) {
      return Fail(Errc::kUnavailable,
                  "the broker " + name_ + " does not answer as a DPS does");
    }
    if (answer->correlation_data == correlation || IsRefusedUnread(*answer)) {
      return std::move(answer->response);
    }
  }
}

Error BrokerTransport::Refusal(const Response& refusal) const {
  Error error = ErrorOf(refusal);
  error.message = Printable(error.message, kMessageMax);
  const auto id = refusal.headers.find("x-ms-request-id");
  if (refusal.status == kUnauthorizedStatus) {
    error.message = "the broker " + name_ + " refuses: " + error.message;
  } else if (refusal.status >= kFailedStatus && id != refusal.headers.end()) {
    error.message = "the broker " + name_ + ": " + error.message +
                    " (tracking id " + Printable(id->second) + ")";
  }
  return error;
}

}  // namespace dps
