// SPDX-License-Identifier: Apache-2.0
// Clients that send too much, too slowly, or two things at once.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <list>
#include <string>

#include "tests/apps/dps_service/http_rig.h"

namespace dps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string Post(const std::string& headers) {
  return "POST /a HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}

HttpServerOptions Hasty() {
  return {.idle_timeout = seconds(60), .request_deadline = milliseconds(300)};
}

TEST_CASE("http_server: a request with two meanings is refused and the end") {
  std::atomic<int> calls = 0;
  const HttpRig rig({}, [&](const HttpCall& call) {
    ++calls;
    return Echo(call);
  });
  for (const char* headers :
       {"Authorization: a\r\nAuthorization: b\r\n",
        "If-Match: a\r\nif-match: b\r\n", "Host: other\r\n",
        "Content-Length: 0\r\nContent-Length: 30\r\n",
        "Content-Length: 30\r\nContent-Length: 0\r\n",
        "Content-Length: 30\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n", "Content-Length: -1\r\n",
        "Content-Length: 1x\r\n", "Content-Length:\r\n", "Name : a\r\n",
        "no colon\r\n"}) {
    CAPTURE(headers);
    RawClient client(rig.Tls());
    CHECK(client.Ask(Post(headers) + kGet).status == 400);
    CHECK(client.Receive().status == 0);
  }
  CHECK(calls == 0);
}

TEST_CASE("http_server: what is not HTTP/1 gets an error and the end") {
  const HttpRig rig;
  for (const char* bytes :
       {"GET /a HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n", "\x16\x03\x01\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET https://h/a HTTP/1.1\r\nHost: h\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n",
        "G(T /a HTTP/1.1\r\nHost: h\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    CAPTURE(bytes);
    RawClient client(rig.Tls());
    const int status = client.Ask(bytes).status;
    CHECK((status == 0 || status == 400 || status == 505));
    CHECK(client.Receive().status == 0);
  }
}

TEST_CASE("http_server: a body longer than declared is no second request") {
  const HttpRig rig;
  RawClient client(rig.Tls());
  CHECK(client.Ask(Post("Content-Length: 2\r\n") + "abc\r\n\r\n").body ==
        "POST /a: ab");
  const int status = client.Receive().status;
  CHECK((status == 400 || status == 0));
  CHECK(client.Receive().status == 0);
}

TEST_CASE("http_server: bad chunks are refused") {
  const HttpRig rig;
  for (const char* body :
       {"x\r\n", "-1\r\na\r\n", "2\r\nabc\r\n", "fffffffffffffffff\r\n"}) {
    CAPTURE(body);
    RawClient client(rig.Tls());
    const int status =
        client.Ask(Post("Transfer-Encoding: chunked\r\n") + body).status;
    CHECK((status == 400 || status == 413));
    CHECK(client.Receive().status == 0);
  }
}

TEST_CASE("http_server: headers over the limit are refused") {
  const HttpRig rig({.head_bytes_max = 4096});
  RawClient fine(rig.Tls());
  CHECK(fine.Ask(Post("X: " + std::string(4000, 'x') + "\r\n")).status == 200);
  RawClient large(rig.Tls());
  CHECK(large.Ask(Post("X: " + std::string(4096, 'x') + "\r\n")).status == 413);
  CHECK(large.IsClosed());
  RawClient huge(rig.Tls());
  huge.TrySend(Post("X: " + std::string(100'000, 'x') + "\r\n"));
  const int status = huge.Receive().status;
  CHECK((status == 431 || status == 0));
}

TEST_CASE("http_server: a body over the limit is refused, however declared") {
  const HttpRig rig({.body_bytes_max = 1000});
  const std::string fits(1000, 'x');
  const std::string large(1001, 'x');
  {
    RawClient client(rig.Tls());
    CHECK(client.Ask(Post("Content-Length: 1000\r\n") + fits).status == 200);
  }
  RawClient declared(rig.Tls());
  const auto reply = declared.Ask(Post("Content-Length: 1001\r\n") + large);
  CHECK(reply.status == 413);
  CHECK(reply.headers.at("x-ms-error-code") == "413000");
  CHECK(declared.IsClosed());

  RawClient chunked(rig.Tls());
  CHECK(chunked
            .Ask(Post("Transfer-Encoding: chunked\r\n") + "3e9\r\n" + large +
                 "\r\n0\r\n\r\n")
            .status == 413);
  CHECK(chunked.IsClosed());

  RawClient polite(rig.Tls());
  CHECK(polite.Ask(Post("Content-Length: 1001\r\nExpect: 100-continue\r\n"))
            .status == 413);

  RawClient boundless(rig.Tls());
  CHECK(
      boundless.Ask(Post("Content-Length: 99999999999999999999\r\n")).status ==
      413);
}

TEST_CASE("http_server: how large a body may be depends on its head") {
  const HttpRig rig(
      {.body_bytes_max = 1000, .body_max = [](const HttpCall& head) {
         return head.headers.contains("Let-Me") ? 5000U : 10U;
       }});
  const auto status_of = [&](const std::string& headers, std::size_t size) {
    RawClient client(rig.Tls());
    const std::string length =
        "Content-Length: " + std::to_string(size) + "\r\n";
    return client.Ask(Post(headers + length) + std::string(size, 'x')).status;
  };
  CHECK(status_of("", 10) == 200);
  CHECK(status_of("", 11) == 413);
  CHECK(status_of("Let-Me: in\r\n", 1000) == 200);
  CHECK(status_of("Let-Me: in\r\n", 1001) == 413);
  RawClient chunked(rig.Tls());
  CHECK(chunked
            .Ask(Post("Transfer-Encoding: chunked\r\n") +
                 "b\r\n12345678901\r\n0\r\n\r\n")
            .status == 413);
}

TEST_CASE("http_server: a client that never ends its body is cut off") {
  const HttpRig rig({.body_bytes_max = 1000});
  RawClient client(rig.Tls());
  client.Send(Post("Transfer-Encoding: chunked\r\n"));
  client.Trickle("400\r\n" + std::string(1024, 'x') + "\r\n");
}

TEST_CASE("http_server: all bodies together have a limit, and give back") {
  const HttpRig rig({.body_bytes_max = 1000, .bodies_bytes_max = 1500});
  const std::string body(999, 'x');
  const std::string head = Post("Content-Length: 1000\r\n");
  RawClient first(rig.Tls());
  first.Send(head + body);
  RawClient::Reply reply;
  const SteadyTime end = Deadline();
  while (reply.status != 429 && std::chrono::steady_clock::now() < end) {
    reply = RawClient(rig.Tls()).Ask(head + body + "x");
  }
  CHECK(reply.status == 429);
  CHECK(reply.headers.contains("Retry-After"));
  CHECK(first.Ask("x").status == 200);
  CHECK(RawClient(rig.Tls()).Ask(head + body + "x").status == 200);
}

TEST_CASE("http_server: bytes that trickle in are cut off at the deadline") {
  const HttpRig rig(Hasty());
  RawClient nothing(rig.Tls());
  CHECK(nothing.IsClosed());
  RawClient line(rig.Tls());
  line.Trickle("G");
  RawClient headers(rig.Tls());
  headers.Send("GET /a HTTP/1.1\r\n");
  headers.Trickle("X");
  RawClient body(rig.Tls());
  body.Send(Post("Content-Length: 100000\r\n"));
  body.Trickle("x");
  RawClient chunks(rig.Tls());
  chunks.Send(Post("Transfer-Encoding: chunked\r\n"));
  chunks.Trickle("1\r\nx\r\n");
}

TEST_CASE("http_server: the deadline is each request's own") {
  HttpServerOptions options = Hasty();
  options.idle_timeout = seconds(0);
  const HttpRig rig(options);
  RawClient client(rig.Tls());
  CHECK(client.Ask(kGet).status == 200);
  CHECK(client.Ask(kGet).status == 200);
  client.Trickle("G");
}

TEST_CASE("http_server: a connection without a handshake is closed") {
  const HttpRig rig(Hasty());
  RawClient silent(rig.Tcp());
  CHECK(silent.IsClosed());
  RawClient trickling(rig.Tcp());
  trickling.Send("\x16\x03\x01\x02");
  CHECK(trickling.IsClosed());
}

TEST_CASE("http_server: an idle connection is closed") {
  const HttpRig rig({.idle_timeout = seconds(1)});
  RawClient client(rig.Tls());
  CHECK(client.Ask(kGet).status == 200);
  CHECK(client.IsClosed());
}

TEST_CASE("http_server: who does not take his reply is cut off") {
  const HttpRig rig(
      {.connections_per_address_max = 1, .reply_deadline = milliseconds(300)},
      [](const HttpCall&) {
        return HttpReply{.body = std::string(50'000'000, 'x')};
      });
  RawClient client(rig.Tls());
  client.Send(kGet);
  // His place becomes free.
  const SteadyTime end = Deadline();
  bool served = false;
  while (!served && std::chrono::steady_clock::now() < end) {
    served = OpenStream(rig.Tls(), end).has_value();
  }
  CHECK(served);
}

TEST_CASE("http_server: plain HTTP gets no reply") {
  const HttpRig rig;
  RawClient client(rig.Tcp());
  client.Send(kGet);
  CHECK(client.Receive().status == 0);
}

TEST_CASE("http_server: one address has so many connections and no more") {
  const HttpRig rig({.connections_per_address_max = 2});
  RawClient first(rig.Tls());
  RawClient second(rig.Tls());
  CHECK(first.Ask(kGet).status == 200);
  CHECK(second.Ask(kGet).status == 200);
  CHECK(RawClient(rig.Tcp()).IsClosed());
  CHECK(first.Ask(kGet).status == 200);
}

TEST_CASE("http_server: who finds all connections taken waits for one") {
  const HttpRig rig({.threads = 2, .connections_max = 2});
  std::list<RawClient> served;
  served.emplace_back(rig.Tls());
  served.emplace_back(rig.Tls());
  for (RawClient& client : served) CHECK(client.Ask(kGet).status == 200);
  auto third = std::async(std::launch::async, [&] {
    return OpenStream(rig.Tls(), Deadline()).has_value();
  });
  CHECK(served.back().Ask(kGet).status == 200);
  served.clear();
  CHECK(third.get());
}

TEST_CASE("http_server: quick clients are answered beside many slow ones") {
  const HttpRig rig;
  std::list<RawClient> slow;
  for (int i = 0; i < 50; ++i) {
    slow.emplace_back(rig.Tls()).Send("GET /slow HTTP/1.1\r\nHo");
    slow.emplace_back(rig.Tls()).Send(Post("Content-Length: 9\r\n") + "slow");
  }
  std::list<RawClient> quick;
  for (int i = 0; i < 100; ++i) quick.emplace_back(rig.Tls());
  const auto start = std::chrono::steady_clock::now();
  for (RawClient& client : quick) CHECK(client.Ask(kGet).status == 200);
  const auto took = std::chrono::steady_clock::now() - start;
  MESSAGE("100 requests beside 100 slow clients: "
          << std::chrono::duration_cast<milliseconds>(took).count() << " ms");
  CHECK(took < kPatience);
}

}  // namespace
}  // namespace dps
