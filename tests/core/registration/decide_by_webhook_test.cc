// SPDX-License-Identifier: Apache-2.0
#include "core/registration/decide_by_webhook.h"

#include <doctest/doctest.h>

#include <string>

#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fleet.h"
#include "tests/support/mentions.h"

namespace dps {
namespace {

constexpr const char* kUrl = "https://webhook.example/f?code=secret";

// A device of a group with policy custom.
struct WebhookRig {
  WebhookRig() {
    AddInstance(store);
    group.terms.allocation_policy = AllocationPolicy::kCustom;
    group.terms.custom_allocation =
        CustomAllocation{.webhook_url = kUrl, .api_version = "2021-10-01"};
    Save(store, group);
  }

  Result<AssignOutcome> Ask() {
    const auto snapshot = *store.Read();
    ConfigCache cache;
    DPS_TRY(ScopeConfig * config, cache.At(*snapshot, TestScope()));
    AssignedCounts assigned;
    GeoGuides geo;
    return Assign({*snapshot, *config, assigned, {.now = kNoon}, geo}, request);
  }
  WebhookCall Call() {
    request.webhook.reset();
    auto outcome = Ask();
    REQUIRE(outcome);
    REQUIRE(std::holds_alternative<WebhookCall>(*outcome));
    return std::get<WebhookCall>(*std::move(outcome));
  }
  // Assigns and stores, as the writer does.
  RegistrationRecord Answered(Result<WebhookAnswer> answer) {
    request.webhook =
        WebhookReply{.webhook_url = kUrl, .answer = std::move(answer)};
    auto outcome = Ask();
    REQUIRE(outcome);
    REQUIRE(std::holds_alternative<Assignment>(*outcome));
    const Assignment& assignment = std::get<Assignment>(*outcome);
    REQUIRE(store.Commit({.changes = {Put<RegistrationRecord>{
                              TestScope(), assignment.record, {}}}}));
    return assignment.record;
  }
  RegistrationRecord Answered(std::string_view hub, std::string payload = "",
                              std::string twin = "") {
    return Answered(WebhookAnswer{.hub = *HubName::Parse(hub),
                                  .payload_json = std::move(payload),
                                  .initial_twin_json = std::move(twin)});
  }
  void SetReprovision(bool update, bool migrate) {
    group.terms.reprovision_policy = ReprovisionPolicy{update, migrate};
    Save(store, group);
  }

  MemoryStore store;
  EnrollmentGroup group = GroupOf("fleet");
  RegistrationRequest request{
      .proof = {TestScope(), Rid("dev-1"),
                *ParseSasToken(
                    GroupTokenFor("dev-1", kNoon + std::chrono::hours(1)))},
      .operation_id = "4.op",
      .payload_json = R"({"a":1})"};
};

}  // namespace

TEST_CASE(
    "decide_by_webhook: the call has all that the webhook needs, and no "
    "secret") {
  WebhookRig rig;
  const WebhookCall call = rig.Call();
  CHECK(call.scope == TestScope());
  CHECK(call.url == kUrl);
  CHECK(call.webhook_id == "4.op");
  CHECK(call.signing_key.empty());
  CHECK(Mentions(call.body, R"("enrollmentGroupId":"fleet")"));
  CHECK(Mentions(call.body, R"("registrationId":"dev-1")"));
  CHECK(Mentions(call.body, R"("payload":{"a":1})"));
  CHECK(Mentions(call.body, "hub-1.example.com"));
  CHECK_FALSE(Mentions(call.body, "code=secret"));
  CHECK_FALSE(Mentions(call.body, "primaryKey"));
  CHECK_FALSE(Mentions(call.body, "currentIotHubHostName"));
}

TEST_CASE("decide_by_webhook: the instance's key signs the call") {
  WebhookRig rig;
  Instance instance = **(*rig.store.Read())->FindInstance(TestScope());
  instance.webhook_key = SecretBytes("a-webhook-key-of-24-bytes");
  REQUIRE(rig.store.Commit(
      {.changes = {Put<Instance>{TestScope(), instance, {}}}}));
  CHECK(rig.Call().signing_key == instance.webhook_key);
}

TEST_CASE(
    "decide_by_webhook: the answer's hub, payload and twin are recorded") {
  WebhookRig rig;
  const RegistrationRecord record =
      rig.Answered(kHub2, R"({"p":1})", R"({"tags":{"t":1}})");
  CHECK(record.status == RegistrationStatus::kAssigned);
  CHECK(record.assigned_hub == kHub2);
  CHECK(record.payload_json == R"({"p":1})");
  CHECK(record.initial_twin_json == R"({"tags":{"t":1}})");
}

TEST_CASE(
    "decide_by_webhook: a device that comes again is said to be where it is") {
  WebhookRig rig;
  rig.Answered(kHub2);
  const WebhookCall call = rig.Call();
  CHECK(Mentions(call.body, R"("currentIotHubHostName":"hub-2.example.com")"));
  CHECK(Mentions(call.body, R"("currentDeviceId":"dev-1")"));
  // It may send the device elsewhere, and has another word for it each time.
  const RegistrationRecord moved = rig.Answered(kHub1, "[2]");
  CHECK(moved.assigned_hub == kHub1);
  CHECK(moved.payload_json == "[2]");
  CHECK(rig.Answered(kHub1).payload_json.empty());
}

TEST_CASE("decide_by_webhook: a hub that it was not given is refused") {
  WebhookRig rig;
  const RegistrationRecord record = rig.Answered("evil.example", "{}");
  CHECK(record.status == RegistrationStatus::kFailed);
  CHECK(record.error_code == 400207);
  CHECK(record.error_message ==
        "the webhook chose evil.example, which is not, or no longer, among the "
        "hubs it may choose from");
  CHECK(record.payload_json.empty());
  CHECK_FALSE(record.tracking_id.empty());
}

TEST_CASE(
    "decide_by_webhook: a failure is recorded and forgets no assignment") {
  WebhookRig rig;
  rig.Answered(kHub2);
  const RegistrationRecord failed =
      rig.Answered(Fail(Errc::kWebhookFailed, "answered HTTP 500"));
  CHECK(failed.status == RegistrationStatus::kFailed);
  CHECK(failed.error_code == 400207);
  CHECK(failed.assigned_hub == kHub2);
  CHECK(rig.Answered(kHub2).status == RegistrationStatus::kAssigned);
}

TEST_CASE(
    "decide_by_webhook: under policy never it is asked, but cannot move") {
  WebhookRig rig;
  rig.SetReprovision(false, false);
  rig.Answered(kHub2);
  const WebhookCall call = rig.Call();
  CHECK(Mentions(call.body, R"("linkedHubs":["hub-2.example.com"])"));
  const RegistrationRecord record = rig.Answered(kHub1, "7", R"({"tags":{}})");
  CHECK(record.status == RegistrationStatus::kAssigned);
  CHECK(record.assigned_hub == kHub2);
  CHECK(record.payload_json == "7");
  CHECK(record.initial_twin_json.empty());
}

TEST_CASE(
    "decide_by_webhook: another twin counts where the device starts afresh") {
  WebhookRig rig;
  rig.Answered(kHub1, "", R"({"tags":{"n":1}})");
  CHECK(rig.Answered(kHub1, "", R"({"tags":{"n":2}})").initial_twin_json ==
        R"({"tags":{"n":1}})");
  rig.SetReprovision(true, true);
  CHECK(rig.Answered(kHub2, "", R"({"tags":{"n":3}})").initial_twin_json ==
        R"({"tags":{"n":1}})");
  rig.SetReprovision(true, false);
  CHECK(rig.Answered(kHub2, "", R"({"tags":{"n":4}})").initial_twin_json ==
        R"({"tags":{"n":1}})");
  CHECK(rig.Answered(kHub1, "", R"({"tags":{"n":5}})").initial_twin_json ==
        R"({"tags":{"n":5}})");
  CHECK(rig.Answered(kHub2).initial_twin_json.empty());
}

TEST_CASE("decide_by_webhook: an answer of another webhook does not count") {
  WebhookRig rig;
  rig.request.webhook =
      WebhookReply{.webhook_url = "https://old.example/",
                   .answer = WebhookAnswer{.hub = *HubName::Parse(kHub1)}};
  const auto outcome = rig.Ask();
  REQUIRE(outcome);
  CHECK(std::holds_alternative<WebhookCall>(*outcome));
}

TEST_CASE("decide_by_webhook: a policy that changed meanwhile is followed") {
  WebhookRig rig;
  rig.group.terms.allocation_policy = AllocationPolicy::kStatic;
  rig.group.terms.iot_hubs = {*HubName::Parse(kHub1)};
  Save(rig.store, rig.group);
  const RegistrationRecord record = rig.Answered(kHub2, "1");
  CHECK(record.assigned_hub == kHub1);
  CHECK(record.payload_json.empty());
}

TEST_CASE("decide_by_webhook: without an eligible hub nobody is asked") {
  WebhookRig rig;
  RemoveHub(rig.store, kHub1);
  RemoveHub(rig.store, kHub2);
  const auto outcome = rig.Ask();
  REQUIRE(outcome);
  const auto* assignment = std::get_if<Assignment>(&*outcome);
  REQUIRE(assignment != nullptr);
  CHECK(assignment->record.error_code == 400208);
}

}  // namespace dps
