// SPDX-License-Identifier: Apache-2.0
#include "core/registration/writer.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/http/curl_client.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/fleet.h"
#include "tests/support/patience.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

RegistrationRequest SignedRequestOf(const std::string& id) {
  return {.proof = {TestScope(), Rid(id),
                    *ParseSasToken(
                        GroupTokenFor(id, kNoon + std::chrono::hours(1)))},
          .operation_id = "op-" + id};
}

struct WriterRig {
  WriterRig() {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
  }

  // Submits, lets the writer finish, and gives back what it ended.
  std::vector<Completion> Run(const std::vector<std::string>& ids) {
    std::vector<Completion> completions;
    RegistrationWriter writer(
        store, clock, log,
        {.pending_max = 1000, .linger = std::chrono::milliseconds(0)});
    for (const std::string& id : ids) {
      REQUIRE(writer.TrySubmit(SignedRequestOf(id)));
    }
    while (completions.size() < ids.size()) {
      for (Completion& each : writer.TakeCompletions()) {
        completions.push_back(std::move(each));
      }
      std::this_thread::yield();
    }
    return completions;
  }

  std::optional<RegistrationRecord> RecordOf(std::string_view id) {
    return *(*store.Read())->FindRegistration(TestScope(), Rid(id));
  }

  // From now on a webhook decides for the group.
  void LetDecide(const std::string& webhook_url) {
    EnrollmentGroup group = GroupOf("fleet");
    group.terms.allocation_policy = AllocationPolicy::kCustom;
    group.terms.custom_allocation =
        CustomAllocation{.webhook_url = webhook_url, .api_version = "1"};
    Save(store, group);
  }

  // One that can ask webhooks.
  std::unique_ptr<RegistrationWriter> AskingWriter() {
    Advisers advisers{.webhooks = std::make_unique<WebhookCaller>(
                          std::make_unique<CurlClient>(HttpClientOptions{
                              .timeout = kPatience, .private_targets = true}),
                          clock)};
    return std::make_unique<RegistrationWriter>(
        store, clock, log,
        WriterOptions{.pending_max = 1000,
                      .linger = std::chrono::milliseconds(0)},
        std::function<void()>(), std::move(advisers));
  }

  FakeClock clock;
  FakeLog log;
  FaultyStore store;
};

Completion FirstEnded(RegistrationWriter& writer) {
  std::vector<Completion> completions;
  while (completions.empty()) {
    completions = writer.TakeCompletions();
    std::this_thread::yield();
  }
  return std::move(completions.front());
}

}  // namespace

TEST_CASE("writer: many registrations share few commits and all are stored") {
  WriterRig rig;
  std::vector<std::string> ids;
  for (int i = 0; i < 500; ++i) ids.push_back("dev-" + std::to_string(i));
  for (const Completion& each : rig.Run(ids)) CHECK(each.outcome);
  CHECK(rig.store.commits() < 500);
  for (const std::string& id : ids) CHECK(rig.RecordOf(id));
}

TEST_CASE("writer: a completion brings the record as the store has it") {
  WriterRig rig;
  const auto completions = rig.Run({"dev-1"});
  REQUIRE(completions[0].outcome);
  CHECK(*completions[0].outcome == rig.RecordOf("dev-1"));
  CHECK(completions[0].config_version ==
        *(*rig.store.Read())->ConfigVersion(TestScope()));
}

TEST_CASE("writer: a change between decision and commit is decided afresh") {
  WriterRig rig;
  rig.store.BeforeNextCommit([&] { RemoveHub(rig.store, kHub1); });
  const auto completions = rig.Run({"dev-1", "dev-2", "dev-3", "dev-4"});
  for (const Completion& each : completions) {
    CHECK(each.outcome);
    CHECK(rig.RecordOf(each.registration_id.text())->assigned_hub == kHub2);
  }
}

TEST_CASE("writer: a request that loses every race does not stop the others") {
  WriterRig rig;
  int round = 0;
  // Somebody else keeps writing the record of dev-1.
  const std::function<void()> rival = [&] {
    Batch batch;
    batch.changes.emplace_back(Put<RegistrationRecord>{
        TestScope(),
        RegistrationRecord{.registration_id = Rid("dev-1"),
                           .etag_text = std::to_string(++round)},
        Expect::Anything()});
    REQUIRE(rig.store.Commit(batch));
    rig.store.BeforeNextCommit(rival);
  };
  rig.store.BeforeNextCommit(rival);
  for (const Completion& each : rig.Run({"dev-1", "dev-2"})) {
    CHECK(each.outcome.has_value() == (each.registration_id == Rid("dev-2")));
  }
}

TEST_CASE(
    "writer: a store that fails completes with its error, and is logged") {
  WriterRig rig;
  rig.store.FailCommits(Error{Errc::kUnavailable, "disk full"});
  const auto completions = rig.Run({"dev-1"});
  CHECK(completions[0].outcome.error().code == Errc::kUnavailable);
  CHECK(rig.log.Holds("disk full"));
  CHECK_FALSE(rig.RecordOf("dev-1"));
}

TEST_CASE("writer: a registration that ends without a hub is logged") {
  WriterRig rig;
  RemoveHub(rig.store, kHub1);
  RemoveHub(rig.store, kHub2);
  rig.Run({"dev-1"});
  CHECK(
      rig.log.Holds("registration without a hub: scope=0ne00ABCDEF "
                    "registration=dev-1 operation=op-dev-1 reason="));
}

TEST_CASE("writer: an enrollment removed meanwhile leaves no record") {
  WriterRig rig;
  rig.store.BeforeNextCommit([&] {
    Batch batch;
    batch.changes.emplace_back(
        Remove<EnrollmentGroup>{TestScope(), "fleet", Expect::Present()});
    REQUIRE(rig.store.Commit(batch));
  });
  const auto completions = rig.Run({"dev-1"});
  CHECK(completions[0].outcome.error().code == Errc::kUnauthenticated);
  CHECK_FALSE(rig.RecordOf("dev-1"));
}

TEST_CASE("writer: what was submitted is finished before it goes away") {
  WriterRig rig;
  {
    RegistrationWriter writer(
        rig.store, rig.clock, rig.log,
        {.pending_max = 100, .linger = std::chrono::milliseconds(0)});
    for (int i = 0; i < 50; ++i) {
      REQUIRE(writer.TrySubmit(SignedRequestOf("dev-" + std::to_string(i))));
    }
  }
  for (int i = 0; i < 50; ++i) CHECK(rig.RecordOf("dev-" + std::to_string(i)));
}

TEST_CASE("writer: a bound on the load holds inside one commit, too") {
  WriterRig rig;
  Instance instance = **(*rig.store.Read())->FindInstance(TestScope());
  instance.load_bound = 1.0;
  REQUIRE(rig.store.Commit(
      {.changes = {Put<Instance>{TestScope(), instance, {}}}}));
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.push_back("dev-" + std::to_string(i));
  rig.Run(ids);
  CHECK((*rig.store.Read())->CountAssigned(TestScope()).value() ==
        AssignedCounts{{std::string(kHub1), 50}, {std::string(kHub2), 50}});
}

TEST_CASE(
    "writer: without a webhook caller policy custom fails with a reason") {
  WriterRig rig;
  rig.LetDecide("https://h.example/");
  const auto completions = rig.Run({"dev-1"});
  REQUIRE(completions[0].outcome);
  CHECK(completions[0].outcome->error_code == 400207);
  CHECK(rig.log.Holds("tracking=" + completions[0].outcome->tracking_id));
}

TEST_CASE("writer: who waits for a webhook holds up nobody else") {
  const auto server = WebhookServer::Start();
  REQUIRE(server);
  WriterRig rig;
  rig.LetDecide((*server)->Url("/hang"));
  Save(rig.store, EnrollmentOf("quick"));
  const auto writer = rig.AskingWriter();
  constexpr int kSlow = 50;
  for (int i = 0; i < kSlow; ++i) {
    REQUIRE(writer->TrySubmit(SignedRequestOf("slow-" + std::to_string(i))));
  }
  RegistrationRequest quick = SignedRequestOf("quick");
  quick.proof.evidence = *ParseSasToken(
      TokenFor("quick", TestKey('p'), kNoon + std::chrono::hours(1)));
  REQUIRE(writer->TrySubmit(std::move(quick)));
  const Completion first = FirstEnded(*writer);
  CHECK(first.registration_id == Rid("quick"));
  CHECK(first.outcome);
  CHECK((*server)->WaitForRequests(kSlow));
  // The writer ends without waiting for them.
}

TEST_CASE("writer: a webhook's answer ends the registration") {
  const auto server = WebhookServer::Start();
  REQUIRE(server);
  WriterRig rig;
  rig.LetDecide((*server)->Url("/ok?hub=" + std::string(kHub2)));
  const auto writer = rig.AskingWriter();
  REQUIRE(writer->TrySubmit(SignedRequestOf("dev-1")));
  const Completion ended = FirstEnded(*writer);
  REQUIRE(ended.outcome);
  CHECK(ended.outcome->assigned_hub == kHub2);
  CHECK(rig.RecordOf("dev-1")->assigned_hub == kHub2);
}

TEST_CASE(
    "writer: what came to nothing is kept for operators, success is not") {
  WriterRig rig;
  IndividualEnrollment off = EnrollmentOf("off");
  off.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(rig.store, off);
  {
    AttemptBook book(rig.store, rig.log, std::chrono::milliseconds(0));
    Advisers advisers;
    advisers.attempts = &book;
    RegistrationWriter writer(
        rig.store, rig.clock, rig.log,
        {.pending_max = 9, .linger = std::chrono::milliseconds(0)}, {},
        std::move(advisers));
    REQUIRE(writer.TrySubmit(SignedRequestOf("on")));
    RegistrationRequest refused = SignedRequestOf("off");
    refused.proof.evidence = *ParseSasToken(
        TokenFor("off", TestKey('p'), kNoon + std::chrono::hours(1)));
    REQUIRE(writer.TrySubmit(std::move(refused)));
  }
  const auto snapshot = *rig.store.Read();
  CHECK_FALSE(*snapshot->FindDeviceAttempts(TestScope(), Rid("on")));
  const auto kept = *snapshot->FindDeviceAttempts(TestScope(), Rid("off"));
  REQUIRE(kept);
  CHECK(kept->attempts.front().step == AttemptStep::kRegistration);
  CHECK_FALSE(kept->attempts.front().reason.empty());
  CHECK(kept->attempts.front().last == kNoon);
}

}  // namespace dps
