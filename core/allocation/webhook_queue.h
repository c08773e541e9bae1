// SPDX-License-Identifier: Apache-2.0
// Which webhook calls may start, which wait, and whose turn is next.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/allocation/circuit_breaker.h"
#include "core/allocation/webhook.h"
#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/http/target.h"
#include "core/model/ids.h"

namespace dps {

struct WebhookCall {
  IdScope scope;
  std::string url;
  std::string body;         // JSON
  SecretBytes signing_key;  // empty = unsigned
  std::string webhook_id;   // the operation's id: letters, digits, `-`, `.`
  std::string device{};     // its registration id: see CircuitBreaker
};

struct WebhookCallerOptions {
  // Under way: of one scope to one origin, of one scope, and of all.
  std::size_t calls_per_host = limits::kWebhookCallsPerHostMax;
  std::size_t calls_per_scope = limits::kWebhookCallsPerScopeMax;
  std::size_t calls_max = limits::kWebhookCallsMax;
  // Waiting: of one scope to one origin, and the bytes of bodies; one scope may
  // take half of them.
  std::size_t waiting_max = limits::kWebhookCallsWaitingMax;
  std::size_t waiting_bytes_max = limits::kWebhookWaitingBytesMax;

  friend bool operator==(const WebhookCallerOptions&,
                         const WebhookCallerOptions&) = default;
};

struct QueuedWebhookCall {
  HttpTarget target;
  WebhookCall call;
  std::function<void(Result<WebhookAnswer>)> done;
  // The queue's own.
  SteadyTime since{};
  CircuitBreaker::Ticket ticket = 0;
};

// What comes of the end of a call.
struct WebhookTurn {
  struct Refusal {
    QueuedWebhookCall call;
    std::string reason;
  };
  std::optional<QueuedWebhookCall> start;
  std::vector<Refusal> given_up;
};

// Free places go to the scopes in turn, and within a scope to its servers in
// turn; the calls to one server keep their order. Pure; not thread-safe.
class WebhookQueue {
 public:
  explicit WebhookQueue(const WebhookCallerOptions& options)
      : options_(options) {}

  // True: the call is to start now, and OnEnd() has to follow. False: it was
  // taken and waits. Errors: kWebhookFailed, saying why it may do neither.
  [[nodiscard]] Result<bool> Enter(QueuedWebhookCall& call, SteadyTime now);

  // A call that was started has ended; `failure` says of what, if the server is
  // to blame. The call to start in its place waited limits::kWebhookWaitMax at
  // most; those met that waited longer are given up, as are all that wait for
  // a server when it is found dead.
  WebhookTurn OnEnd(const QueuedWebhookCall& call,
                    std::optional<std::string> failure, SteadyTime now);

  // Calls under way or waiting.
  std::size_t size() const { return under_way_ + waiting_; }

 private:
  struct Host {
    CircuitBreaker breaker;
    std::string last_failure;
    std::size_t under_way = 0;
    std::deque<QueuedWebhookCall> waiting;
  };
  struct Scope {
    std::map<std::string, Host> hosts;  // by origin
    std::string last;                   // origin that had its turn
    std::size_t under_way = 0;
    std::size_t waiting_bytes = 0;
  };

  static bool IsIdle(const Host& host) {
    return host.under_way == 0 && host.waiting.empty();
  }
  void ForgetIdleHosts();
  bool HasRoom(const Scope& scope, const Host& host) const;
  Status CheckMayWait(const Scope& scope, const Host& host,
                      std::size_t bytes) const;
  void Begin(Scope& scope, const std::string& origin);
  QueuedWebhookCall TakeFirst(Scope& scope, Host& host);
  void GiveUpWaiting(Scope& scope, Host& host, WebhookTurn& turn);
  void TakeTurn(Scope& scope, SteadyTime now, WebhookTurn& turn);

  const WebhookCallerOptions options_;
  std::map<IdScope, Scope> scopes_;
  std::size_t under_way_ = 0;
  std::size_t waiting_ = 0;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace dps
