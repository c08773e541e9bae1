// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/http_server.h"

#include <doctest/doctest.h>

#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "core/base/json.h"
#include "core/http/ask.h"
#include "core/http/curl_client.h"
#include "tests/apps/dps_service/http_rig.h"

namespace dps {
namespace {

TEST_CASE("http_server: a request arrives as it was sent, its reply too") {
  HttpCall seen;
  HttpRig rig({}, [&](const HttpCall& call) {
    seen = call;
    return HttpReply{
        .status = 202, .headers = {{"Retry-After", "3"}}, .body = "later"};
  });
  RawClient client(rig.Tls());
  const auto reply = client.Ask(
      "PUT /enrollments/dev%3A1?api-version=2021-10-01&x=%20 HTTP/1.1\r\n"
      "Host: h:8444\r\nIf-Match:  \"*\" \r\nContent-Length: 4\r\n\r\nbody");
  CHECK(reply.status == 202);
  CHECK(reply.headers.at("Retry-After") == "3");
  CHECK(reply.headers.contains("Date"));
  CHECK(reply.body == "later");
  CHECK(seen.method == "PUT");
  CHECK(seen.path == "/enrollments/dev%3A1");
  CHECK(seen.query.at("api-version") == "2021-10-01");
  CHECK(seen.query.at("x") == " ");
  CHECK(seen.headers.at("host") == "h:8444");
  CHECK(seen.headers.at("if-match") == "\"*\"");
  CHECK(seen.body == "body");
  CHECK(seen.peer_address == "127.0.0.1");
  CHECK(seen.client_certificates.empty());
}

TEST_CASE("http_server: a connection serves one request after the other") {
  const HttpRig rig;
  RawClient client(rig.Tls());
  CHECK(client.Ask(kGet).body == "GET /a: ");
  CHECK(client.Ask("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
            .body == "POST /b: x");
  CHECK(client.Ask("GET /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .body == "GET /c: ");
  CHECK(client.IsClosed());
}

TEST_CASE("http_server: requests sent in one go are answered in their order") {
  const HttpRig rig;
  RawClient client(rig.Tls());
  client.Send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
      "DELETE /3 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.Receive().body == "GET /1: ");
  CHECK(client.Receive().body == "POST /2: abc");
  CHECK(client.Receive().body == "DELETE /3: ");
}

TEST_CASE("http_server: a body in chunks is one body") {
  const HttpRig rig;
  RawClient client(rig.Tls());
  client.Send(
      "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n");
  client.Send("2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n");
  CHECK(client.Receive().body == "POST /a: abcde");
  CHECK(client.Ask(kGet).body == "GET /a: ");
}

TEST_CASE("http_server: empty replies say so, but for 204") {
  const HttpRig rig({}, [](const HttpCall& call) {
    return HttpReply{.status = std::stoi(call.path.substr(1))};
  });
  RawClient client(rig.Tls());
  for (const char* status : {"200", "202", "401", "204", "304"}) {
    CAPTURE(status);
    const auto reply = client.Ask("GET /" + std::string(status) +
                                  " HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(std::to_string(reply.status) == status);
    const bool says_zero = reply.headers.contains("Content-Length") &&
                           reply.headers.at("Content-Length") == "0";
    if (reply.status == 204) {
      CHECK_FALSE(reply.headers.contains("Content-Length"));
    } else if (reply.status != 304) {
      CHECK(says_zero);
    }
    CHECK_FALSE(reply.headers.contains("Transfer-Encoding"));
  }
}

TEST_CASE("http_server: HEAD and OPTIONS are the handler's") {
  const HttpRig rig;
  RawClient client(rig.Tls());
  client.Send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.Receive(false);
  CHECK(head.status == 200);
  CHECK(head.headers.at("Content-Length") == "9");
  CHECK(client.Ask("OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n").body ==
        "OPTIONS /a: ");
}

TEST_CASE("http_server: our own client is served") {
  const HttpRig rig;
  CurlClient client({.timeout = kPatience,
                     .ca_file = rig.ca.ca_file,
                     .private_targets = true});
  std::promise<Result<HttpAnswer>> told;
  const std::string body(50'000, 'x');
  client.Post({.target = *HttpTarget::Parse(
                   "https://127.0.0.1:" + std::to_string(rig.server->port()) +
                   "/a?b=c"),
               .headers = {"Content-Type: application/json"},
               .body = body},
              [&](Result<HttpAnswer> answer) { told.set_value(answer); });
  const auto answer = told.get_future().get();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.starts_with("POST /a?b=c: xxx"));
}

TEST_CASE("http_server: its own errors look like those of DPS") {
  const HttpRig rig;
  RawClient client(rig.Tls());
  const auto reply = client.Ask("GET /a%zz HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(reply.status == 400);
  CHECK(reply.headers.at("Content-Type") == "application/json; charset=utf-8");
  CHECK(reply.headers.at("x-ms-error-code") == "400002");
  const auto body = JsonDocument::ParseObject(reply.body);
  REQUIRE(body);
  CHECK(body->root().String("trackingId") ==
        reply.headers.at("x-ms-request-id"));
  CHECK(reply.body.find("\"errorCode\":400002") != reply.body.npos);
  CHECK(rig.log.Holds(reply.headers.at("x-ms-request-id")));
  CHECK(client.IsClosed());
}

TEST_CASE("http_server: a handler's exception is a 500 that tells nothing") {
  const HttpRig rig({}, [](const HttpCall& call) -> HttpReply {
    if (call.path == "/odd") throw 1;
    throw std::runtime_error("secret cause");
  });
  RawClient client(rig.Tls());
  const auto reply = client.Ask(kGet);
  CHECK(reply.status == 500);
  CHECK(reply.headers.at("x-ms-error-code") == "500000");
  CHECK(reply.body.find("secret") == reply.body.npos);
  CHECK(rig.log.Holds("GET /a: secret cause; tracking id " +
                      reply.headers.at("x-ms-request-id")));
  CHECK(client.Ask("GET /odd HTTP/1.1\r\nHost: h\r\n\r\n").status == 500);
}

TEST_CASE("http_server: a reply with a header nobody can send is a 500") {
  const HttpRig rig({}, [](const HttpCall&) {
    return HttpReply{.headers = {{"X", "a\r\nSet-Cookie: b"}}};
  });
  RawClient client(rig.Tls());
  const auto reply = client.Ask(kGet);
  CHECK(reply.status == 500);
  CHECK_FALSE(reply.headers.contains("Set-Cookie"));
}

TEST_CASE("http_server: who is being answered at the stop gets the reply") {
  std::promise<void> entered;
  std::promise<void> released;
  HttpRig rig({}, [&](const HttpCall&) {
    entered.set_value();
    released.get_future().wait();
    return HttpReply{.body = "done"};
  });
  RawClient idle(rig.Tls());
  RawClient busy(rig.Tls());
  busy.Send(kGet);
  entered.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { rig.server.reset(); });
  CHECK(idle.IsClosed());
  released.set_value();
  const auto reply = busy.Receive();
  CHECK(reply.body == "done");
  CHECK(reply.headers.at("Connection") == "close");
  stopped.get();
}

TEST_CASE("http_server: a stop waits no longer than told for a slow reader") {
  HttpRig rig({.stop_patience = std::chrono::milliseconds(50)},
              [](const HttpCall&) {
                return HttpReply{.body = std::string(50'000'000, 'x')};
              });
  RawClient client(rig.Tls());
  client.Send(kGet);
  const auto start = std::chrono::steady_clock::now();
  rig.server.reset();
  CHECK(std::chrono::steady_clock::now() - start < kPatience);
}

TEST_CASE("http_server: a port that is taken is named") {
  const HttpRig rig;
  HttpServerOptions options = rig.options;
  options.port = rig.server->port();
  FakeLog log;
  const auto second = HttpServer::Start(options, Echo, log);
  REQUIRE_FALSE(second);
  CHECK(second.error().message == "cannot listen on 127.0.0.1 port " +
                                      std::to_string(options.port) +
                                      ": Address already in use");
}

TEST_CASE("http_server: an address that is none is named") {
  const HttpRig rig;
  HttpServerOptions options = rig.options;
  options.address = "localhost";
  FakeLog log;
  const auto second = HttpServer::Start(options, Echo, log);
  REQUIRE_FALSE(second);
  CHECK(second.error().message ==
        "cannot listen on localhost port 0: no IPv4 or IPv6 address");
}

TEST_CASE("http_server: it listens at IPv6 too") {
  HttpRig rig;
  HttpServerOptions options = rig.options;
  options.address = "::1";
  const auto second = HttpServer::Start(options, Echo, rig.log);
  REQUIRE_MESSAGE(second, (second ? "" : second.error().message));
  CHECK((*second)->port() != 0);
}

}  // namespace
}  // namespace dps
