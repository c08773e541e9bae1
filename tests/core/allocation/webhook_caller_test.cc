// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook_caller.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/http/curl_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/sample_documents.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

constexpr const char* kUrl = "https://webhook.example/f?code=s3cret";
constexpr const char* kGoodBody = R"({"iotHubHostName":"hub-1.example"})";

HttpAnswer Good() { return {200, kGoodBody}; }

Result<HttpAnswer> Unreachable() {
  return Fail(Errc::kUnavailable, "could not connect: Connection refused");
}

WebhookCall CallOf(const std::string& url, const std::string& scope = "0ne1") {
  return {.scope = Scope(scope),
          .url = url,
          .body = R"({"a":1})",
          .signing_key = {},
          .webhook_id = "4.ab.cd"};
}

struct CallerRig {
  explicit CallerRig(const WebhookCallerOptions& options = {})
      : client(new FakeHttpClient),
        caller(std::unique_ptr<HttpClient>(client), clock, options) {}

  void Call(const std::string& url = kUrl, const std::string& scope = "0ne1") {
    caller.Call(CallOf(url, scope), [this](Result<WebhookAnswer> answer) {
      answers.push_back(std::move(answer));
    });
  }
  // Calls and answers at once.
  void CallAndAnswer(const Result<HttpAnswer>& answer) {
    Call();
    client->Answer(client->requests.size() - 1, answer);
  }
  void Break() {
    for (int i = 0; i < limits::kWebhookFailuresMax; ++i) {
      CallAndAnswer(Unreachable());
    }
  }
  std::size_t posted() const { return client->requests.size(); }
  std::string LastError() const {
    REQUIRE_FALSE(answers.empty());
    REQUIRE_FALSE(answers.back());
    CHECK(answers.back().error().code == Errc::kWebhookFailed);
    return answers.back().error().message;
  }

  FakeClock clock;
  FakeHttpClient* client;  // the caller's
  WebhookCaller caller;
  std::vector<Result<WebhookAnswer>> answers;
};

std::unique_ptr<HttpClient> RealClient() {
  return std::make_unique<CurlClient>(
      HttpClientOptions{.timeout = kPatience, .private_targets = true});
}

std::vector<std::string> PathsOf(const FakeHttpClient& client) {
  std::vector<std::string> urls;
  for (const HttpRequest& request : client.requests) {
    urls.push_back(request.target.url());
  }
  return urls;
}

}  // namespace

TEST_CASE("webhook_caller: a call is a request, its answer the webhook's") {
  CallerRig rig;
  rig.Call();
  REQUIRE(rig.posted() == 1);
  CHECK(rig.caller.pending() == 1);
  const HttpRequest& request = rig.client->requests[0];
  CHECK(request.target.url() == kUrl);
  CHECK(request.body == R"({"a":1})");
  CHECK(request.headers == std::vector<std::string>{
                               "Content-Type: application/json; charset=utf-8",
                               "Accept: application/json",
                               "webhook-id: 4.ab.cd"});
  rig.client->Answer(0, Good());
  REQUIRE(rig.answers.size() == 1);
  REQUIRE(rig.answers[0]);
  CHECK(rig.answers[0]->hub.text() == "hub-1.example");
  CHECK(rig.caller.pending() == 0);
}

TEST_CASE("webhook_caller: a signature is that of Standard Webhooks") {
  CallerRig rig;
  rig.clock.Advance(std::chrono::sys_seconds(std::chrono::seconds(1614265330)) -
                    kNoon);
  WebhookCall call = CallOf(kUrl);
  call.body = R"({"test": 2432232314})";
  call.webhook_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  call.signing_key = *Base64Decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  rig.caller.Call(std::move(call), [](const Result<WebhookAnswer>&) {});
  const auto& headers = rig.client->requests.at(0).headers;
  for (const char* header :
       {"webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp: 1614265330",
        "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}) {
    CHECK(std::ranges::count(headers, header) == 1);
  }
}

TEST_CASE("webhook_caller: what goes wrong is told with the masked URL") {
  CallerRig rig;
  const std::string webhook = "webhook https://webhook.example/f?**** ";
  for (const auto& [answer, message] :
       {std::pair<Result<HttpAnswer>, std::string>{HttpAnswer{500, "{}"},
                                                   "answered HTTP 500"},
        {HttpAnswer{404, "{}"}, "answered HTTP 404"},
        {HttpAnswer{302, ""}, "answered HTTP 302"},
        {HttpAnswer{199, kGoodBody}, "answered HTTP 199"},
        {HttpAnswer{300, kGoodBody}, "answered HTTP 300"},
        {HttpAnswer{204, ""}, "answered without JSON"},
        {HttpAnswer{200, "{}"}, "answered without an iotHubHostName"},
        {Unreachable(), "failed: could not connect: Connection refused"}}) {
    rig.CallAndAnswer(answer);
    CHECK(rig.LastError() == webhook + message);
  }
}

TEST_CASE("webhook_caller: any status from 200 to 299 may carry the answer") {
  CallerRig rig;
  for (const int status : {200, 201, 299}) {
    rig.CallAndAnswer(HttpAnswer{status, kGoodBody});
    CHECK(rig.answers.back());
  }
}

TEST_CASE("webhook_caller: a URL that is none fails without a request") {
  CallerRig rig;
  rig.Call("ftp://webhook.example/?code=s3cret");
  CHECK(rig.LastError() ==
        "the webhook cannot be called: the URL must start with https:// or "
        "http://");
  CHECK(rig.posted() == 0);
  CHECK(rig.caller.pending() == 0);
}

TEST_CASE(
    "webhook_caller: more calls to a host than allowed wait in their order") {
  CallerRig rig({.calls_per_host = 2});
  for (const char* path : {"/1", "/2", "/3", "/4"}) {
    rig.Call(std::string("https://webhook.example") + path);
  }
  CHECK(rig.posted() == 2);
  CHECK(rig.caller.pending() == 4);
  rig.client->Answer(1, Good());
  rig.client->Answer(0, Good());
  CHECK(PathsOf(*rig.client) ==
        std::vector<std::string>{
            "https://webhook.example/1", "https://webhook.example/2",
            "https://webhook.example/3", "https://webhook.example/4"});
  CHECK(rig.answers.size() == 2);
  CHECK(rig.caller.pending() == 2);
}

TEST_CASE(
    "webhook_caller: a busy host holds up neither others nor other scopes") {
  CallerRig rig({.calls_per_host = 1});
  rig.Call(kUrl);
  rig.Call(kUrl);
  CHECK(rig.posted() == 1);
  rig.Call("https://other.example/f");
  rig.Call("https://webhook.example:8443/f");
  rig.Call(kUrl, "0ne2");
  CHECK(rig.posted() == 4);
}

TEST_CASE("webhook_caller: over the limit of all calls, hosts take turns") {
  CallerRig rig({.calls_max = 1});
  rig.Call("https://a.example/1");
  rig.Call("https://a.example/2");
  rig.Call("https://a.example/3");
  rig.Call("https://b.example/1");
  rig.Call("https://c.example/1");
  for (std::size_t i = 0; i < 5; ++i) {
    REQUIRE(rig.posted() == i + 1);
    rig.client->Answer(i, Good());
  }
  CHECK(PathsOf(*rig.client) ==
        std::vector<std::string>{"https://a.example/1", "https://b.example/1",
                                 "https://c.example/1", "https://a.example/2",
                                 "https://a.example/3"});
}

TEST_CASE("webhook_caller: one more than may wait fails at once") {
  CallerRig rig({.calls_per_host = 1, .waiting_max = 2});
  for (int i = 0; i < 3; ++i) rig.Call();
  CHECK(rig.answers.empty());
  rig.Call();
  CHECK(rig.LastError().ends_with(
      "is not called: too many devices wait for the webhook"));
  CHECK(rig.caller.pending() == 3);
  rig.Call("https://other.example/");  // need not wait
  CHECK(rig.posted() == 2);
}

TEST_CASE(
    "webhook_caller: after five failures calls fail at once with the last") {
  CallerRig rig;
  rig.Break();
  REQUIRE(rig.posted() == 5);
  rig.Call();
  CHECK(rig.posted() == 5);
  CHECK(
      rig.LastError() ==
      "webhook https://webhook.example/f?**** is not called for some seconds, "
      "for it failed 5 times in a row, lately: could not connect: Connection "
      "refused");
  rig.Call("https://other.example/");
  rig.Call(kUrl, "0ne2");
  CHECK(rig.posted() == 7);
}

TEST_CASE(
    "webhook_caller: those who wait for a webhook that fails wait no longer") {
  CallerRig rig({.calls_per_host = 5});
  for (int i = 0; i < 8; ++i) rig.Call();
  rig.Call("https://other.example/");
  REQUIRE(rig.posted() == 6);
  // Each of the first four failures lets another one start.
  for (std::size_t i = 0; i < 3; ++i) rig.client->Answer(i, Unreachable());
  CHECK(rig.posted() == 9);
  for (int i = 0; i < 3; ++i) rig.Call();
  rig.client->Answer(3, HttpAnswer{503, ""});
  CHECK(rig.caller.pending() == 8);
  rig.client->Answer(4, HttpAnswer{503, ""});
  CHECK(rig.answers.size() == 7);  // five failed, two gave up
  CHECK(rig.LastError().ends_with("5 times in a row, lately: HTTP 503"));
  CHECK(rig.caller.pending() == 5);
}

TEST_CASE("webhook_caller: after the pause one call shows whether it is back") {
  CallerRig rig;
  rig.Break();
  rig.clock.Advance(limits::kWebhookPause);
  rig.Call();
  rig.Call();
  CHECK(rig.posted() == 6);
  CHECK(rig.LastError().find("is not called") != std::string::npos);
  rig.client->Answer(5, Good());
  CHECK(rig.answers.back());
  rig.Call();
  CHECK(rig.posted() == 7);
}

TEST_CASE("webhook_caller: a server that says no is not one that is dead") {
  for (const Result<HttpAnswer>& answer :
       {Result<HttpAnswer>(HttpAnswer{404, ""}),
        Result<HttpAnswer>(HttpAnswer{200, "nonsense"}),
        Result<HttpAnswer>(Fail(Errc::kTooLarge, "too large")),
        Result<HttpAnswer>(Fail(Errc::kForbidden, "private"))}) {
    CallerRig rig;
    for (int i = 0; i < 20; ++i) rig.CallAndAnswer(answer);
    CHECK(rig.posted() == 20);
  }
}

TEST_CASE("webhook_caller: a call may be made from within an answer") {
  CallerRig rig({.calls_per_host = 1});
  rig.caller.Call(CallOf(kUrl),
                  [&](const Result<WebhookAnswer>&) { rig.Call(); });
  rig.client->Answer(0, Good());
  REQUIRE(rig.posted() == 2);
  rig.client->Answer(1, Good());
  CHECK(rig.answers.size() == 1);
}

TEST_CASE("webhook_caller: however many hosts fail, the dead are remembered") {
  CallerRig rig;
  rig.Break();
  for (std::size_t i = 0; i < limits::kWebhookHostsMax + 10; ++i) {
    rig.Call("https://h" + std::to_string(i) + ".example/");
    rig.client->Answer(rig.posted() - 1, Unreachable());
  }
  const std::size_t before = rig.posted();
  rig.Call();
  CHECK(rig.posted() == before);
}

TEST_CASE(
    "webhook_caller: with the real client it gets a real webhook's answer") {
  const auto server = WebhookServer::Start();
  REQUIRE(server);
  const FakeClock clock;
  std::promise<Result<WebhookAnswer>> told;  // outlives who may still tell
  WebhookCaller caller(RealClient(), clock);
  caller.Call(
      CallOf((*server)->Url("/ok?hub=hub-2.example")),
      [&](const Result<WebhookAnswer>& answer) { told.set_value(answer); });
  auto future = told.get_future();
  REQUIRE(future.wait_for(2 * kPatience) == std::future_status::ready);
  const auto answer = future.get();
  REQUIRE(answer);
  CHECK(answer->hub.text() == "hub-2.example");
}

TEST_CASE(
    "webhook_caller: an answer too many is not taken for the next device's") {
  const auto server = WebhookServer::Start();
  REQUIRE(server);
  const FakeClock clock;
  WebhookCaller caller(RealClient(), clock, {.calls_per_host = 1});
  for (const std::string hub : {"hub-1.example", "hub-2.example"}) {
    std::promise<Result<WebhookAnswer>> told;
    auto answer = told.get_future();
    caller.Call(
        CallOf((*server)->Url("/again?hub=" + hub)),
        [&](Result<WebhookAnswer> given) { told.set_value(std::move(given)); });
    REQUIRE(answer.wait_for(2 * kPatience) == std::future_status::ready);
    const auto given = answer.get();
    REQUIRE(given);
    CHECK(given->hub.text() == hub);
  }
}

TEST_CASE("webhook_caller: it may end while answers arrive and calls wait") {
  constexpr int kCalls = 40;
  const auto server = WebhookServer::Start();
  REQUIRE(server);
  const FakeClock clock;
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> told = 0;
    std::promise<void> first;
    auto answered = first.get_future();
    {
      WebhookCaller caller(RealClient(), clock, {.calls_per_host = 8});
      for (int i = 0; i < kCalls; ++i) {
        caller.Call(CallOf((*server)->Url("/ok?hub=hub-2.example")),
                    [&](const Result<WebhookAnswer>&) {
                      if (told++ == 0) first.set_value();
                    });
      }
      REQUIRE(answered.wait_for(2 * kPatience) == std::future_status::ready);
    }
    CHECK(told <= kCalls);
  }
}

TEST_CASE(
    "webhook_caller: answers that come when it ends tell and start nothing") {
  // Answers all when it is destroyed, as the real one's thread may.
  class AnsweringAtItsEnd final : public HttpClient {
   public:
    explicit AnsweringAtItsEnd(int& posted) : posted_(posted) {}
    ~AnsweringAtItsEnd() override {
      for (const Done& done : dones_) done(Good());
    }
    void Post(HttpRequest /*request*/, Done done) override {
      ++posted_;
      dones_.push_back(std::move(done));
    }

   private:
    int& posted_;
    std::vector<Done> dones_;
  };
  int posted = 0;
  int told = 0;
  {
    const FakeClock clock;
    WebhookCaller caller(std::make_unique<AnsweringAtItsEnd>(posted), clock,
                         {.calls_per_host = 2});
    for (int i = 0; i < 5; ++i) {
      caller.Call(CallOf(kUrl), [&](const Result<WebhookAnswer>&) { ++told; });
    }
  }
  CHECK(posted == 2);
  CHECK(told == 0);
}

}  // namespace dps
