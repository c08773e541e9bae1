// SPDX-License-Identifier: Apache-2.0
// A hub that is reached by HTTP: asks it and says what its refusals mean.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <mutex>
#include <stop_token>
#include <utility>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/http/client.h"

namespace dps {

// What a client of hubs should take: a twin with its metadata is larger than
// the answer of a webhook.
inline constexpr std::size_t kHubAnswerMax = std::size_t{1024} * 1024;

inline constexpr int kHttpNotFound = 404;

// Thread-safe. `client` and `clock` must outlive it.
class HubServer {
 public:
  HubServer(HttpClient& client, const Clock& clock, std::stop_token stop)
      : client_(client), clock_(clock), stop_(std::move(stop)) {}

  // Waits for an answer of success (2xx) or of one of the `expected` statuses.
  // Errors: as of HubConnector, naming the hub's host and what it says of the
  // reason; of what the request itself holds, no keys are repeated. Each
  // request has its own connection: no stray answer makes a device known.
  [[nodiscard]] Result<HttpAnswer> Ask(
      const HttpRequest& request, std::initializer_list<int> expected = {});

  // `answer` of a function that reads one, behind the name of the hub.
  template <class T>
  [[nodiscard]] static Result<T> Named(const HttpRequest& request,
                                       Result<T> answer) {
    if (answer) return answer;
    return Fail(answer.error().code,
                request.target.host() + " " + answer.error().message);
  }

  // See HubConnector.
  std::chrono::milliseconds pause() const;

 private:
  void Remember(const HttpAnswer& answer);

  HttpClient& client_;
  const Clock& clock_;
  const std::stop_token stop_;
  mutable std::mutex mutex_;
  SteadyTime paused_until_{};  // under mutex_
};

}  // namespace dps
