// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/hook_caller.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

// From the gateway in front of a hook that is not there (RFC 9110
// section 15.6); a hook that fails says 500, and may do so of one device only.
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
  return Fail(Errc::kHookFailed,
              "webhook " + Printable(target.Masked()) + " " + what);
}

Result<HookAnswer> Read(const HttpTarget& target,
                        const Result<HttpAnswer>& answer) {
  if (!answer) return Failed(target, "failed: " + answer.error().message);
  if (!IsSuccess(answer->status)) {
    return Failed(target, "answered HTTP " + std::to_string(answer->status));
  }
  auto read = ParseHookAnswer(answer->body);
  if (!read) return Failed(target, read.error().message);
  return read;
}

std::vector<std::string> HeadersOf(const HookCall& call, UtcTime now) {
  std::vector<std::string> headers = {
      "Content-Type: application/json; charset=utf-8",
      "Accept: application/json", "webhook-id: " + call.webhook_id};
  if (call.signing_key.empty()) return headers;
  const std::string timestamp = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch())
          .count());
  const SecretBytes signature = HmacSha256(
      call.signing_key, call.webhook_id + "." + timestamp + "." + call.body);
  headers.push_back("webhook-timestamp: " + timestamp);
  headers.push_back("webhook-signature: v1," +
                    Base64Encode(signature.Reveal()));
  return headers;
}

}  // namespace

HookCaller::HookCaller(std::unique_ptr<HttpClient> client, const Clock& clock,
                       const HookCallerOptions& options)
    : clock_(clock), queue_(options), client_(std::move(client)) {}

HookCaller::~HookCaller() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

void HookCaller::Call(HookCall call, Done done) {
  auto target = HttpTarget::Parse(call.url);
  if (!target) {
    return done(Fail(Errc::kHookFailed, "the webhook cannot be called: " +
                                            target.error().message));
  }
  QueuedHookCall queued{.target = *std::move(target),
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

std::size_t HookCaller::pending() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void HookCaller::Start(QueuedHookCall call) {
  HttpRequest request{.target = call.target,
                      .headers = HeadersOf(call.call, clock_.Now()),
                      .body = std::move(call.call.body)};
  auto done = [this, call = std::move(call)](const Result<HttpAnswer>& answer) {
    Finish(call, answer);
  };
  // Locked, for the client is not to be posted to while it is destroyed.
  const std::lock_guard lock(mutex_);
  if (!stopping_) client_->Post(std::move(request), std::move(done));
}

void HookCaller::Finish(const QueuedHookCall& call,
                        const Result<HttpAnswer>& answer) {
  HookTurn turn;
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
