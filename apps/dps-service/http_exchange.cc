// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/http_exchange.h"

#include <algorithm>
#include <utility>

#include "apps/dps-service/request_target.h"
#include "core/base/text.h"

namespace dps {

HttpExchange::HttpExchange(const BodyLimits& limits, std::string_view target)
    : limits_(limits) {
  auto parts = ParseRequestTarget(target);
  if (!parts) {
    Refuse(std::move(parts).error());
    return;
  }
  call_.path = std::move(parts->path);
  call_.query = std::move(parts->query);
}

HttpExchange::~HttpExchange() { DropBody(); }

void HttpExchange::TakeHead(std::string method, const HeaderLines& lines) {
  has_head_ = true;
  if (!IsToken(method)) {
    Refuse({Errc::kInvalidArgument, "no method: " + Printable(method)});
  }
  call_.method = std::move(method);
  auto head = ReadRequestHead(lines);
  if (!head) {
    Refuse(std::move(head).error());
    return;
  }
  framed_ = true;
  head_ = *std::move(head);
  call_.headers = std::move(head_.headers);
  if (head_.content_length.value_or(0) > limits_.bytes_max) Refuse(TooLarge());
}

void HttpExchange::LowerBodyMax(std::size_t bytes_max) {
  limits_.bytes_max = std::min(limits_.bytes_max, bytes_max);
  if (head_.content_length.value_or(0) > limits_.bytes_max) Refuse(TooLarge());
}

bool HttpExchange::EndsAtHead() const {
  if (!refusal_) return false;
  if (!framed_ || call_.headers.contains("Expect")) return true;
  const std::uint64_t length = head_.content_length.value_or(0);
  return !head_.chunked && (length == 0 || length > 2 * limits_.bytes_max);
}

bool HttpExchange::TakeBody(std::string_view piece) {
  if (!refusal_) {
    if (const Status grown = Grow(call_.body.size() + piece.size()); !grown) {
      Refuse(grown.error());
    }
  }
  if (!refusal_) {
    call_.body += piece;
    return true;
  }
  dropped_ += piece.size();
  return dropped_ <= 2 * limits_.bytes_max;
}

void HttpExchange::Refuse(Error error) {
  if (refusal_) return;
  refusal_ = std::move(error);
  DropBody();
}

// What is taken of the budget is the memory, not its use so far.
Status HttpExchange::Grow(std::size_t size) {
  if (size > limits_.bytes_max) {
    return tl::unexpected<Error>(TooLarge());
  }
  if (size <= taken_) return {};
  const std::size_t room =
      std::min(std::max(size, 2 * taken_), limits_.bytes_max);
  if (!limits_.budget.Take(room - taken_)) {
    return Fail(Errc::kThrottled,
                "the service receives as much as it can hold: try again");
  }
  taken_ = room;
  call_.body.reserve(room);
  return {};
}

Error HttpExchange::TooLarge() const {
  return {Errc::kTooLarge, "the body is larger than " +
                               std::to_string(limits_.bytes_max) + " bytes"};
}

void HttpExchange::DropBody() {
  limits_.budget.GiveBack(std::exchange(taken_, 0));
  call_.body = std::string();
}

}  // namespace dps
