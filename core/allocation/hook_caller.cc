// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/hook_caller.h"

#include <chrono>
#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr int kServerErrors = 500;

bool IsSuccess(int status) { return status >= 200 && status <= 299; }

// Whether the server, not the question, is to blame; nullopt if not.
std::optional<std::string> FailureOf(const Result<HttpAnswer>& answer) {
  if (!answer) {
    if (answer.error().code != Errc::kUnavailable) return std::nullopt;
    return answer.error().message;
  }
  if (answer->status < kServerErrors) return std::nullopt;
  return "HTTP " + std::to_string(answer->status);
}

tl::unexpected<Error> Failed(const HttpTarget& target,
                             const std::string& what) {
  return Fail(Errc::kHookFailed,
              "webhook " + Printable(target.Masked()) + " " + what);
}

std::string GivenUp(int failures, const std::string& last_failure) {
  return "is not called for some seconds, for it failed " +
         std::to_string(failures) + " times in a row, lately: " + last_failure;
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
    : clock_(clock), options_(options), client_(std::move(client)) {}

HookCaller::~HookCaller() = default;

void HookCaller::Call(HookCall call, Done done) {
  auto target = HttpTarget::Parse(call.url);
  if (!target) {
    return done(Fail(Errc::kHookFailed, "the webhook cannot be called: " +
                                            target.error().message));
  }
  Admitted admitted{*std::move(target), std::move(call), std::move(done)};
  Status status;
  {
    const std::lock_guard lock(mutex_);
    Host& host = HostOf({admitted.call.scope, admitted.target.origin()});
    status = Admit(host);
    if (status && !HasRoom(host)) {
      ++waiting_;
      host.waiting.push_back(std::move(admitted));
      return;
    }
    if (status) {
      ++host.under_way;
      ++under_way_;
    }
  }
  if (status) return Start(std::move(admitted));
  admitted.done(Failed(admitted.target, status.error().message));
}

std::size_t HookCaller::pending() const {
  const std::lock_guard lock(mutex_);
  return under_way_ + waiting_;
}

Status HookCaller::Admit(Host& host) const {
  if (!HasRoom(host) && waiting_ >= options_.waiting_max) {
    return Fail(Errc::kHookFailed,
                "is not called: too many devices wait for the webhook");
  }
  if (host.breaker.Admit(clock_.SteadyNow())) return {};
  return Fail(Errc::kHookFailed,
              GivenUp(host.breaker.failures(), host.last_failure));
}

HookCaller::Host& HookCaller::HostOf(const HostKey& key) {
  const auto found = hosts_.find(key);
  if (found != hosts_.end()) return found->second;
  if (hosts_.size() >= limits::kWebhookHostsMax) {
    // Hosts that failed are remembered; those that failed least go first.
    std::erase_if(hosts_, [](const auto& entry) {
      return entry.second.is_idle() && !entry.second.breaker.is_open();
    });
  }
  if (hosts_.size() >= limits::kWebhookHostsMax) {
    std::erase_if(hosts_,
                  [](const auto& entry) { return entry.second.is_idle(); });
  }
  return hosts_[key];
}

bool HookCaller::HasRoom(const Host& host) const {
  return host.under_way < options_.calls_per_host &&
         under_way_ < options_.calls_max;
}

// One call ended, so one may start: that of the next host in turn.
void HookCaller::TakeNext(const HostKey& after, Next& next) {
  if (waiting_ == 0) return;
  auto each = hosts_.upper_bound(after);
  for (std::size_t i = 0; i < hosts_.size(); ++i, ++each) {
    if (each == hosts_.end()) each = hosts_.begin();
    Host& host = each->second;
    if (host.waiting.empty() || !HasRoom(host)) continue;
    next.start = std::move(host.waiting.front());
    host.waiting.pop_front();
    --waiting_;
    ++host.under_way;
    ++under_way_;
    return;
  }
}

HookCaller::Next HookCaller::OnOutcome(const HostKey& key,
                                       const Result<HttpAnswer>& answer) {
  const auto entry = hosts_.find(key);  // hosts with calls are not forgotten
  Host& host = entry->second;
  --host.under_way;
  --under_way_;
  Next next;
  if (auto failure = FailureOf(answer)) {
    host.breaker.OnFailure(clock_.SteadyNow());
    host.last_failure = *std::move(failure);
  } else {
    host.breaker.OnAnswer();
  }
  if (host.breaker.is_open()) {
    next.reason = GivenUp(host.breaker.failures(), host.last_failure);
    waiting_ -= host.waiting.size();
    next.given_up.swap(host.waiting);
  }
  TakeNext(key, next);
  if (host.is_idle() && host.breaker.failures() == 0) hosts_.erase(entry);
  return next;
}

void HookCaller::Start(Admitted admitted) {
  HttpRequest request{.target = admitted.target,
                      .headers = HeadersOf(admitted.call, clock_.Now()),
                      .body = std::move(admitted.call.body)};
  auto done =
      [this, admitted = std::move(admitted)](const Result<HttpAnswer>& answer) {
        Finish(admitted, answer);
      };
  client_->Post(std::move(request), std::move(done));
}

void HookCaller::Finish(const Admitted& admitted,
                        const Result<HttpAnswer>& answer) {
  Next next;
  {
    const std::lock_guard lock(mutex_);
    next = OnOutcome({admitted.call.scope, admitted.target.origin()}, answer);
  }
  if (next.start) Start(*std::move(next.start));
  admitted.done(Read(admitted.target, answer));
  for (const Admitted& each : next.given_up) {
    each.done(Failed(each.target, next.reason));
  }
}

}  // namespace dps
