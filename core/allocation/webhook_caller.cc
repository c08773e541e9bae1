// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook_caller.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text.h"
#include "core/http/signature.h"

namespace dps {
namespace {

// From the gateway in front of a webhook that is not there (RFC 9110
// section 15.6); a webhook that fails says 500, and may do so of one device
// only.
constexpr std::array kGatewayErrors = {502, 503, 504};

bool IsSuccess(int status) { return status >= 200 && status <= 299; }

// Whether the server, not the question, is to blame; nullopt if not.
std::optional<std::string> FailureOf(const Result<HttpAnswer>& answer) {
  if (!answer) {
    if (answer.error().code != Errc::kUnavailable) return std::nullopt;
    return answer.error().message;
  }
  if (std::ranges::find(kGatewayErrors, answer->status) ==
      kGatewayErrors.end()) {
    return std::nullopt;
  }
  return "HTTP " + std::to_string(answer->status);
}

tl::unexpected<Error> Failed(const HttpTarget& target,
                             const std::string& what) {
  return Fail(Errc::kWebhookFailed,
              "webhook " + Printable(target.Masked()) + " " + what);
}

Result<WebhookAnswer> Read(const HttpTarget& target,
                           const Result<HttpAnswer>& answer) {
  if (!answer) return Failed(target, "failed: " + answer.error().message);
  if (!IsSuccess(answer->status)) {
    return Failed(target, "answered HTTP " + std::to_string(answer->status));
  }
  auto read = ParseWebhookAnswer(answer->body);
  if (!read) return Failed(target, read.error().message);
  return read;
}

}  // namespace

WebhookCaller::WebhookCaller(std::unique_ptr<HttpClient> client,
                             const Clock& clock,
                             const WebhookCallerOptions& options)
    : clock_(clock), queue_(options), client_(std::move(client)) {}

WebhookCaller::~WebhookCaller() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

void WebhookCaller::Call(WebhookCall call, Done done) {
  auto target = HttpTarget::Parse(call.url);
  if (!target) {
    return done(Fail(Errc::kWebhookFailed, "the webhook cannot be called: " +
                                               target.error().message));
  }
  QueuedWebhookCall queued{.target = *std::move(target),
                           .call = std::move(call),
                           .done = std::move(done)};
  Result<bool> starts = false;
  {
    const std::lock_guard lock(mutex_);
    starts = queue_.Enter(queued, clock_.SteadyNow());
  }
  if (!starts) {
    queued.done(Failed(queued.target, starts.error().message));
  } else if (*starts) {
    Start(std::move(queued));
  }
}

std::size_t WebhookCaller::pending() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void WebhookCaller::Start(QueuedWebhookCall call) {
  HttpRequest request{
      .target = call.target,
      .headers = WebhookHeaders(call.call.webhook_id, call.call.body,
                                call.call.signing_key, clock_.Now()),
      .body = std::move(call.call.body),
      .own_connection = true};
  auto done = [this, call = std::move(call)](const Result<HttpAnswer>& answer) {
    Finish(call, answer);
  };
  // Locked, for the client is not to be posted to while it is destroyed.
  const std::lock_guard lock(mutex_);
  if (!stopping_) client_->Post(std::move(request), std::move(done));
}

void WebhookCaller::Finish(const QueuedWebhookCall& call,
                           const Result<HttpAnswer>& answer) {
  WebhookTurn turn;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    turn = queue_.OnEnd(call, FailureOf(answer), clock_.SteadyNow());
  }
  if (turn.start) Start(*std::move(turn.start));
  call.done(Read(call.target, answer));
  for (const auto& [given_up, reason] : turn.given_up) {
    given_up.done(Failed(given_up.target, reason));
  }
}

}  // namespace dps
