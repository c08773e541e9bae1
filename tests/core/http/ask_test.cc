// SPDX-License-Identifier: Apache-2.0
#include "core/http/ask.h"

#include <doctest/doctest.h>

#include <future>
#include <utility>

#include "core/http/curl_client.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

HttpRequest BareRequestTo(const std::string& url) {
  return {.target = *HttpTarget::Parse(url), .headers = {}, .body = "{}"};
}

std::unique_ptr<CurlClient> Client() {
  return std::make_unique<CurlClient>(
      HttpClientOptions{.timeout = 3 * kPatience, .private_targets = true});
}

}  // namespace

TEST_CASE("ask: the answer or the error of the client is returned") {
  auto server = WebhookServer::Start();
  REQUIRE(server);
  const auto client = Client();
  const auto answer =
      Ask(*client, BareRequestTo((*server)->Url("/body?text=hello")), {});
  REQUIRE(answer);
  CHECK(answer->body == "hello");
  const auto failed = Ask(*client, BareRequestTo((*server)->Url("/cut")), {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message ==
        "the connection broke before the answer was whole");
}

TEST_CASE("ask: a stop ends the wait for one who never answers") {
  auto server = WebhookServer::Start();
  REQUIRE(server);
  const auto client = Client();
  std::stop_source stop;
  auto answer = std::async(std::launch::async, [&] {
    return Ask(*client, BareRequestTo((*server)->Url("/hang")),
               stop.get_token());
  });
  REQUIRE((*server)->WaitForRequests(1));
  stop.request_stop();
  REQUIRE(answer.wait_for(kPatience) == std::future_status::ready);
  const auto result = answer.get();
  REQUIRE_FALSE(result);
  CHECK(result.error() == Error{Errc::kUnavailable, "the service is stopping"});
}

TEST_CASE("ask: after a stop nobody is asked") {
  FakeHttpClient client;
  std::stop_source stop;
  stop.request_stop();
  const auto answer =
      Ask(client, BareRequestTo("http://localhost/"), stop.get_token());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::kUnavailable);
  CHECK(client.requests.empty());
}

TEST_CASE("ask: an answer that comes after the stop harms nobody") {
  FakeHttpClient client;
  std::stop_source stop;
  auto answer = std::async(std::launch::async, [&] {
    return Ask(client, BareRequestTo("http://localhost/"), stop.get_token());
  });
  stop.request_stop();
  REQUIRE(answer.wait_for(kPatience) == std::future_status::ready);
  REQUIRE_FALSE(answer.get());
  if (!client.requests.empty()) client.Answer(0, HttpAnswer{200, "late"});
}

}  // namespace dps
