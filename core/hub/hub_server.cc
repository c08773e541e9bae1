// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_server.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/ask.h"

namespace dps {
namespace {

constexpr int kThrottled = 429;
// After 429 without a time; the longest one that is believed.
constexpr std::chrono::seconds kPauseDefault{10};
constexpr std::chrono::seconds kPauseMax{3600};
// Of a hub's message, in characters.
constexpr std::size_t kQuotedMax = 300;
// The shortest key, in base64.
constexpr std::size_t kKeyTextMin = 24;

Errc CodeOf(int status) {
  if (status == 401 || status == 403) return Errc::kForbidden;
  if (status == kThrottled) return Errc::kThrottled;
  if (status == 408 || status >= 500) return Errc::kUnavailable;
  return status >= 400 ? Errc::kInvalidArgument : Errc::kInternal;
}

// The hub's own words, if it wraps them (Azure does, in two ways).
std::string MessageOf(const std::string& body) {
  const auto document = JsonDocument::ParseObject(body);
  if (!document) return body;
  for (const std::string_view name : {"message", "Message"}) {
    const auto message = document->root().String(name);
    if (message) return *message;
  }
  return body;
}

bool IsOfKey(char c) {
  return IsAsciiAlnum(c) || c == '+' || c == '/' || c == '=' || c == '%';
}

// A server may repeat what it was told: no key gets into a log that way.
std::string WithoutKeys(std::string_view text, std::string_view told) {
  std::string shown;
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, IsOfKey);
    const auto size = static_cast<std::size_t>(end - text.begin());
    const std::string_view word = text.substr(0, size);
    const bool told_word = size >= kKeyTextMin && told.find(word) != told.npos;
    shown += told_word ? "****" : word;
    if (size < text.size()) shown += text[size];
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return shown;
}

Error Refusal(const HttpRequest& request, const HttpAnswer& answer) {
  std::string message =
      request.target.host() + " answered HTTP " + std::to_string(answer.status);
  const std::string said = MessageOf(answer.body);
  if (!said.empty()) {
    std::string told = request.body;
    for (const std::string& header : request.headers) told += header;
    message += ": " + Printable(WithoutKeys(said, told), kQuotedMax);
  }
  return {CodeOf(answer.status), std::move(message)};
}

Error Failure(const HttpRequest& request, const Error& error) {
  const bool too_large = error.code == Errc::kTooLarge;
  return {too_large ? Errc::kInternal : error.code,
          request.target.host() + ": " + error.message};
}

}  // namespace

Result<HttpAnswer> HubServer::Ask(const HttpRequest& request,
                                  std::initializer_list<int> expected) {
  HttpRequest alone = request;
  alone.own_connection = true;
  auto answer = dps::Ask(client_, std::move(alone), stop_);
  if (!answer) return tl::unexpected(Failure(request, answer.error()));
  Remember(*answer);
  const int status = answer->status;
  const bool success = status >= 200 && status <= 299;
  if (success || std::ranges::find(expected, status) != expected.end()) {
    return answer;
  }
  return tl::unexpected(Refusal(request, *answer));
}

std::chrono::milliseconds HubServer::pause() const {
  const std::lock_guard lock(mutex_);
  const auto left = paused_until_ - clock_.SteadyNow();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left),
                  std::chrono::milliseconds::zero());
}

void HubServer::Remember(const HttpAnswer& answer) {
  const bool asks =
      answer.retry_after && CodeOf(answer.status) == Errc::kUnavailable;
  if (answer.status != kThrottled && !asks) return;
  const auto time =
      std::min(answer.retry_after.value_or(kPauseDefault), kPauseMax);
  const std::lock_guard lock(mutex_);
  paused_until_ = std::max(paused_until_, clock_.SteadyNow() + time);
}

}  // namespace dps
