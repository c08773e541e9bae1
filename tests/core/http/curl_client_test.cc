// SPDX-License-Identifier: Apache-2.0
#include "core/http/curl_client.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/http/ask.h"
#include "tests/support/loopback_ports.h"
#include "tests/support/patience.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

using std::chrono::milliseconds;
using Answer = Result<HttpAnswer>;

// Where a time-out is not what is tested.
HttpClientOptions Patient() {
  return {.timeout = kPatience, .private_targets = true};
}

HttpClientOptions Hasty() {
  return {.timeout = milliseconds(300), .private_targets = true};
}

std::unique_ptr<WebhookServer> Serve(WebhookServerOptions options = {}) {
  auto server = WebhookServer::Start(std::move(options));
  REQUIRE_MESSAGE(server, (server ? "" : server.error().message));
  return *std::move(server);
}

HttpRequest JsonRequestTo(const std::string& url) {
  return {.target = *HttpTarget::Parse(url),
          .headers = {"Content-Type: application/json"},
          .body = "{\"a\":1}"};
}

std::future<Answer> Ask(HttpClient& client, const std::string& url) {
  auto told = std::make_shared<std::promise<Answer>>();
  client.Post(JsonRequestTo(url),
              [told](Answer answer) { told->set_value(std::move(answer)); });
  return told->get_future();
}

Answer Take(std::future<Answer>& answer) {
  if (answer.wait_for(2 * kPatience) == std::future_status::ready) {
    return answer.get();
  }
  return Fail(Errc::kInternal, "the client never calls back");
}

Answer AskOnce(const std::string& url, HttpClientOptions options = Patient()) {
  CurlClient client(std::move(options));
  auto answer = Ask(client, url);
  return Take(answer);
}

void CheckFails(const Answer& answer, Errc code, std::string_view reason) {
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == code);
  INFO(answer.error().message);
  CHECK(answer.error().message.find(reason) != std::string::npos);
}

// Lets the kernel accept connections and never says a word.
class SilentListener {
 public:
  SilentListener() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(socket_, generic, size) == 0);
    REQUIRE(listen(socket_, 8) == 0);
    REQUIRE(getsockname(socket_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentListener() { close(socket_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  std::string port() const { return std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("curl_client: a request is a POST of the body with its headers") {
  const auto server = Serve();
  const Answer answer = AskOnce(server->Url("/ok?hub=h.example"));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == R"({"iotHubHostName": "h.example"})");
  REQUIRE(server->WaitForRequests(1));
  const auto requests = server->requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].path == "/ok?hub=h.example");
  CHECK(requests[0].body == R"({"a":1})");
  CHECK(requests[0].Header("Content-Type") == "application/json");
  CHECK(requests[0].Header("User-Agent") == "mosquitto-dps");
  CHECK(requests[0].Header("Content-Length") == "7");
  for (const char* name : {"Expect", "Accept-Encoding", "Cookie"}) {
    CHECK(requests[0].Header(name).empty());
  }
}

TEST_CASE("curl_client: any status is an answer, and no redirect is followed") {
  const auto server = Serve();
  for (const int status : {201, 204, 304, 400, 401, 404, 500, 503}) {
    const auto answer =
        AskOnce(server->Url("/status/" + std::to_string(status)));
    REQUIRE(answer);
    CHECK(answer->status == status);
  }
  const auto answer = AskOnce(server->Url("/redirect"));
  REQUIRE(answer);
  CHECK(answer->status == 302);
  REQUIRE(server->WaitForRequests(9));
  CHECK(server->requests().size() == 9);
}

TEST_CASE("curl_client: a connection is used again, cookies are not") {
  const auto server = Serve();
  CurlClient client(Patient());
  for (int i = 0; i < 3; ++i) {
    auto answer = Ask(client, server->Url("/cookie"));
    REQUIRE(Take(answer));
  }
  REQUIRE(server->WaitForRequests(3));
  const auto requests = server->requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[2].port == requests[0].port);
  CHECK(requests[2].Header("Cookie").empty());
}

TEST_CASE("curl_client: a request that wants it has a connection of its own") {
  const auto server = Serve();
  CurlClient client(Patient());
  for (const bool own : {false, true, false}) {
    HttpRequest request = JsonRequestTo(server->Url("/ok"));
    request.own_connection = own;
    CHECK(Ask(client, std::move(request), {}));
  }
  REQUIRE(server->WaitForRequests(3));
  const auto requests = server->requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[1].port != requests[0].port);
  CHECK(requests[2].port == requests[0].port);
}

TEST_CASE("curl_client: every method is sent as it is called") {
  const auto server = Serve();
  CurlClient client(Patient());
  for (const auto& [method, body] : {std::pair{HttpMethod::kGet, ""},
                                     {HttpMethod::kDelete, ""},
                                     {HttpMethod::kDelete, "a"},
                                     {HttpMethod::kPut, "b"},
                                     {HttpMethod::kPut, ""},
                                     {HttpMethod::kPost, ""}}) {
    HttpRequest request = JsonRequestTo(server->Url("/ok"));
    request.method = method;
    request.body = body;
    CHECK(Ask(client, std::move(request), {}));
    const auto seen = server->requests().back();
    CHECK(seen.method == NameOf(method));
    CHECK(seen.body == body);
    const bool bare = seen.body.empty() && (method == HttpMethod::kGet ||
                                            method == HttpMethod::kDelete);
    CHECK(seen.Header("Content-Length").empty() == bare);
  }
}

TEST_CASE("curl_client: a server says how long it wants to be left alone") {
  const auto server = Serve();
  CurlClient client(Patient());
  const auto retry_after = [&](const std::string& value) {
    const auto answer = Ask(
        client, JsonRequestTo(server->Url("/retry-after?value=" + value)), {});
    REQUIRE(answer);
    return answer->retry_after;
  };
  CHECK(retry_after("7") == std::chrono::seconds(7));
  const auto by_date = retry_after("Fri,%2031%20Dec%202100%2023:59:59%20GMT");
  REQUIRE(by_date);
  CHECK(*by_date > std::chrono::hours(24 * 365 * 50));
  for (const char* value :
       {"", "0", "-1", "soon", "Fri,%2031%20Dec%201999%2023:59:59%20GMT"}) {
    CAPTURE(value);
    CHECK_FALSE(retry_after(value));
  }
}

TEST_CASE("curl_client: a request's own CA file counts for it alone") {
  const auto server = Serve({.tls = true});
  CurlClient client(Patient());
  HttpRequest request = JsonRequestTo(server->Url("/ok"));
  request.ca_file = server->ca_file();
  CHECK(Ask(client, request, {}));
  request.ca_file.clear();
  CheckFails(Ask(client, request, {}), Errc::kUnavailable,
             "the server's certificate is not trusted");
}

TEST_CASE("curl_client: many requests are under way at the same time") {
  const auto server = Serve();
  CurlClient client(Patient());
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 100; ++i) {
    answers.push_back(Ask(client, server->Url("/together/100")));
  }
  for (auto& answer : answers) CHECK(Take(answer));
}

TEST_CASE("curl_client: one who waits does not hold up the others") {
  const auto server = Serve();
  CurlClient client(Patient());
  auto waiting = Ask(client, server->Url("/hang"));
  REQUIRE(server->WaitForRequests(1));
  auto quick = Ask(client, server->Url("/ok"));
  CHECK(Take(quick));
  CHECK(waiting.wait_for(milliseconds(0)) == std::future_status::timeout);
}

TEST_CASE("curl_client: the next request may be posted from a call back") {
  const auto server = Serve();
  std::promise<Answer> told;  // outlives who may still tell
  CurlClient client(Patient());
  const HttpRequest request{.target = *HttpTarget::Parse(server->Url("/ok")),
                            .headers = {},
                            .body = "{}"};
  client.Post(request, [&](const Answer&) {
    client.Post(request, [&](const Answer& answer) { told.set_value(answer); });
  });
  auto second = told.get_future();
  CHECK(Take(second));
}

TEST_CASE("curl_client: whatever a call back throws, the next is answered") {
  const auto server = Serve();
  CurlClient client(Patient());
  client.Post({.target = *HttpTarget::Parse(server->Url("/ok")),
               .headers = {},
               .body = "{}"},
              [](const Answer&) { throw std::bad_alloc(); });
  REQUIRE(server->WaitForRequests(1));
  auto next = Ask(client, server->Url("/ok"));
  CHECK(Take(next));
}

TEST_CASE("curl_client: a request that libcurl refuses fails at once") {
  HttpClientOptions options = Patient();
  // More than libcurl takes for any text.
  options.ca_file = std::string(std::size_t{9} * 1024 * 1024, 'a');
  CurlClient client(std::move(options));
  for (int i = 0; i < 2; ++i) {
    auto answer = Ask(client, "http://127.0.0.1:1/");
    CheckFails(Take(answer), Errc::kUnavailable, "could not be set up: ");
  }
}

TEST_CASE("curl_client: the end gives up what is under way without a word") {
  const auto server = Serve();
  bool called = false;
  {
    CurlClient client(Patient());
    client.Post({.target = *HttpTarget::Parse(server->Url("/hang")),
                 .headers = {},
                 .body = "{}"},
                [&](const Answer&) { called = true; });
    REQUIRE(server->WaitForRequests(1));
  }
  CHECK_FALSE(called);
}

TEST_CASE("curl_client: whoever is silent or too slow is cut off in time") {
  const auto server = Serve();
  const SilentListener silent;
  for (const std::string& url :
       {server->Url("/hang"), server->Url("/drip?pause=0.05"),
        "http://127.0.0.1:" + silent.port() + "/",
        "https://127.0.0.1:" + silent.port() + "/"}) {
    INFO(url);
    const auto begun = std::chrono::steady_clock::now();
    CheckFails(AskOnce(url, Hasty()), Errc::kUnavailable,
               "timed out after 300 ms");
    const auto took = std::chrono::steady_clock::now() - begun;
    CHECK(took >= milliseconds(290));
    CHECK(took < kPatience / 2);
  }
}

TEST_CASE("curl_client: an answer over the limit is broken off at once") {
  const auto server = Serve();
  for (const char* path : {"/huge", "/huge-declared"}) {
    CheckFails(AskOnce(server->Url(path)), Errc::kTooLarge,
               "the answer is larger than 65536 bytes");
  }
  CHECK(server->WaitForLine("gave up"));
  for (const char* path : {"/huge-headers", "/continue"}) {
    CheckFails(AskOnce(server->Url(path)), Errc::kTooLarge,
               "the answer's headers are too large");
  }
}

TEST_CASE("curl_client: an answer may be as large as the limit, not larger") {
  const auto server = Serve();
  const std::string url = server->Url("/body?text=12345678");
  HttpClientOptions options = Patient();
  options.answer_bytes_max = 8;
  REQUIRE(AskOnce(url, options));
  CHECK(AskOnce(url, options)->body == "12345678");
  options.answer_bytes_max = 7;
  CheckFails(AskOnce(url, options), Errc::kTooLarge, "larger than 7 bytes");
}

TEST_CASE("curl_client: what is compressed unasked comes as it is") {
  const auto server = Serve();
  const auto answer = AskOnce(server->Url("/gzip"));
  REQUIRE(answer);
  CHECK(answer->body.starts_with("\x1f\x8b"));
}

TEST_CASE("curl_client: a server that breaks off or talks nonsense is named") {
  const auto server = Serve();
  for (const auto& [path, reason] :
       {std::pair{"/close", "closed the connection without an answer"},
        {"/cut", "broke before the answer was whole"},
        {"/garbage", "is not HTTP/1.1"}}) {
    CheckFails(AskOnce(server->Url(path)), Errc::kUnavailable, reason);
  }
  REQUIRE(server->WaitForRequests(3));
  CHECK(server->requests().size() == 3);  // what was sent is not sent again
}

TEST_CASE("curl_client: without anybody there, the reason is the system's") {
  const std::string port = std::to_string(FreeLoopbackPorts(1).front());
  CheckFails(AskOnce("http://127.0.0.1:" + port + "/?code=s3cret"),
             Errc::kUnavailable, "could not connect: Connection refused");
  // A label of a name has 63 characters at most, so nobody is asked for it.
  const std::string host = std::string(64, 'a') + ".example";
  CheckFails(AskOnce("http://" + host + "/?code=s3cret"), Errc::kUnavailable,
             "could not resolve host " + host);
}

TEST_CASE("curl_client: TLS is spoken with a server whose CA is trusted") {
  const auto server = Serve({.tls = true});
  HttpClientOptions options = Patient();
  options.ca_file = server->ca_file();
  CHECK(AskOnce(server->Url("/ok"), options));
}

TEST_CASE("curl_client: no request goes to a server that is not trusted") {
  const auto server = Serve({.tls = true});
  CheckFails(AskOnce(server->Url("/ok")), Errc::kUnavailable,
             "the server's certificate is not trusted");
  const auto other = Serve({.tls = true, .address = "127.0.0.9"});
  HttpClientOptions options = Patient();
  options.ca_file = other->ca_file();
  CheckFails(AskOnce(other->Url("/ok"), options), Errc::kUnavailable,
             "the server's certificate is not trusted");
  CHECK(server->requests().empty());
  CHECK(other->requests().empty());
}

TEST_CASE("curl_client: a CA file that cannot be read trusts nobody") {
  const auto server = Serve({.tls = true});
  HttpClientOptions options = Patient();
  options.ca_file = "/no/such/file.pem";
  CheckFails(AskOnce(server->Url("/ok"), options), Errc::kInvalidArgument,
             "cannot read the CA file /no/such/file.pem");
}

TEST_CASE("curl_client: a connection that was not made is tried once more") {
  const auto server = Serve({.tls = true, .drop_first_connection = true});
  HttpClientOptions options = Patient();
  options.ca_file = server->ca_file();
  CHECK(AskOnce(server->Url("/ok"), options));
  CHECK(server->WaitForLine("dropped"));
  REQUIRE(server->WaitForRequests(1));
  CHECK(server->requests().size() == 1);
}

TEST_CASE("curl_client: what was sent to one that hangs up is sent once") {
  const auto server = Serve({.drop_first_connection = true});
  CheckFails(AskOnce(server->Url("/ok")), Errc::kUnavailable, "");
  CHECK(server->requests().empty());
}

TEST_CASE("curl_client: private addresses are refused by name and number") {
  const auto server = Serve();
  const std::string url = server->Url("/ok");
  const std::string port = url.substr(url.rfind(':'));
  for (const auto& row :
       {std::pair{"127.0.0.1", "127.0.0.1 is a private address"},
        {"localhost", "is a private address"},
        {"127.1", "127.0.0.1 is a private address"},
        {"2130706433", "127.0.0.1 is a private address"},
        {"[::ffff:127.0.0.1]", "127.0.0.1 is a private address"},
        {"0.0.0.0", "0.0.0.0 is a private address"}}) {
    INFO(row.first);
    CheckFails(AskOnce("http://" + std::string(row.first) + port,
                       {.timeout = kPatience}),
               Errc::kForbidden, row.second);
  }
  CHECK(server->requests().empty());
}

TEST_CASE("curl_client: a proxy of the environment is not used") {
  const auto server = Serve();
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) {
    setenv(name, "http://127.0.0.1:1", 1);  // NOLINT(concurrency-mt-unsafe)
  }
  CHECK(AskOnce(server->Url("/ok")));
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) {
    unsetenv(name);  // NOLINT(concurrency-mt-unsafe)
  }
}

}  // namespace dps
