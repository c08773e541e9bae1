// SPDX-License-Identifier: Apache-2.0
// Calls webhooks of custom allocation: so many at once, so many waiting and for
// so long, and none that is known to be dead.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "core/allocation/webhook_queue.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/http/client.h"

namespace dps {

class WebhookCaller {
 public:
  // Errors: kWebhookFailed, saying of which webhook, its query masked, and why.
  using Done = decltype(QueuedWebhookCall::done);

  WebhookCaller(std::unique_ptr<HttpClient> client, const Clock& clock,
                const WebhookCallerOptions& options = {});
  // Gives up what is under way or waiting: no `done` is called any more.
  // REQUIRES: not from within one.
  ~WebhookCaller();
  WebhookCaller(const WebhookCaller&) = delete;
  WebhookCaller& operator=(const WebhookCaller&) = delete;

  // Any thread; never waits. `done` is called once: on the client's thread, or
  // before this returns if the call fails at once, for too many or too large
  // ones wait already or the webhook failed too often lately. It may call again
  // and must not wait.
  //
  // Signed as core/http/signature.h says.
  void Call(WebhookCall call, Done done);

  // Calls under way or waiting. Any thread.
  std::size_t pending() const;

 private:
  void Start(QueuedWebhookCall call);
  void Finish(const QueuedWebhookCall& call, const Result<HttpAnswer>& answer);

  const Clock& clock_;
  mutable std::mutex mutex_;
  WebhookQueue queue_;     // under mutex_
  bool stopping_ = false;  // under mutex_
  // Last: its thread calls the others until it is gone.
  std::unique_ptr<HttpClient> client_;
};

}  // namespace dps
