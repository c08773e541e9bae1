// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/network_transport.h"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/dpsctl/output.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/http/ask.h"
#include "core/model/words.h"

namespace dps {
namespace {

constexpr std::chrono::seconds kTimeout{60};
// A page of large documents, or a latency table.
constexpr std::size_t kAnswerMax = std::size_t{128} * 1024 * 1024;
constexpr std::chrono::seconds kWaitDefault{2};
constexpr std::chrono::seconds kWaitMax{60};

constexpr std::array kMethods = {
    Word{HttpMethod::kGet, "GET"}, Word{HttpMethod::kPost, "POST"},
    Word{HttpMethod::kPut, "PUT"}, Word{HttpMethod::kDelete, "DELETE"}};

bool IsRead(const Request& request) {
  if (request.method == "GET") return true;
  return request.method == "POST" && (request.path.ends_with("/query") ||
                                      request.path.ends_with("/export"));
}

std::string TypeOfBody(const Request& request) {
  return request.path.ends_with("/import") ? "application/x-ndjson"
                                           : "application/json; charset=utf-8";
}

std::string UrlOf(const std::string& authority, const Request& request) {
  std::string url = "https://" + authority + request.path;
  char mark = '?';
  for (const auto& [name, value] : request.query) {
    url += mark + PercentEncode(name) + "=" + PercentEncode(value);
    mark = '&';
  }
  return url;
}

Response ResponseOf(HttpAnswer answer) {
  return {.status = answer.status,
          .headers = {answer.headers.begin(), answer.headers.end()},
          .body = std::move(answer.body)};
}

std::string ContentType(const Response& response) {
  const auto type = response.headers.find("content-type");
  return type == response.headers.end() ? "" : type->second;
}

bool IsJsonText(const std::string& text) {
  const auto parsed = JsonDocument::ParseObject("{\"body\":" + text + "}",
                                                limits::kJsonDepthMax + 4);
  return parsed.has_value();
}

bool IsNdjson(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!IsJsonText(std::string(text.substr(0, end)))) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

// Whoever answers, what is printed of it is what it says it is.
bool IsWellFormed(const Response& response) {
  if (response.body.empty()) return true;
  const std::string type = ContentType(response);
  if (type.starts_with("text/csv")) return true;
  if (type.starts_with("application/x-ndjson")) return IsNdjson(response.body);
  return type.starts_with("application/json") && IsJsonText(response.body);
}

std::string TrackingId(const Response& response) {
  const auto id = response.headers.find("x-ms-request-id");
  return id == response.headers.end() ? "" : Printable(id->second);
}

}  // namespace

HttpClientOptions ClientOptionsOf(const std::string& ca_file) {
  return {.timeout = kTimeout,
          .answer_bytes_max = kAnswerMax,
          .ca_file = ca_file,
          .private_targets = true};
}

NetworkTransport::NetworkTransport(const ConnectionString& login,
                                   std::unique_ptr<HttpClient> client,
                                   const Clock& clock, Wait wait)
    : authority_(login.authority),
      token_(login),
      client_(std::move(client)),
      clock_(clock),
      wait_(std::move(wait)) {}

Result<Response> NetworkTransport::Send(const Request& request) {
  DPS_TRY(HttpAnswer answer, Ask(request));
  Response response = ResponseOf(std::move(answer));
  if (response.status >= kRefusedStatus)
    return tl::unexpected(Refusal(response));
  if (IsWellFormed(response)) return response;
  return Fail(Errc::kUnavailable,
              authority_ + " does not answer as a DPS does");
}

// What is refused by 429 was not done, so all can be asked again.
Result<HttpAnswer> NetworkTransport::Ask(const Request& request) {
  for (int attempt = 1;; ++attempt) {
    DPS_TRY(HttpAnswer answer, AskOnce(request));
    const auto time = answer.retry_after.value_or(kWaitDefault);
    if (answer.status != kThrottledStatus || attempt == kAttemptsMax ||
        time > kWaitMax) {
      return answer;
    }
    PrintNote(authority_ + " has too much to do; asking again in " +
              std::to_string(time.count()) + " s");
    wait_(time);
  }
}

Result<HttpAnswer> NetworkTransport::AskOnce(const Request& request) {
  const auto target = HttpTarget::Parse(UrlOf(authority_, request));
  if (!target) return tl::unexpected(Failure(target.error()));
  DPS_TRY(const HttpMethod method,
          ParseWord(kMethods, request.method, "method"));
  // A kept connection may make a request be sent twice.
  HttpRequest ask{.target = *target,
                  .headers = {"Authorization: " + token_.At(clock_.Now()),
                              "Accept: application/json, application/x-ndjson, "
                              "text/csv",
                              "Content-Type: " + TypeOfBody(request)},
                  .body = request.body,
                  .method = method,
                  .own_connection = !IsRead(request)};
  for (const auto& [name, value] : request.headers) {
    if (value.find_first_of("\r\n") != value.npos) {
      return Fail(Errc::kInvalidArgument, name + " cannot have line ends");
    }
    ask.headers.push_back(std::string(name).append(": ").append(value));
  }
  auto answer = dps::Ask(*client_, std::move(ask), {});
  if (!answer) return tl::unexpected(Failure(answer.error()));
  return answer;
}

Error NetworkTransport::Failure(const Error& error) const {
  const bool distrust = error.message.find("not trusted") != std::string::npos;
  return {Errc::kUnavailable,
          authority_ + ": " + error.message +
              (distrust ? "; --login-ca-file names the CA to trust" : "")};
}

Error NetworkTransport::Refusal(const Response& refusal) const {
  if (!ContentType(refusal).starts_with("application/json")) {
    return {Errc::kUnavailable, authority_ + " answered HTTP " +
                                    std::to_string(refusal.status) +
                                    ", and not as a DPS does"};
  }
  Error error = ErrorOf(refusal);
  error.message = Printable(error.message, kMessageMax);
  const std::string id = TrackingId(refusal);
  if (refusal.status == kUnauthorizedStatus) {
    error.message = authority_ + " refuses: " + error.message;
  } else if (refusal.status >= kFailedStatus && !id.empty()) {
    error.message =
        authority_ + ": " + error.message + " (tracking id " + id + ")";
  }
  return error;
}

}  // namespace dps
