// SPDX-License-Identifier: Apache-2.0
// The unmodified Azure SDK for Node is sent where a webhook says, and is told
// what the webhook has to say.
#include <doctest/doctest.h>

#include <string>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "tests/e2e/dps_broker.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

struct WebhookScene {
  WebhookScene()
      : dps({.plugin_options = "plugin_opt_dps_webhook_private_targets allow\n"
                               "plugin_opt_dps_retry_after_s 2\n"}) {
    auto started = WebhookServer::Start();
    REQUIRE_MESSAGE(started, started.error().message);
    webhook = *std::move(started);
  }

  CommandResult Provision(const std::string& path, const std::string& payload) {
    EnrollmentGroup group = GroupOf("fleet");
    group.terms.allocation_policy = AllocationPolicy::kCustom;
    group.terms.custom_allocation = {.webhook_url = webhook->Url(path),
                                     .api_version = "2021-10-01"};
    Save(dps.store(), group);
    const SecretBytes key = DeriveDeviceKey(TestKey('p'), "dev-1");
    const Endpoint endpoint = dps.broker().Tls();
    const auto result = RunCommand(
        {.argv = {"node", DPS_PROVISION_SCRIPT, "mqtt",
                  std::to_string(endpoint.port), std::string(kScopeText),
                  "dev-1", Base64Encode(key.Reveal()), payload},
         .environment = {"NODE_EXTRA_CA_CERTS=" + endpoint.ca_file}},
        std::chrono::seconds(60));
    REQUIRE_MESSAGE(result, result.error().message);
    return *result;
  }

  DpsBroker dps;
  std::unique_ptr<WebhookServer> webhook;
};

}  // namespace

TEST_CASE("sdk_webhook: a device gets the hub and the payload of the webhook") {
  WebhookScene scene;
  const CommandResult result = scene.Provision("/payload?hub=hub-2.example.com",
                                               R"({"site":{"name":"south"}})");
  REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  const auto answer = JsonDocument::ParseObject(result.out);
  REQUIRE(answer);
  CHECK(answer->root().String("status") == "assigned");
  CHECK(answer->root().String("assignedHub") == kHub2);
  const auto payload = answer->root().Find("payload");
  REQUIRE(payload);
  CHECK(payload->Text() == R"({"site":{"name":"south"}})");
}

TEST_CASE("sdk_webhook: a device of a webhook that fails is refused") {
  WebhookScene scene;
  const CommandResult result = scene.Provision("/status/500", "1");
  CHECK(result.exit_code == 1);
  CHECK(result.err.find("registration failed") != std::string::npos);
}

}  // namespace dps
