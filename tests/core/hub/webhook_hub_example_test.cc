// SPDX-License-Identifier: Apache-2.0
// The hub of docs/examples does what docs/hubs.md says of it.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "core/http/curl_client.h"
#include "core/hub/webhook_hub.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_clock.h"

namespace dps {
namespace {

constexpr const char* kKey = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // base64

class Example {
 public:
  explicit Example(const std::string& key) {
    auto child = ChildProcess::Start(
        {.argv = {"python3", DPS_SOURCE_DIR "/docs/examples/hub.py"},
         .environment = {"PORT=0", "HUB_KEY=" + key}});
    REQUIRE_MESSAGE(child, child.error().message);
    child_ = *std::move(child);
    REQUIRE_MESSAGE(child_->WaitForText("\n"), child_->err());
    const std::string out = child_->out();
    const std::size_t colon = out.find(':');
    url_ = "http://127.0.0.1" + out.substr(colon, out.find('\n') - colon);
  }

  std::unique_ptr<HubConnector> HubBy(const std::string& key,
                                      const Clock& clock) {
    auto hub = WebhookHub::Create({.url = url_,
                                   .signing_key = Base64Decode(key).value(),
                                   .ca_file = {},
                                   .stop = {}},
                                  client_, clock);
    REQUIRE_MESSAGE(hub, hub.error().message);
    return *std::move(hub);
  }

 private:
  std::unique_ptr<ChildProcess> child_;
  std::string url_;
  CurlClient client_{{.timeout = kPatience, .private_targets = true}};
};

void CheckLife(HubConnector& hub) {
  const HubDevice device{.device_id = "a/b",
                         .credential = DeviceCertificate{"a/b", "AB12"},
                         .capabilities_json = {}};
  const DeviceState state{.tags = R"({"site":"south"})",
                          .desired = R"({"interval":30})",
                          .reported = R"({"version":"1.2"})"};
  CHECK(hub.CheckHealth());
  CHECK(hub.ReadState("a/b") == std::nullopt);
  CHECK(hub.EnsureDevice(device));
  CHECK(hub.ReadState("a/b") == DeviceState{});
  CHECK(hub.WriteState("a/b", state));
  CHECK(hub.EnsureDevice(device));
  CHECK(hub.ReadState("a/b") == state);
  CHECK(hub.Notify("a/b").error().code == Errc::kMethodNotAllowed);
  CHECK(hub.RemoveDevice("a/b"));
  CHECK(hub.RemoveDevice("a/b"));
  CHECK(hub.ReadState("a/b") == std::nullopt);
}

}  // namespace

TEST_CASE("webhook_hub_example: a device lives and dies there") {
  const SystemClock clock;
  for (const char* key : {"", kKey}) {
    CAPTURE(key);
    Example example(key);
    CheckLife(*example.HubBy(key, clock));
  }
}

TEST_CASE("webhook_hub_example: what its key did not sign lately is refused") {
  const SystemClock now;
  FakeClock long_ago;
  long_ago.Advance(std::chrono::hours(-24 * 3650));
  Example example(kKey);
  for (const auto& [key, clock] :
       {std::pair<std::string, const Clock*>{"", &now},
        {Base64Encode("another"), &now},
        {kKey, &long_ago}}) {
    const Status health = example.HubBy(key, *clock)->CheckHealth();
    REQUIRE_FALSE(health);
    CHECK(health.error().code == Errc::kForbidden);
  }
}

}  // namespace dps
