// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook_queue.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/sample_documents.h"

namespace dps {
namespace {

using std::chrono::milliseconds;
using Texts = std::vector<std::string>;

constexpr const char* kTooLong =
    "is not called: the device waited too long for its turn";
constexpr const char* kTooMany =
    "is not called: too many devices wait for the webhook";
constexpr const char* kTooMuch =
    "is not called: requests that wait for webhooks take up too much memory";

struct QueueRig {
  explicit QueueRig(const WebhookCallerOptions& options = {})
      : queue(options) {}

  // `scope/host`: "starts", "waits", or why neither.
  std::string Enter(const std::string& who, const std::string& body = "") {
    const std::size_t slash = who.find('/');
    QueuedWebhookCall call{
        .target = *HttpTarget::Parse("http://" + who.substr(slash + 1)),
        .call = {.scope = Scope(who.substr(0, slash)),
                 .url = who,
                 .body = body,
                 .signing_key = {},
                 .webhook_id = ""},
        .done = {}};
    const auto starts = queue.Enter(call, now);
    if (!starts) return starts.error().message;
    if (!*starts) return "waits";
    under_way.push_back(std::move(call));
    return "starts";
  }
  void EnterTimes(int times, const std::string& who) {
    for (int i = 0; i < times; ++i) Enter(who);
  }

  // The oldest call of `who` ends; returns who starts in its place, or "".
  std::string End(const std::string& who, bool failed = false) {
    const auto ended = std::ranges::find_if(
        under_way, [&](const auto& each) { return each.call.url == who; });
    REQUIRE(ended != under_way.end());
    const QueuedWebhookCall call = std::move(*ended);
    under_way.erase(ended);
    WebhookTurn turn = queue.OnEnd(
        call, failed ? std::optional<std::string>("HTTP 500") : std::nullopt,
        now);
    for (const auto& refusal : turn.given_up) {
      given_up.push_back(refusal.reason);
    }
    if (!turn.start) return "";
    under_way.push_back(*std::move(turn.start));
    return under_way.back().call.url;
  }

  WebhookQueue queue;
  SteadyTime now{std::chrono::hours(1)};
  std::vector<QueuedWebhookCall> under_way;
  Texts given_up;
};

}  // namespace

TEST_CASE("webhook_queue: one scope cannot hold all calls that are allowed") {
  QueueRig rig({.calls_per_host = 2, .calls_per_scope = 3, .calls_max = 4});
  CHECK(rig.Enter("s1/a") == "starts");
  CHECK(rig.Enter("s1/a") == "starts");
  CHECK(rig.Enter("s1/a") == "waits");  // of its host
  CHECK(rig.Enter("s1/b") == "starts");
  CHECK(rig.Enter("s1/b") == "waits");  // of its scope
  CHECK(rig.Enter("s2/a") == "starts");
  CHECK(rig.Enter("s2/a") == "waits");  // of all
  CHECK(rig.queue.size() == 7);
}

TEST_CASE("webhook_queue: a scope at its bound is passed over, then served") {
  QueueRig rig({.calls_per_scope = 2, .calls_max = 3});
  rig.EnterTimes(4, "s1/a");
  rig.EnterTimes(3, "s2/a");
  REQUIRE(rig.under_way.size() == 3);
  CHECK(rig.End("s2/a") == "s2/a");  // s1 has its two
  CHECK(rig.End("s1/a") == "s2/a");
  CHECK(rig.End("s1/a") == "s1/a");  // s2 has none that waits
  CHECK(rig.End("s2/a") == "s1/a");
  CHECK(rig.End("s1/a") == "");
}

TEST_CASE(
    "webhook_queue: many servers give a scope no more turns than one does") {
  QueueRig rig({.calls_max = 1});
  rig.Enter("s1/a");
  for (const char* host : {"s1/a", "s1/b", "s1/c"}) rig.EnterTimes(2, host);
  rig.EnterTimes(3, "s2/z");
  Texts order;
  for (std::string who = "s1/a"; !who.empty();) {
    who = rig.End(who);
    order.push_back(who);
  }
  CHECK(order == Texts{"s2/z", "s1/b", "s2/z", "s1/c", "s2/z", "s1/a", "s1/b",
                       "s1/c", "s1/a", ""});
}

TEST_CASE("webhook_queue: who waits for one server takes no place of others") {
  QueueRig rig({.calls_per_host = 1, .waiting_max = 2});
  rig.EnterTimes(3, "s1/a");
  CHECK(rig.Enter("s1/a") == kTooMany);
  for (const char* who : {"s1/b", "s2/a"}) {
    CHECK(rig.Enter(who) == "starts");
    CHECK(rig.Enter(who) == "waits");
    CHECK(rig.Enter(who) == "waits");
    CHECK(rig.Enter(who) == kTooMany);
  }
  CHECK(rig.queue.size() == 9);
}

TEST_CASE(
    "webhook_queue: bodies that wait are bounded, half of it for a scope") {
  QueueRig rig({.calls_per_host = 1, .waiting_bytes_max = 20});
  for (const char* who : {"s1/a", "s2/a", "s3/a"}) {
    REQUIRE(rig.Enter(who, std::string(100, 'x')) == "starts");
  }
  CHECK(rig.Enter("s1/a", "1234567890") == "waits");
  CHECK(rig.Enter("s1/a", "1") == kTooMuch);
  CHECK(rig.Enter("s1/b", "1") == "starts");
  CHECK(rig.Enter("s1/b", "1") == kTooMuch);
  CHECK(rig.Enter("s2/a", "123456789") == "waits");
  CHECK(rig.Enter("s3/a", "12") == kTooMuch);
  CHECK(rig.Enter("s3/a", "1") == "waits");
  // What starts waits no longer.
  CHECK(rig.End("s1/a") == "s1/a");
  CHECK(rig.Enter("s1/a", "1234567890") == "waits");
}

TEST_CASE("webhook_queue: a turn that comes too late is not taken") {
  QueueRig rig({.calls_per_host = 1});
  rig.EnterTimes(3, "s1/a");
  rig.now += milliseconds(1);
  rig.EnterTimes(2, "s1/a");
  rig.now += limits::kWebhookWaitMax;
  CHECK(rig.End("s1/a") == "s1/a");
  CHECK(rig.given_up == Texts{kTooLong, kTooLong});
  CHECK(rig.queue.size() == 2);
  rig.now += milliseconds(1);
  CHECK(rig.End("s1/a") == "");
  CHECK(rig.given_up.size() == 3);
  CHECK(rig.queue.size() == 0);
  CHECK(rig.Enter("s1/a") == "starts");
}

TEST_CASE("webhook_queue: a late turn is passed on to the next who waits") {
  QueueRig rig({.calls_max = 1});
  rig.EnterTimes(3, "s1/a");
  rig.now += limits::kWebhookWaitMax + milliseconds(1);
  rig.Enter("s2/a");
  rig.Enter("s1/b");
  CHECK(rig.End("s1/a") == "s2/a");
  CHECK(rig.End("s2/a") == "s1/b");
  CHECK(rig.End("s1/b") == "");
  CHECK(rig.given_up == Texts{kTooLong, kTooLong});
}

TEST_CASE(
    "webhook_queue: a probe that waited too long does not end all asking") {
  QueueRig rig({.calls_max = 5});
  rig.EnterTimes(5, "s1/dead");
  for (int i = 0; i < 5; ++i) rig.End("s1/dead", true);
  rig.EnterTimes(5, "s2/busy");
  rig.now += limits::kWebhookPause;
  CHECK(rig.Enter("s1/dead") == "waits");  // the probe
  CHECK(rig.Enter("s1/dead").find("5 times in a row") != std::string::npos);
  rig.now += limits::kWebhookWaitMax + milliseconds(1);
  CHECK(rig.End("s2/busy") == "");
  CHECK(rig.given_up == Texts{kTooLong});
  CHECK(rig.Enter("s1/dead") == "starts");
}

TEST_CASE(
    "webhook_queue: one that fails late does not cost the probe its turn") {
  QueueRig rig({.calls_per_host = 6, .calls_max = 6});
  rig.EnterTimes(6, "s1/dead");
  for (int i = 0; i < 5; ++i) rig.End("s1/dead", true);
  rig.EnterTimes(5, "s2/busy");
  rig.now += limits::kWebhookPause;
  REQUIRE(rig.Enter("s1/dead") == "waits");
  CHECK(rig.End("s1/dead", true) == "s1/dead");
  CHECK(rig.given_up.empty());
}

}  // namespace dps
