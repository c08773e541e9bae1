// SPDX-License-Identifier: Apache-2.0
// Calls webhooks of custom allocation: so many at once, so many waiting, and
// none that is known to be dead.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/allocation/circuit_breaker.h"
#include "core/allocation/webhook.h"
#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/http/client.h"
#include "core/model/ids.h"

namespace dps {

struct HookCall {
  IdScope scope;
  std::string url;
  std::string body;         // JSON
  SecretBytes signing_key;  // empty = unsigned
  std::string webhook_id;   // the operation's id: letters, digits, `-`, `.`
};

struct HookCallerOptions {
  // Under way at the same time: of one scope to one origin, and of all.
  std::size_t calls_per_host = limits::kWebhookCallsPerHostMax;
  std::size_t calls_max = limits::kWebhookCallsMax;
  std::size_t waiting_max = limits::kWebhookCallsWaitingMax;

  friend bool operator==(const HookCallerOptions&,
                         const HookCallerOptions&) = default;
};

class HookCaller {
 public:
  // Errors: kHookFailed, saying of which hook, its query masked, and why.
  using Done = std::function<void(Result<HookAnswer>)>;

  HookCaller(std::unique_ptr<HttpClient> client, const Clock& clock,
             const HookCallerOptions& options = {});
  // No `done` is called any more.
  ~HookCaller();
  HookCaller(const HookCaller&) = delete;
  HookCaller& operator=(const HookCaller&) = delete;

  // Any thread; never waits. `done` is called once: on the client's thread, or
  // before this returns if the call fails at once, for too many wait already or
  // the hook failed too often lately. It may call again and must not wait.
  //
  // Signed calls follow the Standard Webhooks specification 1.0.0 (scheme v1):
  // webhook-signature is over `{webhook-id}.{webhook-timestamp}.{body}`.
  void Call(HookCall call, Done done);

  // Calls under way or waiting. Any thread.
  std::size_t pending() const;

 private:
  struct Admitted {
    HttpTarget target;
    HookCall call;
    Done done;
  };
  struct Host {
    CircuitBreaker breaker;
    std::string last_failure;
    std::size_t under_way = 0;
    std::deque<Admitted> waiting;

    bool is_idle() const { return under_way == 0 && waiting.empty(); }
  };
  using HostKey = std::pair<IdScope, std::string>;  // and origin
  using Hosts = std::map<HostKey, Host>;
  // What is left to do when the lock is released.
  struct Next {
    std::optional<Admitted> start;
    std::deque<Admitted> given_up;
    std::string reason;
  };

  // Under mutex_.
  Status Admit(Host& host) const;
  Host& HostOf(const HostKey& key);
  bool HasRoom(const Host& host) const;
  void TakeNext(const HostKey& after, Next& next);
  Next OnOutcome(const HostKey& key, const Result<HttpAnswer>& answer);

  void Start(Admitted admitted);
  void Finish(const Admitted& admitted, const Result<HttpAnswer>& answer);

  const Clock& clock_;
  const HookCallerOptions options_;
  mutable std::mutex mutex_;
  Hosts hosts_;  // under mutex_, as are the next two
  std::size_t under_way_ = 0;
  std::size_t waiting_ = 0;
  // Last: its thread calls the others until it is gone.
  std::unique_ptr<HttpClient> client_;
};

}  // namespace dps
