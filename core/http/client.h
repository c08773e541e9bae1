// SPDX-License-Identifier: Apache-2.0
// The port for requests to servers of others: posted now, answered later.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/http/target.h"

namespace dps {

enum class HttpMethod { kPost, kGet, kPut, kDelete };

// As it stands in a request.
constexpr const char* NameOf(HttpMethod method) {
  switch (method) {
    case HttpMethod::kPost:
      return "POST";
    case HttpMethod::kGet:
      return "GET";
    case HttpMethod::kPut:
      return "PUT";
    case HttpMethod::kDelete:
      return "DELETE";
  }
  return "";
}

struct HttpRequest {
  HttpTarget target;
  std::vector<std::string> headers;  // `Name: value`, without line ends
  std::string body;
  HttpMethod method = HttpMethod::kPost;
  // PEM of the CAs to trust in place of the client's; empty = those.
  std::string ca_file;
  // A connection is made for it and closed behind it: a server that answers
  // once too often on one that is kept answers the next request with that.
  bool own_connection = false;
};

// Any final status, redirects included.
struct HttpAnswer {
  int status = 0;
  std::string body;
  // How long the server wants to be left alone (RFC 9110 section 10.2.3),
  // whether it said so in seconds or by a date; never zero.
  std::optional<std::chrono::seconds> retry_after;
  // Names in lower case; of a name that came twice the last.
  std::map<std::string, std::string> headers = {};
};

class HttpClient {
 public:
  // Errors: kUnavailable (nobody answered properly in time), kTooLarge (the
  // answer), kForbidden (the target is at a private address),
  // kInvalidArgument (the CA file cannot be read). Messages name the cause, and
  // neither the URL's path nor its query.
  using Done = std::function<void(Result<HttpAnswer>)>;

  // What is under way is given up, without a call of its `done`.
  virtual ~HttpClient() = default;

  // Any thread; never waits. `done` is called once, on the client's thread; it
  // may post, must not wait, and must not destroy the client. How many requests
  // are under way is the caller's to bound.
  virtual void Post(HttpRequest request, Done done) = 0;
};

}  // namespace dps
