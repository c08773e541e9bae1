// SPDX-License-Identifier: Apache-2.0
// Webhooks that are broken, slow or hostile: checklist 56 of the service API.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/dps_broker.h"
#include "tests/support/loopback_ports.h"
#include "tests/support/patience.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

constexpr const char* kPatient =
    "plugin_opt_dps_webhook_timeout_ms 20000\n"
    "plugin_opt_dps_polls_per_10s 0\n";
constexpr const char* kHasty =
    "plugin_opt_dps_webhook_timeout_ms 500\n"
    "plugin_opt_dps_polls_per_10s 0\n";
constexpr const char* kBeside =
    "plugin_opt_dps_webhook_private_targets allow\n";

// Where a time-out is not what is tested.
DpsBrokerOptions WebhooksBeside() {
  return {.plugin_options = std::string(kPatient) + kBeside};
}

std::unique_ptr<WebhookServer> Serve(WebhookServerOptions options = {}) {
  auto webhook = WebhookServer::Start(std::move(options));
  REQUIRE_MESSAGE(webhook, webhook.error().message);
  return *std::move(webhook);
}

// Each webhook has a device of its own.
Answer ProvisionBy(DpsBroker& dps, const std::string& id,
                   const std::string& url) {
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.allocation_policy = AllocationPolicy::kCustom;
  group.terms.custom_allocation = {.webhook_url = url,
                                   .api_version = "2021-10-01"};
  Save(dps.store(), group);
  return Device(dps.broker().Tcp(), id).Provision();
}

// Told to the device in short; kept in the record, and to be found in the log.
void CheckFailed(DpsBroker& dps, const Answer& answer, const std::string& id,
                 const std::string& reason) {
  CAPTURE(answer.text);
  CHECK(answer.status == 200);
  CHECK(answer.Text("status") == "failed");
  CHECK(answer.State("errorCode") == "400207");
  const auto record = dps.RecordOf(id);
  REQUIRE(record);
  CHECK(record->status == RegistrationStatus::kFailed);
  CHECK(record->error_code == 400207);
  CHECK(record->error_message.find(reason) != std::string::npos);
  // The device learns no more than whom to ask.
  CHECK(answer.State("errorMessage").find("127.0.0.1") == std::string::npos);
  CHECK(answer.State("errorMessage").find(record->tracking_id) !=
        std::string::npos);
  CHECK(record->tracking_id.size() == 36);
  CHECK(dps.broker().WaitForLog("tracking=" + record->tracking_id));
  CHECK(dps.broker().log().find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE(
    "webhook_hostile: whatever a webhook does, its device learns the reason") {
  DpsBroker dps(WebhooksBeside());
  const auto webhook = Serve();
  int number = 0;
  for (const auto& row :
       {std::pair{"/status/500?code=s3cret", "answered HTTP 500"},
        {"/status/401", "answered HTTP 401"},
        {"/redirect", "answered HTTP 302"},
        {"/status/204", "answered without JSON"},
        {"/bad-json", "answered no JSON object"},
        {"/no-hub", "answered without an iotHubHostName"},
        {"/ok?hub=unlisted.example.com", "unlisted.example.com"},
        {"/twin?hub=hub-1.example.com&twin=%5B%5D", "an initialTwin that is"},
        {"/huge", "the answer is larger than 65536 bytes"},
        {"/huge-headers", "the answer's headers are too large"},
        {"/garbage", "is not HTTP/1.1"}}) {
    const std::string id = "dev-" + std::to_string(++number);
    CheckFailed(dps, ProvisionBy(dps, id, webhook->Url(row.first)), id,
                row.second);
  }
  CHECK(dps.broker().log().find("s3cret") == std::string::npos);
}

TEST_CASE("webhook_hostile: a webhook that takes its time is cut off") {
  DpsBroker dps({.plugin_options = std::string(kHasty) + kBeside});
  const auto webhook = Serve();
  CheckFailed(dps, ProvisionBy(dps, "dev-1", webhook->Url("/drip?pause=0.05")),
              "dev-1", "timed out after 500 ms");
  CheckFailed(dps, ProvisionBy(dps, "dev-2", webhook->Url("/hang")), "dev-2",
              "timed out after 500 ms");
}

TEST_CASE("webhook_hostile: a device stays in its hub when the webhook fails") {
  DpsBroker dps(WebhooksBeside());
  const auto webhook = Serve();
  ProvisionBy(dps, "dev-1", webhook->Url("/ok?hub=hub-2.example.com"));
  CheckFailed(dps, ProvisionBy(dps, "dev-1", webhook->Url("/status/500")),
              "dev-1", "answered HTTP 500");
  CHECK(dps.RecordOf("dev-1")->assigned_hub == kHub2);
  const Answer again =
      ProvisionBy(dps, "dev-1", webhook->Url("/last?hub=hub-2.example.com"));
  CHECK(again.Text("status") == "assigned");
}

TEST_CASE("webhook_hostile: a server that is not trusted is asked nothing") {
  DpsBroker dps(WebhooksBeside());
  const auto webhook = Serve({.tls = true});
  CheckFailed(dps, ProvisionBy(dps, "dev-1", webhook->Url("/ok")), "dev-1",
              "the server's certificate is not trusted");
  CHECK(webhook->requests().empty());
}

TEST_CASE(
    "webhook_hostile: with its CA configured, a webhook with TLS is asked") {
  const auto webhook = Serve({.tls = true});
  DpsBroker dps({.plugin_options = std::string(kBeside) +
                                   "plugin_opt_dps_webhook_ca_file " +
                                   webhook->ca_file() + "\n"});
  const Answer answer =
      ProvisionBy(dps, "dev-1", webhook->Url("/ok?hub=hub-2.example.com"));
  CHECK(answer.State("assignedHub") == kHub2);
}

TEST_CASE("webhook_hostile: private targets are refused unless allowed") {
  DpsBroker dps({.plugin_options = kPatient});
  const auto webhook = Serve();
  CheckFailed(dps, ProvisionBy(dps, "dev-1", webhook->Url("/ok")), "dev-1",
              "127.0.0.1 is a private address");
  CHECK(webhook->requests().empty());
}

TEST_CASE(
    "webhook_hostile: a webhook that is dead is not called again and again") {
  DpsBroker dps(WebhooksBeside());
  const std::string url =
      "http://127.0.0.1:" + std::to_string(FreeLoopbackPorts(1).front());
  for (int i = 1; i <= 5; ++i) {
    const std::string id = "dev-" + std::to_string(i);
    CheckFailed(dps, ProvisionBy(dps, id, url), id, "Connection refused");
  }
  // Where the machine is slow the pause may be over; then the call that is made
  // fails as well, and the next pause begins.
  const auto deadline = std::chrono::steady_clock::now() + 2 * kPatience;
  for (int i = 6;; ++i) {
    const std::string id = "dev-" + std::to_string(i);
    CheckFailed(dps, ProvisionBy(dps, id, url), id,
                "could not connect: Connection refused");
    const std::string reason = dps.RecordOf(id)->error_message;
    if (reason.find(" times in a row, lately: ") != std::string::npos) break;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
}

}  // namespace dps
