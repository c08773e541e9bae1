// SPDX-License-Identifier: Apache-2.0
// What an operator publishes to $CONTROL/dps/v1, and what answers it.
#include "core/service_api/control_message.h"
#include "tests/fuzz/require.h"

namespace dps {
namespace {

void CheckRequest(std::string_view text) {
  const auto parsed = ParseControlRequest(text);
  if (!parsed) return;
  const Request& request = parsed->request;
  Require(!request.method.empty() && request.path.starts_with('/'));
  Require(request.query.contains("api-version"));
  // Nobody says who he is.
  Require(request.caller.name == Caller().name);
  Require(parsed->correlation_data == CorrelationDataOf(text));
  // Written out again, it means the same.
  const auto again = ParseControlRequest(ControlRequestText(*parsed));
  Require(again.has_value());
  Require(again->request.method == request.method);
  Require(again->request.path == request.path);
  Require(again->request.query == request.query);
  Require(again->request.headers == request.headers);
  Require(again->request.id_scope == request.id_scope);
  Require(again->instance == parsed->instance);
  Require(again->correlation_data == parsed->correlation_data);
}

void CheckAnswer(std::string_view text) {
  const auto parsed = ParseControlAnswer(text);
  if (!parsed) return;
  const auto again = ParseControlAnswer(
      ControlAnswerText({.response = {.status = parsed->response.status,
                                      .headers = parsed->response.headers,
                                      .body = ""},
                         .correlation_data = parsed->correlation_data}));
  Require(again.has_value());
  Require(again->response.status == parsed->response.status);
  Require(again->response.headers == parsed->response.headers);
  Require(again->correlation_data == parsed->correlation_data);
}

}  // namespace
}  // namespace dps

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  dps::CheckRequest(text);
  dps::CheckAnswer(text);
  return 0;
}
