// SPDX-License-Identifier: Apache-2.0
// The webhooks of docs/examples do what docs/custom-allocation.md says of them.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "core/allocation/webhook_caller.h"
#include "core/http/curl_client.h"
#include "tests/support/child_process.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

constexpr const char* kKey = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // base64
constexpr const char* kFromTheSouth =
    R"({"enrollmentGroup":{},"deviceRuntimeContext":{"registrationId":"d1",)"
    R"("payload":{"site":"south"}},"linkedHubs":["north.hub.example",)"
    R"("south.hub.example"]})";

class Example {
 public:
  Example(const std::string& program, const std::string& file,
          const std::string& key) {
    auto child = ChildProcess::Start(
        {.argv = {program, DPS_SOURCE_DIR "/docs/examples/" + file},
         .environment = {"PORT=0", "HOOK_KEY=" + key}});
    REQUIRE_MESSAGE(child, child.error().message);
    child_ = *std::move(child);
    REQUIRE_MESSAGE(child_->WaitForText("\n"), child_->err());
    const std::string out = child_->out();
    const std::size_t colon = out.find(':');
    url_ = "http://127.0.0.1" + out.substr(colon, out.find('\n') - colon);
  }

  Result<WebhookAnswer> Ask(const std::string& key, const Clock& clock,
                            const std::string& body = kFromTheSouth) const {
    std::promise<Result<WebhookAnswer>> told;  // outlives who may still tell
    WebhookCaller caller(std::make_unique<CurlClient>(HttpClientOptions{
                             .timeout = kPatience, .private_targets = true}),
                         clock);
    caller.Call(
        {.scope = Scope("0ne1"),
         .url = url_,
         .body = body,
         .signing_key = Base64Decode(key).value(),
         .webhook_id = "4.0123456789abcdef.x"},
        [&](const Result<WebhookAnswer>& answer) { told.set_value(answer); });
    auto answer = told.get_future();
    REQUIRE(answer.wait_for(2 * kPatience) == std::future_status::ready);
    return answer.get();
  }

 private:
  std::unique_ptr<ChildProcess> child_;
  std::string url_;
};

void ForEachExample(const std::string& key,
                    const std::function<void(const Example&)>& check) {
  for (const auto& example :
       {std::pair{"python3", "webhook.py"}, {"node", "webhook.mjs"}}) {
    CAPTURE(example.second);
    check(Example(example.first, example.second, key));
  }
}

}  // namespace

TEST_CASE("webhook_examples: a device is sent to the hub of its site") {
  const SystemClock clock;
  ForEachExample("", [&](const Example& example) {
    const auto answer = example.Ask("", clock);
    REQUIRE_MESSAGE(answer, answer.error().message);
    CHECK(answer->hub.text() == "south.hub.example");
    CHECK(answer->payload_json == R"({"welcome":"d1"})");
    CHECK(answer->initial_twin_json == R"({"tags":{"site":"south"}})");
  });
}

TEST_CASE("webhook_examples: a device of no site is sent to the first hub") {
  const SystemClock clock;
  ForEachExample("", [&](const Example& example) {
    const auto answer = example.Ask(
        "", clock,
        R"({"deviceRuntimeContext":{"registrationId":"d1"},)"
        R"("linkedHubs":["north.hub.example","south.hub.example"]})");
    REQUIRE_MESSAGE(answer, answer.error().message);
    CHECK(answer->hub.text() == "north.hub.example");
    CHECK(answer->payload_json.empty());
  });
}

TEST_CASE(
    "webhook_examples: with a key, only what it signed lately is answered") {
  const SystemClock now;
  FakeClock long_ago;
  long_ago.Advance(std::chrono::hours(-24 * 3650));
  ForEachExample(kKey, [&](const Example& example) {
    CHECK(example.Ask(kKey, now));
    for (const auto& refused :
         {example.Ask("", now), example.Ask(Base64Encode("another"), now),
          example.Ask(kKey, long_ago)}) {
      REQUIRE_FALSE(refused);
      CHECK(refused.error().message.ends_with("answered HTTP 401"));
    }
  });
}

}  // namespace dps
