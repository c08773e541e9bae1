// SPDX-License-Identifier: Apache-2.0
#include "core/http/ask.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace dps {
namespace {

struct Wait {
  std::mutex mutex;
  std::condition_variable_any told;
  std::optional<Result<HttpAnswer>> answer;  // under mutex
};

}  // namespace

Result<HttpAnswer> Ask(HttpClient& client, HttpRequest request,
                       const std::stop_token& stop) {
  // Shared, for the client may tell when nobody waits any more.
  const auto wait = std::make_shared<Wait>();
  if (!stop.stop_requested()) {
    client.Post(std::move(request), [wait](Result<HttpAnswer> answer) {
      const std::lock_guard lock(wait->mutex);
      wait->answer = std::move(answer);
      wait->told.notify_one();
    });
  }
  std::unique_lock lock(wait->mutex);
  wait->told.wait(lock, stop, [&] { return wait->answer.has_value(); });
  if (wait->answer) return *std::move(wait->answer);
  return Fail(Errc::kUnavailable, "the service is stopping");
}

}  // namespace dps
