// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/network_transport.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"

namespace dps {
namespace {

using std::chrono::seconds;

const std::string kJson = "application/json; charset=utf-8";

HttpAnswer JsonAnswer(int status, const std::string& body) {
  return {.status = status,
          .body = body,
          .retry_after = {},
          .headers = {{"content-type", kJson}, {"x-ms-request-id", "id-1"}}};
}

HttpAnswer Busy(std::optional<seconds> retry_after) {
  HttpAnswer answer = JsonAnswer(429, R"({"message":"too much"})");
  answer.retry_after = retry_after;
  return answer;
}

struct TransportRig {
  explicit TransportRig(std::deque<Result<HttpAnswer>> answers) {
    auto owned = std::make_unique<ScriptedHttpClient>();
    owned->answers = std::move(answers);
    client = owned.get();
    transport = std::make_unique<NetworkTransport>(
        ConnectionString{.host = "dps.example",
                         .authority = "dps.example:8444",
                         .policy = "owner",
                         .key = SecretBytes("0123456789abcdef")},
        std::move(owned), clock,
        [this](seconds time) { waits.push_back(time); });
  }
  Result<Response> Get(const std::string& path = "/enrollments/a") {
    return transport->Send(Of("GET", path));
  }
  static Request Of(const std::string& method, const std::string& path) {
    return {.method = method,
            .path = path,
            .query = {{"api-version", "2021-10-01"}, {"hub", "a b"}},
            .headers = {{"If-Match", "*"}},
            .body = method == "PUT" ? "{}" : "",
            .id_scope = {},
            .caller = {}};
  }
  std::string RefusalOf(const Request& request) {
    const auto answer = transport->Send(request);
    REQUIRE_FALSE(answer);
    return answer.error().message;
  }

  FakeClock clock;
  std::vector<seconds> waits;
  ScriptedHttpClient* client = nullptr;
  std::unique_ptr<NetworkTransport> transport;
};

bool HasHeader(const HttpRequest& request, const std::string& start) {
  for (const std::string& header : request.headers) {
    if (header.starts_with(start)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("network_transport: a request goes out encoded and signed") {
  TransportRig rig({JsonAnswer(200, R"({"a":1})"), JsonAnswer(200, "{}")});
  const auto answer = rig.Get("/enrollments/dev%3A1");
  REQUIRE(answer);
  CHECK(answer->body == R"({"a":1})");
  CHECK(answer->headers.at("X-MS-Request-Id") == "id-1");
  const HttpRequest& sent = rig.client->requests.at(0);
  CHECK(sent.target.url() ==
        "https://dps.example:8444/enrollments/"
        "dev%3A1?api-version=2021-10-01&hub=a%20b");
  CHECK(sent.method == HttpMethod::kGet);
  CHECK(
      HasHeader(sent, "Authorization: SharedAccessSignature sr=dps.example&"));
  CHECK(HasHeader(sent, "If-Match: *"));
  CHECK_FALSE(sent.own_connection);
  REQUIRE(rig.transport->Send(TransportRig::Of("PUT", "/enrollments/a")));
  CHECK(rig.client->requests.at(1).body == "{}");
  CHECK(rig.client->requests.at(1).own_connection);
}

TEST_CASE("network_transport: refusals keep their message and their reaction") {
  const std::string body = R"({"message":"not so"})";
  for (const auto& [status, code, message] :
       {std::tuple{400, Errc::kInvalidArgument, "not so"},
        {401, Errc::kInvalidArgument, "dps.example:8444 refuses: not so"},
        {404, Errc::kNotFound, "not so"},
        {412, Errc::kPreconditionFailed, "not so"},
        {500, Errc::kInvalidArgument,
         "dps.example:8444: not so (tracking id id-1)"}}) {
    TransportRig rig({JsonAnswer(status, body)});
    const auto answer = rig.Get();
    REQUIRE_FALSE(answer);
    CHECK(answer.error() == Error{code, message});
  }
}

TEST_CASE("network_transport: a busy service is asked again when it says so") {
  TransportRig rig({Busy(seconds(7)), Busy({}), JsonAnswer(200, "{}")});
  CHECK(rig.transport->Send(TransportRig::Of("PUT", "/enrollments/a")));
  CHECK(rig.waits == std::vector<seconds>{seconds(7), seconds(2)});
  CHECK(rig.client->requests.size() == 3);
}

TEST_CASE("network_transport: patience with a busy service has an end") {
  TransportRig rig({Busy(seconds(1)), Busy(seconds(1)), Busy(seconds(1)),
                    Busy(seconds(1)), Busy(seconds(1))});
  CHECK(rig.RefusalOf(TransportRig::Of("GET", "/x")) == "too much");
  CHECK(rig.waits.size() == 4);
  TransportRig hour({Busy(seconds(3600))});
  CHECK(hour.RefusalOf(TransportRig::Of("GET", "/x")) == "too much");
  CHECK(hour.waits.empty());
}

TEST_CASE("network_transport: who is not there, or not trusted, is named") {
  TransportRig gone(
      {Fail(Errc::kUnavailable, "could not connect: Connection refused")});
  CHECK(gone.RefusalOf(TransportRig::Of("GET", "/x")) ==
        "dps.example:8444: could not connect: Connection refused");
  TransportRig stranger(
      {Fail(Errc::kUnavailable,
            "the server's certificate is not trusted: self-signed")});
  CHECK(stranger.RefusalOf(TransportRig::Of("GET", "/x"))
            .ends_with("; --login-ca-file names the CA to trust"));
}

TEST_CASE("network_transport: what is no answer of a DPS is not believed") {
  for (const std::string body :
       {"<html>", "", "{", "[1]]", R"({"a":1}})", "\"a\nb\"", "]["}) {
    HttpAnswer page{.status = 200,
                    .body = body,
                    .retry_after = {},
                    .headers = {{"content-type", kJson}}};
    TransportRig rig({page});
    CHECK(rig.Get().has_value() == body.empty());
    page.headers["content-type"] = "text/html";
    TransportRig other({page});
    CHECK(other.Get().has_value() == body.empty());
    page.status = 404;
    TransportRig missing({page});
    CHECK(missing.RefusalOf(TransportRig::Of("GET", "/x")) ==
          "dps.example:8444 answered HTTP 404, and not as a DPS does");
  }
  TransportRig hostile({JsonAnswer(400, R"({"message":"a\u001b[2J"})")});
  CHECK(hostile.RefusalOf(TransportRig::Of("GET", "/x")) == "a\\x1b[2J");
}

TEST_CASE("network_transport: a header cannot bring another one along") {
  TransportRig rig({});
  Request request = TransportRig::Of("GET", "/x");
  request.headers["If-Match"] = "a\r\nX: y";
  CHECK(rig.RefusalOf(request) == "If-Match cannot have line ends");
}

}  // namespace dps
