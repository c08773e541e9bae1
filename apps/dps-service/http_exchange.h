// SPDX-License-Identifier: Apache-2.0
// One request on its way in: its parts as they arrive, within limits, and the
// reason if it will be refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "apps/dps-service/body_budget.h"
#include "apps/dps-service/http_server.h"
#include "apps/dps-service/request_head.h"
#include "core/base/result.h"

namespace dps {

struct BodyLimits {
  std::size_t bytes_max;
  BodyBudget& budget;
};

// Not thread-safe.
class HttpExchange {
 public:
  // `target` as in the first line.
  HttpExchange(const BodyLimits& limits, std::string_view target);
  ~HttpExchange();
  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // The headers are complete; once.
  void TakeHead(std::string method, const HeaderLines& lines);
  bool has_head() const { return has_head_; }
  // After TakeHead(), before the body: takes no more than so many bytes.
  void LowerBodyMax(std::size_t bytes_max);
  // The request is refused and its body need not be waited for: it has none,
  // its end cannot be told, it asks before sending it, or it would take too
  // long to see it out so that the client reads its reply.
  bool EndsAtHead() const;

  // A piece of the body; dropped if the request is refused. False = the client
  // sends far too much, end the connection.
  [[nodiscard]] bool TakeBody(std::string_view piece);

  // The first one stays.
  void Refuse(Error error);
  const std::optional<Error>& refusal() const { return refusal_; }

  HttpCall& call() { return call_; }
  // Frees the body and what it took of the budget.
  void DropBody();

 private:
  Status Grow(std::size_t size);
  Error TooLarge() const;

  BodyLimits limits_;
  HttpCall call_;
  RequestHead head_;
  bool has_head_ = false;
  bool framed_ = false;      // it is known where the body ends
  std::size_t taken_ = 0;    // of the budget
  std::size_t dropped_ = 0;  // bytes of the body
  std::optional<Error> refusal_;
};

}  // namespace dps
