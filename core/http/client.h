// SPDX-License-Identifier: Apache-2.0
// The port for requests to servers of others: posted now, answered later.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/http/target.h"

namespace dps {

struct HttpRequest {
  HttpTarget target;
  std::vector<std::string> headers;  // `Name: value`, without line ends
  std::string body;
};

// Any final status, redirects included.
struct HttpAnswer {
  int status = 0;
  std::string body;
};

class HttpClient {
 public:
  // Errors: kUnavailable (nobody answered properly in time), kTooLarge (the
  // answer), kForbidden (the target is at a private address). Messages name
  // the cause, and neither the URL's path nor its query.
  using Done = std::function<void(Result<HttpAnswer>)>;

  // What is under way is given up, without a call of its `done`.
  virtual ~HttpClient() = default;

  // Any thread; never waits. `done` is called once, on the client's thread; it
  // may post, must not wait, and must not destroy the client. How many requests
  // are under way is the caller's to bound.
  virtual void Post(HttpRequest request, Done done) = 0;
};

}  // namespace dps
