// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook_queue.h"

#include <utility>

namespace dps {
namespace {

std::string FailedTooOften(const CircuitBreaker& breaker,
                           const std::string& last_failure) {
  return "is not called for some seconds, for it failed " +
         std::to_string(breaker.failures()) +
         " times in a row, lately: " + last_failure;
}

}  // namespace

Result<bool> WebhookQueue::Enter(QueuedWebhookCall& call, SteadyTime now) {
  ForgetIdleHosts();
  Scope& scope = scopes_[call.call.scope];
  const std::string& origin = call.target.origin();
  Host& host = scope.hosts[origin];
  const bool starts = HasRoom(scope, host);
  const std::size_t bytes = call.call.body.size();
  if (!starts) DPS_CHECK(CheckMayWait(scope, host, bytes));
  const auto ticket = host.breaker.Admit(call.call.device, now);
  if (!ticket) {
    return Fail(Errc::kWebhookFailed,
                FailedTooOften(host.breaker, host.last_failure));
  }
  call.since = now;
  call.ticket = *ticket;
  if (starts) {
    Begin(scope, origin);
    return true;
  }
  host.waiting.push_back(std::move(call));
  ++waiting_;
  scope.waiting_bytes += bytes;
  waiting_bytes_ += bytes;
  return false;
}

WebhookTurn WebhookQueue::OnEnd(const QueuedWebhookCall& call,
                                std::optional<std::string> failure,
                                SteadyTime now) {
  // Scopes and hosts with calls are not forgotten.
  const auto ended = scopes_.find(call.call.scope);
  Scope& scope = ended->second;
  Host& host = scope.hosts.find(call.target.origin())->second;
  --host.under_way;
  --scope.under_way;
  --under_way_;
  WebhookTurn turn;
  if (failure) {
    host.last_failure = *std::move(failure);
    if (host.breaker.OnFailure(call.ticket, call.call.device, now)) {
      GiveUpWaiting(scope, host, turn);
    }
  } else {
    host.breaker.OnAnswer();
  }
  auto next = ended;
  for (std::size_t i = 0; i < scopes_.size() && waiting_ > 0; ++i) {
    if (++next == scopes_.end()) next = scopes_.begin();
    TakeTurn(next->second, now, turn);
    if (turn.start) break;
  }
  if (IsIdle(host) && host.breaker.failures() == 0) {
    scope.hosts.erase(call.target.origin());
  }
  if (scope.hosts.empty()) scopes_.erase(ended);
  return turn;
}

// Hosts that failed are remembered; those that failed least go first.
void WebhookQueue::ForgetIdleHosts() {
  const auto count = [this] {
    std::size_t hosts = 0;
    for (const auto& [id, scope] : scopes_) hosts += scope.hosts.size();
    return hosts;
  };
  for (const bool also_open : {false, true}) {
    if (count() < limits::kWebhookHostsMax) return;
    for (auto& [id, scope] : scopes_) {
      std::erase_if(scope.hosts, [&](const auto& entry) {
        const Host& host = entry.second;
        return IsIdle(host) && (also_open || !host.breaker.is_open());
      });
    }
    std::erase_if(scopes_,
                  [](const auto& entry) { return entry.second.hosts.empty(); });
  }
}

bool WebhookQueue::HasRoom(const Scope& scope, const Host& host) const {
  return host.under_way < options_.calls_per_host &&
         scope.under_way < options_.calls_per_scope &&
         under_way_ < options_.calls_max;
}

Status WebhookQueue::CheckMayWait(const Scope& scope, const Host& host,
                                  std::size_t bytes) const {
  if (host.waiting.size() >= options_.waiting_max) {
    return Fail(Errc::kWebhookFailed,
                "is not called: too many devices wait for the webhook");
  }
  if (scope.waiting_bytes + bytes > options_.waiting_bytes_max / 2 ||
      waiting_bytes_ + bytes > options_.waiting_bytes_max) {
    return Fail(Errc::kWebhookFailed,
                "is not called: requests that wait for webhooks take up too "
                "much memory");
  }
  return {};
}

void WebhookQueue::Begin(Scope& scope, const std::string& origin) {
  ++scope.hosts.find(origin)->second.under_way;
  ++scope.under_way;
  ++under_way_;
  scope.last = origin;
}

QueuedWebhookCall WebhookQueue::TakeFirst(Scope& scope, Host& host) {
  QueuedWebhookCall first = std::move(host.waiting.front());
  host.waiting.pop_front();
  --waiting_;
  scope.waiting_bytes -= first.call.body.size();
  waiting_bytes_ -= first.call.body.size();
  return first;
}

void WebhookQueue::GiveUpWaiting(Scope& scope, Host& host, WebhookTurn& turn) {
  const std::string reason = FailedTooOften(host.breaker, host.last_failure);
  while (!host.waiting.empty()) {
    turn.given_up.push_back({TakeFirst(scope, host), reason});
  }
}

// The first call that may start, of the scope's next host that has one.
void WebhookQueue::TakeTurn(Scope& scope, SteadyTime now, WebhookTurn& turn) {
  auto each = scope.hosts.upper_bound(scope.last);
  for (std::size_t i = 0; i < scope.hosts.size(); ++i, ++each) {
    if (each == scope.hosts.end()) each = scope.hosts.begin();
    Host& host = each->second;
    while (!host.waiting.empty() && HasRoom(scope, host)) {
      QueuedWebhookCall call = TakeFirst(scope, host);
      if (now - call.since <= limits::kWebhookWaitMax) {
        Begin(scope, each->first);
        turn.start = std::move(call);
        return;
      }
      host.breaker.OnNotMade(call.ticket);
      turn.given_up.push_back(
          {std::move(call),
           "is not called: the device waited too long for its turn"});
    }
  }
}

}  // namespace dps
