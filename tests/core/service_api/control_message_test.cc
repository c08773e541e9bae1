// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/control_message.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

ControlRequest ParsedRequest(std::string_view text) {
  auto parsed = ParseControlRequest(text);
  REQUIRE_MESSAGE(parsed.has_value(), parsed.error().message);
  return *std::move(parsed);
}

std::string Refused(std::string_view text) {
  const auto parsed = ParseControlRequest(text);
  REQUIRE_FALSE(parsed.has_value());
  return parsed.error().message;
}

}  // namespace

TEST_CASE("control_message: method and path are enough") {
  const ControlRequest parsed =
      ParsedRequest(R"({"method":"GET","path":"/enrollments/dev%3A1"})");
  CHECK(parsed.request.method == "GET");
  CHECK(parsed.request.path == "/enrollments/dev%3A1");
  CHECK(parsed.request.query.at("api-version") == "2021-10-01");
  CHECK(parsed.request.headers.empty());
  CHECK(parsed.request.body.empty());
  CHECK_FALSE(parsed.request.id_scope);
  CHECK_FALSE(parsed.instance);
  CHECK(parsed.correlation_data.empty());
}

TEST_CASE("control_message: every member is read, the caller is not") {
  const ControlRequest parsed = ParsedRequest(
      R"({"method":"PUT","path":"/a","query":{"api-version":"x","b":"c d"},)"
      R"("headers":{"if-match":"\"e\""},"body":{"n":[1,{"m":null}]},)"
      R"("idScope":"0neA","instance":"plant","correlationData":"7",)"
      R"("caller":{"name":"root"},"rights":"all","is_local":true})");
  CHECK(parsed.request.query.at("api-version") == "x");
  CHECK(parsed.request.query.at("b") == "c d");
  CHECK(parsed.request.headers.at("If-Match") == "\"e\"");
  CHECK(parsed.request.body == R"({"n":[1,{"m":null}]})");
  CHECK(parsed.request.id_scope->text() == "0neA");
  CHECK(parsed.instance == "plant");
  CHECK(parsed.correlation_data == "7");
  CHECK(parsed.request.caller.name == Caller().name);
}

TEST_CASE("control_message: a body that is a string is taken as it is") {
  CHECK(ParsedRequest(R"({"method":"PUT","path":"/","body":"a,b\n{"})")
            .request.body == "a,b\n{");
  CHECK(ParsedRequest(R"({"method":"PUT","path":"/","body":null})")
            .request.body.empty());
}

TEST_CASE("control_message: what is no request is refused with its reason") {
  for (const char* text : {"", "{", "[]", "7", "\xff", "{}{}"}) {
    CAPTURE(text);
    const auto parsed = ParseControlRequest(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::kMalformedJson);
  }
  CHECK(Refused("{}") == "member method is missing");
  CHECK(Refused(R"({"method":"GET"})") == "member path is missing");
  for (const char* method : {"get", "", "GET ", "G\\u0000"}) {
    CHECK(Refused(R"({"path":"/a","method":")" + std::string(method) + "\"}") ==
          "member method must be GET, PUT, POST or DELETE");
  }
  CHECK(Refused(R"({"method":"GET","path":"a"})") ==
        "member path must begin with a slash");
  CHECK(Refused(R"({"method":"GET","path":"/a?b=c"})") ==
        "what follows the ? of member path belongs into member query, as an "
        "object");
  CHECK(Refused(R"({"method":"GET","path":"/","query":{"a":1}})") ==
        "member a must be a string");
  CHECK(Refused(R"({"method":"GET","path":"/","query":"a=b"})") ==
        "member query must be an object");
  CHECK_FALSE(ParseControlRequest(
      R"({"method":"GET","path":"/","idScope":"not one"})"));
}

TEST_CASE("control_message: queries, headers and correlation have limits") {
  std::string many;
  for (std::size_t i = 0; i <= kControlMembersMax; ++i) {
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"\"";
  }
  CHECK(Refused(R"({"method":"GET","path":"/","headers":{)" + many + "}}") ==
        "member headers has more than 32 members");
  const auto with_correlation = [](std::size_t size) {
    return R"({"method":"GET","path":"/","correlationData":")" +
           std::string(size, 'x') + "\"}";
  };
  CHECK(Refused(with_correlation(kCorrelationDataMax + 1)) ==
        "member correlationData has more than 1024 bytes");
  CHECK(ParsedRequest(with_correlation(kCorrelationDataMax))
            .correlation_data.size() == kCorrelationDataMax);
}

TEST_CASE("control_message: what was written is read the same") {
  for (const std::string body :
       {"", "{\"a\":{\"b\":[1,2]}}", "cidr,hub\n\"x\"", "[1,2]", "{"}) {
    CAPTURE(body);
    ControlRequest request{
        .request = {.method = "POST",
                    .path = "/registrations/query",
                    .query = {{"api-version", "2021-10-01"}, {"a", "b\"c"}},
                    .headers = {{"x-ms-max-item-count", "10"}},
                    .body = body,
                    .id_scope = *IdScope::Parse("0neA")},
        .instance = "plant",
        .correlation_data = "c-1"};
    const ControlRequest again = ParsedRequest(ControlRequestText(request));
    CHECK(again.request.method == request.request.method);
    CHECK(again.request.path == request.request.path);
    CHECK(again.request.query == request.request.query);
    CHECK(again.request.headers == request.request.headers);
    CHECK(again.request.body == body);
    CHECK(again.request.id_scope == request.request.id_scope);
    CHECK(again.instance == request.instance);
    CHECK(again.correlation_data == request.correlation_data);
  }
}

TEST_CASE("control_message: correlation data is found in what is no request") {
  CHECK(CorrelationDataOf(R"({"correlationData":"7"})") == "7");
  CHECK(CorrelationDataOf(R"({"correlationData":7})").empty());
  CHECK(CorrelationDataOf("{}").empty());
  CHECK(CorrelationDataOf("nonsense").empty());
}

TEST_CASE("control_message: an answer is JSON inside JSON, or a string") {
  Response json = JsonResponse(R"([{"a":1}])");
  CHECK(ControlAnswerText({json, "7"}) ==
        R"({"status":200,"headers":{"Content-Type":"application/json; )"
        R"(charset=utf-8"},"body":[{"a":1}],"correlationData":"7"})");
  CHECK(ControlAnswerText({EmptyResponse(), ""}) == R"({"status":204})");
  const Response csv{.headers = {{"Content-Type", "text/csv"}},
                     .body = "a,b\n"};
  CHECK(ControlAnswerText({csv, ""}) ==
        R"({"status":200,"headers":{"Content-Type":"text/csv"},)"
        R"("body":"a,b\n"})");
  for (const Response& response : {json, EmptyResponse(), csv}) {
    const auto again = ParseControlAnswer(ControlAnswerText({response, "7"}));
    REQUIRE(again);
    CHECK(again->response.status == response.status);
    CHECK(again->response.headers == response.headers);
    CHECK(again->response.body == response.body);
    CHECK(again->correlation_data == "7");
  }
}

TEST_CASE("control_message: what is no answer is refused") {
  for (const char* text : {"", "{}", R"({"status":"200"})", R"({"status":99})",
                           R"({"status":600})", R"({"status":200,"headers":1})",
                           R"({"status":200,"correlationData":1})"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseControlAnswer(text));
  }
}

}  // namespace dps
