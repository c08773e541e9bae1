// SPDX-License-Identifier: Apache-2.0
// Custom allocation: a webhook chooses the hub. Checklist 54, 55 and 57 to 59
// of the service API.
#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <future>
#include <iterator>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/http/curl_client.h"
#include "tests/e2e/dps_broker.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

DpsBrokerOptions PatientWebhooksBeside() {
  return {.plugin_options =
              "plugin_opt_dps_webhook_private_targets allow\n"
              "plugin_opt_dps_webhook_calls_per_host 128\n"
              "plugin_opt_dps_webhook_timeout_ms 60000\n"
              "plugin_opt_dps_polls_per_10s 0\n"};
}

struct WebhookRig {
  WebhookRig() : dps(PatientWebhooksBeside()) {
    auto started = WebhookServer::Start();
    REQUIRE_MESSAGE(started, started.error().message);
    webhook = *std::move(started);
  }

  // Devices of the fleet are asked about at `path` from now on.
  void Ask(const std::string& path,
           std::optional<ReprovisionPolicy> reprovision = {}) {
    EnrollmentGroup group = GroupOf("fleet");
    group.terms.allocation_policy = AllocationPolicy::kCustom;
    group.terms.custom_allocation = {.webhook_url = webhook->Url(path),
                                     .api_version = "2021-10-01"};
    group.terms.reprovision_policy = reprovision;
    group.terms.initial_twin_json = R"({"tags":{"from":"enrollment"}})";
    Save(dps.store(), group);
  }

  Answer Provision(std::string_view body = "") {
    return Device(dps.broker().Tcp(), "dev-1").Provision(body);
  }

  // What the webhook was asked, the first time, the second...
  JsonDocument Question(int number) const {
    REQUIRE(webhook->WaitForRequests(number));
    const auto requests = webhook->requests();
    REQUIRE(std::ssize(requests) == number);
    auto question = JsonDocument::ParseObject(requests.back().body);
    REQUIRE_MESSAGE(question, question.error().message);
    return *std::move(question);
  }

  std::string TwinInRecord() {
    const auto record = dps.RecordOf("dev-1");
    REQUIRE(record);
    return record->initial_twin_json;
  }

  DpsBroker dps;
  std::unique_ptr<WebhookServer> webhook;
};

std::string MemberOf(JsonView object, std::string_view name) {
  const auto member = object.Find(name);
  return member ? member->AsString().value_or(member->Text()) : "";
}

// Devices of a group whose hubs are chosen by the hash, some at a time, so many
// of them; how long they take together.
std::chrono::milliseconds ProvisionByHash(DpsBroker& dps,
                                          const std::string& prefix,
                                          int devices) {
  constexpr int kAtOnce = 4;
  EnrollmentGroup group = GroupOf("by-hash");
  auto& keys = std::get<SymmetricKeyAttestation>(group.terms.attestation);
  keys.primary_key = TestKey('h');
  keys.secondary_key = TestKey('i');
  Save(dps.store(), group);
  const auto start = std::chrono::steady_clock::now();
  const auto provision = [&](int first) {
    int assigned = 0;
    for (int i = first; i < devices; i += kAtOnce) {
      const std::string id = prefix + std::to_string(i);
      ConnectOptions options = DeviceOptions(id);
      options.password = TokenFor(id, DeriveDeviceKey(TestKey('h'), id),
                                  SystemClock().Now() + std::chrono::hours(1));
      const Answer answer = Device(dps.broker().Tcp(), options).Provision();
      assigned += answer.Text("status") == "assigned" ? 1 : 0;
    }
    return assigned;
  };
  std::vector<std::future<int>> workers;
  for (int i = 0; i < kAtOnce; ++i) {
    workers.push_back(std::async(std::launch::async, provision, i));
  }
  int assigned = 0;
  for (auto& worker : workers) assigned += worker.get();
  CHECK(assigned == devices);
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
}

void CheckAssignedHub(const Answer& answer, std::string_view hub) {
  CAPTURE(answer.text);
  CHECK(answer.status == 200);
  CHECK(answer.Text("status") == "assigned");
  CHECK(answer.State("assignedHub") == hub);
}

}  // namespace

TEST_CASE("webhook: the hub is the one the webhook names") {
  WebhookRig rig;
  for (const std::string_view hub : {kHub1, kHub2}) {
    rig.Ask("/ok?hub=" + std::string(hub));
    CheckAssignedHub(rig.Provision(), hub);
    CHECK(rig.dps.RecordOf("dev-1")->assigned_hub == hub);
  }
}

TEST_CASE("webhook: the question is about the device, and holds no secret") {
  WebhookRig rig;
  rig.Ask("/ok?hub=hub-1.example.com&code=s3cret");
  CheckAssignedHub(rig.Provision(R"({"payload":{"site":"south"}})"), kHub1);
  const JsonDocument question = rig.Question(1);
  const JsonView root = question.root();
  CHECK_FALSE(root.Find("individualEnrollment"));
  const auto group = root.Find("enrollmentGroup");
  REQUIRE(group);
  CHECK(MemberOf(*group, "enrollmentGroupId") == "fleet");
  CHECK(MemberOf(*group, "attestation") == R"({"type":"symmetricKey"})");
  CHECK(MemberOf(*group, "customAllocationDefinition").find("/ok?****") !=
        std::string::npos);
  CHECK(MemberOf(root, "deviceRuntimeContext") ==
        R"({"registrationId":"dev-1","symmetricKey":{},)"
        R"("payload":{"site":"south"}})");
  CHECK(MemberOf(root, "linkedHubs") ==
        R"(["hub-1.example.com","hub-2.example.com"])");
  CHECK(rig.webhook->requests().back().body.find("s3cret") ==
        std::string::npos);
}

TEST_CASE("webhook: of a device that returns the webhook learns where it is") {
  WebhookRig rig;
  rig.Ask("/ok?hub=hub-2.example.com");
  rig.Provision();
  rig.Provision();
  const JsonDocument question = rig.Question(2);
  CHECK(MemberOf(question.root(), "deviceRuntimeContext") ==
        R"({"registrationId":"dev-1",)"
        R"("currentIotHubHostName":"hub-2.example.com",)"
        R"("currentDeviceId":"dev-1","symmetricKey":{}})");
}

TEST_CASE("webhook: its payload reaches the device and the record each time") {
  WebhookRig rig;
  rig.Ask("/payload?hub=hub-1.example.com");
  for (const std::string payload : {R"({"n":1})", R"([2,"x"])", "3"}) {
    const Answer answer = rig.Provision(R"({"payload":)" + payload + "}");
    CheckAssignedHub(answer, kHub1);
    CHECK(answer.State("payload") == payload);
    CHECK(rig.dps.RecordOf("dev-1")->payload_json == payload);
  }
  rig.Ask("/ok?hub=hub-1.example.com");
  CHECK(rig.Provision().State("payload").empty());
}

TEST_CASE(
    "webhook: its twin counts at first, and on a move with policy reset") {
  const ReprovisionPolicy migrate{};
  const ReprovisionPolicy reset{.update_hub_assignment = true,
                                .migrate_device_data = false};
  const auto twin = [](std::string_view hub, const std::string& tag) {
    return "/twin?hub=" + std::string(hub) +
           "&twin=%7B%22tags%22:%7B%22a%22:%22" + tag + "%22%7D%7D";
  };
  WebhookRig rig;
  rig.Ask(twin(kHub1, "first"), migrate);
  CheckAssignedHub(rig.Provision(), kHub1);
  CHECK(rig.TwinInRecord() == R"({"tags":{"a":"first"}})");
  rig.Ask(twin(kHub2, "moved"), migrate);
  CheckAssignedHub(rig.Provision(), kHub2);
  CHECK(rig.TwinInRecord().find("moved") == std::string::npos);
  rig.Ask(twin(kHub1, "reset"), reset);
  CheckAssignedHub(rig.Provision(), kHub1);
  CHECK(rig.TwinInRecord() == R"({"tags":{"a":"reset"}})");
  rig.Ask(twin(kHub1, "stays"), reset);
  CheckAssignedHub(rig.Provision(), kHub1);
  CHECK(rig.TwinInRecord().find("stays") == std::string::npos);
}

TEST_CASE(
    "webhook: with policy never it is asked, and cannot move the device") {
  const ReprovisionPolicy never{.update_hub_assignment = false,
                                .migrate_device_data = false};
  WebhookRig rig;
  rig.Ask("/ok?hub=hub-1.example.com", never);
  CheckAssignedHub(rig.Provision(), kHub1);
  rig.Ask("/say?hub=hub-1.example.com&payload=7", never);
  const Answer answer = rig.Provision();
  CheckAssignedHub(answer, kHub1);
  CHECK(answer.State("payload") == "7");
  CHECK(MemberOf(rig.Question(2).root(), "linkedHubs") ==
        R"(["hub-1.example.com"])");
}

TEST_CASE("webhook: devices that wait for a webhook delay no others") {
  constexpr int kWaiting = 200;
  constexpr int kAsked = limits::kWebhookCallsPerScopeMax;
#ifdef DPS_SANITIZED  // several times as slow, and a call waits 30 s at most
  constexpr int kOthers = 100;
#else
  constexpr int kOthers = 1000;
#endif
  constexpr int kBefore = kOthers / 5;
  WebhookRig rig;
  const auto alone = ProvisionByHash(rig.dps, "alone-", kBefore);
  // It answers nobody before it is asked once more than it will be for these.
  const std::string path =
      "/together/" + std::to_string(kAsked + 1) + "?hub=hub-1.example.com";
  rig.Ask(path);
  std::deque<Device> waiting;
  std::vector<std::string> operations;
  for (int i = 0; i < kWaiting; ++i) {
    waiting.emplace_back(rig.dps.broker().Tcp(), "wait-" + std::to_string(i));
    const Answer accepted = waiting.back().Register();
    CHECK(accepted.status == 202);
    CHECK(accepted.Text("status") == "assigning");
    operations.push_back(accepted.Text("operationId"));
  }
  REQUIRE(rig.webhook->WaitForRequests(kAsked));
  const auto beside = ProvisionByHash(rig.dps, "beside-", kOthers);
  MESSAGE(kBefore, " devices alone: ", alone.count(), " ms; ", kOthers,
          " while ", kWaiting, " wait for a webhook: ", beside.count(), " ms");
  CHECK(waiting.front().Poll(operations.front()).status == 202);
  CurlClient once_more({.timeout = kPatience, .private_targets = true});
  once_more.Post({.target = *HttpTarget::Parse(rig.webhook->Url(path)),
                  .headers = {},
                  .body = "{}"},
                 [](const Result<HttpAnswer>&) {});
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    CheckAssignedHub(waiting[i].PollUntilDone(operations[i]), kHub1);
  }
}

}  // namespace dps
