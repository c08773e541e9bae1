// SPDX-License-Identifier: Apache-2.0
// Registrations whose hubs have to be asked: the writer and the runner with
// hubs in memory.
#include "core/registration/hub_runner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/process_identity.h"
#include "core/registration/writer.h"
#include "tests/support/fake_hub.h"
#include "tests/support/fake_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/fleet.h"
#include "tests/support/hub_tasks_of.h"
#include "tests/support/patience.h"

namespace dps {
namespace {

using std::chrono_literals::operator""ms;

template <class Condition>
bool Eventually(Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// Holds up whoever passes until it is opened.
class Barrier {
 public:
  void Pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  bool WaitForSomebody() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return waiting_ > 0; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

// Two hubs with connectors, and a fleet that is sent to one of them.
struct RunnerRig {
  RunnerRig() {
    AddInstance(store);
    for (const std::string_view hub : {kHub1, kHub2}) Link(hub);
    SendTo(kHub1);
  }

  void Link(std::string_view hub) {
    Put(LinkedHub{.name = *HubName::Parse(hub),
                  .connector = WebhookConnectorSettings{.url = "http://h/"}});
  }
  template <class Document>
  void Put(Document document) {
    Batch batch;
    batch.changes.emplace_back(
        dps::Put<Document>{TestScope(), std::move(document), {}});
    REQUIRE(store.Commit(batch));
  }

  void SendTo(std::string_view hub,
              std::optional<ReprovisionPolicy> policy = std::nullopt) {
    EnrollmentGroup group = GroupOf("fleet");
    group.terms.allocation_policy = AllocationPolicy::kStatic;
    group.terms.iot_hubs = {*HubName::Parse(hub)};
    group.terms.reprovision_policy = policy;
    group.terms.initial_twin_json =
        R"({"tags":{"t":1},"properties":{"desired":{"d":1}}})";
    Save(store, group);
  }

  // As a process that starts.
  std::unique_ptr<RegistrationWriter> Start() {
    auto make = [this](
                    const IdScope&, const LinkedHub& hub,
                    std::stop_token) -> Result<std::unique_ptr<HubConnector>> {
      if (hub.name.text() == kHub1 || one_place) return hub1.Connect();
      return (hub.name.text() == kHub2 ? hub2 : hub3).Connect();
    };
    Advisers advisers;
    advisers.hubs = std::make_unique<HubRunner>(
        store, clock, log, std::make_unique<HubDirectory>(make, clock),
        HubRunnerOptions{.threads = 4,
                         .per_hub = 2,
                         .devices_per_hub = devices_per_hub,
                         .provisioning = provisioning,
                         .check = 10ms,
                         .health_check = 20ms});
    return std::make_unique<RegistrationWriter>(
        store, clock, log, WriterOptions{.pending_max = 100, .linger = 0ms},
        std::function<void()>(), std::move(advisers));
  }

  void Submit(RegistrationWriter& writer, const std::string& operation,
              const std::string& id = "dev-1") {
    const auto token = GroupTokenFor(id, clock.Now() + std::chrono::hours(1));
    REQUIRE(writer.TrySubmit(
        {.proof = {TestScope(), Rid(id), *ParseSasToken(token)},
         .operation_id = operation}));
  }

  // The oldest that was not taken yet.
  Completion Next(RegistrationWriter& writer) {
    REQUIRE(Eventually([&] {
      for (Completion& each : writer.TakeCompletions()) {
        completions.push_back(std::move(each));
      }
      return !completions.empty();
    }));
    Completion next = std::move(completions.front());
    completions.pop_front();
    return next;
  }

  RegistrationRecord Provision(RegistrationWriter& writer,
                               const std::string& operation = "op") {
    Submit(writer, operation);
    const Completion done = Next(writer);
    REQUIRE_MESSAGE(done.outcome, done.outcome.error().message);
    return *done.outcome;
  }

  std::optional<RegistrationRecord> Record(std::string_view id = "dev-1") {
    return *(*store.Read())->FindRegistration(TestScope(), Rid(id));
  }
  std::vector<HubTask> Tasks() { return HubTasksOf(store, TestScope()); }
  bool WaitForNoTasks() {
    return Eventually([this] { return Tasks().empty(); });
  }

  // First, for threads of the writers use them.
  SystemClock clock;
  FakeLog log;
  FaultyStore store;
  FakeHub hub1;
  FakeHub hub2;
  FakeHub hub3;
  std::deque<Completion> completions;
  bool one_place = false;  // kHub2 is another name of kHub1
  std::chrono::milliseconds provisioning{20'000};
  std::size_t devices_per_hub = 100;
};

const DeviceState kReportedOnce{
    .tags = "{}", .desired = "{}", .reported = R"({"r":1})"};

}  // namespace

TEST_CASE("hub_runner: nothing is told before the hub knows the device") {
  RunnerRig rig;
  Barrier barrier;
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "ensure") barrier.Pass();
    return Status();
  });
  const auto writer = rig.Start();
  rig.Submit(*writer, "op-1");
  REQUIRE(barrier.WaitForSomebody());
  CHECK(writer->TakeCompletions().empty());
  CHECK(rig.Record()->status == RegistrationStatus::kAssigning);
  CHECK(rig.Record()->operation_id == "op-1");
  CHECK(rig.Record()->assigned_hub.empty());
  REQUIRE(rig.Tasks().size() == 1);
  CHECK(rig.Tasks()[0].kind == HubTaskKind::kProvision);
  barrier.Open();
  const Completion done = rig.Next(*writer);
  REQUIRE(done.outcome);
  CHECK(done.outcome->assigned_hub == kHub1);
  CHECK(done.outcome->substatus == RegistrationSubstatus::kInitialAssignment);
  CHECK(rig.Record() == *done.outcome);
  CHECK(rig.Tasks().empty());
  const auto device = rig.hub1.Find("dev-1");
  REQUIRE(device);
  CHECK(device->state ==
        DeviceState{.tags = R"({"t":1})", .desired = R"({"d":1})"});
  const auto keys = std::get<DeviceKeys>(device->identity.credential);
  CHECK(keys.used() == DeriveDeviceKey(TestKey('p'), "dev-1"));
  CHECK(keys.secondary == DeriveDeviceKey(TestKey('s'), "dev-1"));
}

TEST_CASE("hub_runner: a device that moves leaves nothing behind") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.SendTo(kHub2);
  const RegistrationRecord record = rig.Provision(*writer, "op-2");
  CHECK(record.assigned_hub == kHub2);
  CHECK(record.substatus == RegistrationSubstatus::kDeviceDataMigrated);
  CHECK(rig.hub2.Find("dev-1")->state == kReportedOnce);
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1"));
  CHECK((*rig.store.Read())->CountAssigned(TestScope()).value() ==
        AssignedCounts{{std::string(kHub2), 1}});
}

TEST_CASE("hub_runner: a dead hub leaves room for devices of the others") {
  RunnerRig rig;
  rig.devices_per_hub = 2;
  Barrier barrier;
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "ensure") barrier.Pass();
    return Status();
  });
  const auto writer = rig.Start();
  rig.Submit(*writer, "op-1", "dev-1");
  rig.Submit(*writer, "op-2", "dev-2");
  REQUIRE(Eventually([&] { return rig.Tasks().size() == 2; }));
  // Two are as many as a hub may hold up; nothing is written of a third.
  REQUIRE(barrier.WaitForSomebody());
  rig.Submit(*writer, "op-3", "dev-3");
  const Completion refused = rig.Next(*writer);
  REQUIRE_FALSE(refused.outcome);
  CHECK(refused.operation_id == "op-3");
  CHECK(refused.outcome.error().code == Errc::kThrottled);
  CHECK_FALSE(rig.Record("dev-3"));
  CHECK(rig.Tasks().size() == 2);
  rig.SendTo(kHub2);
  rig.Submit(*writer, "op-4", "dev-3");
  CHECK(rig.Next(*writer).outcome->assigned_hub == kHub2);
  barrier.Open();
  for (int i = 0; i < 2; ++i) {
    CHECK(rig.Next(*writer).outcome->assigned_hub == kHub1);
  }
  rig.SendTo(kHub1);
  rig.Submit(*writer, "op-5", "dev-5");
  CHECK(rig.Next(*writer).outcome->assigned_hub == kHub1);
}

TEST_CASE("hub_runner: a hub that will not have a device fails its operation") {
  RunnerRig rig;
  bool refuses = true;
  rig.hub1.SetBefore([&](std::string_view verb) -> Status {
    if (verb != "write" || !refuses) return {};
    return Fail(Errc::kInvalidArgument, "it is so");
  });
  const auto writer = rig.Start();
  const RegistrationRecord record = rig.Provision(*writer);
  CHECK(record.status == RegistrationStatus::kFailed);
  CHECK(record.error_code == 400209);
  CHECK(record.assigned_hub.empty());
  CHECK(rig.log.Holds("it is so"));
  CHECK(rig.log.Holds(record.tracking_id));
  // What was made there is removed again.
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1"));
}

TEST_CASE("hub_runner: what a hub had before is not ours to remove") {
  for (const std::string failing : {"read", "ensure"}) {
    CAPTURE(failing);
    RunnerRig rig;
    rig.hub1.SetState("dev-1", kReportedOnce);
    rig.hub1.SetBefore([&](std::string_view verb) -> Status {
      if (verb != failing) return {};
      return Fail(Errc::kInvalidArgument, "it is so");
    });
    const auto writer = rig.Start();
    CHECK(rig.Provision(*writer).status == RegistrationStatus::kFailed);
    CHECK(rig.Tasks().empty());
    CHECK(rig.hub1.Find("dev-1")->state == kReportedOnce);
    // Nor when the device goes elsewhere then.
    rig.SendTo(kHub2);
    CHECK(rig.Provision(*writer, "op-2").assigned_hub == kHub2);
    CHECK(rig.WaitForNoTasks());
    CHECK(rig.hub1.Find("dev-1")->state == kReportedOnce);
  }
}

TEST_CASE("hub_runner: a hub that cannot now is tried again") {
  RunnerRig rig;
  int failures = 2;
  rig.hub1.SetBefore([&](std::string_view verb) -> Status {
    if (verb != "read" || failures-- <= 0) return {};
    return Fail(Errc::kUnavailable, "it is so");
  });
  const auto writer = rig.Start();
  CHECK(rig.Provision(*writer).status == RegistrationStatus::kAssigned);
  CHECK(failures == -1);
}

TEST_CASE("hub_runner: a hub that stays away ends the operation in time") {
  RunnerRig rig;
  rig.provisioning = 700ms;
  rig.hub1.FailWith(Errc::kUnavailable);
  const auto writer = rig.Start();
  const RegistrationRecord record = rig.Provision(*writer);
  CHECK(record.status == RegistrationStatus::kFailed);
  CHECK(record.error_code == 401001);
  // The device comes again when the hub is back, before it was cleaned.
  rig.hub1.Recover();
  CHECK(rig.Provision(*writer, "op-2").assigned_hub == kHub1);
  CHECK(rig.WaitForNoTasks());
  CHECK(rig.hub1.Find("dev-1"));
}

TEST_CASE("hub_runner: a device refused keeps the hub it had") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.SendTo(kHub2);
  rig.hub2.FailWith(Errc::kForbidden);
  const RegistrationRecord failed = rig.Provision(*writer, "op-2");
  CHECK(failed.status == RegistrationStatus::kFailed);
  CHECK(failed.assigned_hub == kHub1);
  CHECK(rig.hub1.Find("dev-1"));
  rig.SendTo(kHub1);
  CHECK(rig.Provision(*writer, "op-3").assigned_hub == kHub1);
}

TEST_CASE("hub_runner: what an ended process began is finished by the next") {
  RunnerRig rig;
  rig.hub1.FailWith(Errc::kUnavailable);
  {
    const auto writer = rig.Start();
    rig.Submit(*writer, "op-1");
    REQUIRE(Eventually([&] { return !rig.hub1.calls().empty(); }));
  }
  CHECK(rig.Record()->status == RegistrationStatus::kAssigning);
  rig.hub1.Recover();
  HubTask task = rig.Tasks().at(0);
  CHECK(task.owner == OwnProcessIdentity());
  // As if it had been another process.
  task.owner.replace(task.owner.rfind(':'), std::string::npos, ":1");
  rig.Put(task);
  const auto writer = rig.Start();
  REQUIRE(Eventually(
      [&] { return rig.Record()->status == RegistrationStatus::kAssigned; }));
  CHECK(rig.Record()->operation_id == "op-1");
  CHECK(rig.Tasks().empty());
  CHECK(rig.hub1.Find("dev-1"));
}

TEST_CASE("hub_runner: a device that asks anew goes where it is sent now") {
  RunnerRig rig;
  rig.hub1.SetBefore([&](std::string_view verb) -> Status {
    if (verb != "write") return {};
    return Fail(Errc::kUnavailable, "it is so");
  });
  {
    const auto writer = rig.Start();
    rig.Submit(*writer, "op-1");
    REQUIRE(Eventually([&] { return rig.hub1.Find("dev-1").has_value(); }));
  }
  // The process that ended had made the device there.
  CHECK(rig.Tasks().at(0).begun);
  rig.hub1.Recover();
  rig.SendTo(kHub2);
  const auto writer = rig.Start();
  rig.Submit(*writer, "op-2");
  REQUIRE(Eventually([&] {
    return rig.Record()->status == RegistrationStatus::kAssigned &&
           rig.Record()->operation_id == "op-2";
  }));
  CHECK(rig.Record()->assigned_hub == kHub2);
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1"));
  CHECK(rig.hub2.Find("dev-1"));
}

TEST_CASE("hub_runner: what another process is at is left to it") {
  RunnerRig rig;
  rig.hub1.FailWith(Errc::kUnavailable);
  {
    const auto writer = rig.Start();
    rig.Submit(*writer, "op-1");
    REQUIRE(Eventually([&] { return !rig.hub1.calls().empty(); }));
  }
  rig.hub1.Recover();
  HubTask task = rig.Tasks().at(0);
  const auto calls = rig.hub1.calls().size();
  // It cannot be seen whether its owner lives.
  task.owner = "elsewhere:1:1";
  rig.Put(task);
  const auto writer = rig.Start();
  REQUIRE(Eventually([&] {
    return !(*rig.store.Read())->ListHubHealth(TestScope())->empty();
  }));
  CHECK(rig.hub1.calls().size() == calls);
  // Until its time is up.
  task.due = rig.clock.Now();
  rig.Put(task);
  REQUIRE(Eventually(
      [&] { return rig.Record()->status == RegistrationStatus::kAssigned; }));
}

TEST_CASE("hub_runner: state left behind follows the device wherever it goes") {
  RunnerRig rig;
  const std::string kHub3 = "hub-3.example.com";
  rig.Link(kHub3);
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.hub1.FailWith(Errc::kUnavailable);
  rig.SendTo(kHub2);
  CHECK(rig.Provision(*writer, "op-2").assigned_hub == kHub2);
  rig.SendTo(kHub3);
  CHECK(rig.Provision(*writer, "op-3").assigned_hub == kHub3);
  REQUIRE(Eventually([&] { return !rig.hub2.Find("dev-1"); }));
  rig.hub1.Recover();
  CHECK(rig.WaitForNoTasks());
  CHECK(rig.hub3.Find("dev-1")->state.reported == kReportedOnce.reported);
}

TEST_CASE("hub_runner: what a device reports until it is removed follows it") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  const DeviceState late{.tags = "{}", .desired = "{}", .reported = "late"};
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "suspend") rig.hub1.SetState("dev-1", late);
    return Status();
  });
  rig.SendTo(kHub2);
  CHECK(rig.Provision(*writer, "op-2").substatus ==
        RegistrationSubstatus::kDeviceDataMigrated);
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1"));
  CHECK(rig.hub2.Find("dev-1")->state == late);
}

TEST_CASE("hub_runner: nothing follows a device that starts afresh") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.SendTo(kHub2, ReprovisionPolicy{.migrate_device_data = false});
  CHECK(rig.Provision(*writer, "op-2").substatus ==
        RegistrationSubstatus::kDeviceDataReset);
  CHECK(rig.WaitForNoTasks());
  CHECK(rig.hub1.calls().back() == "remove dev-1");
  CHECK(std::ranges::count(rig.hub1.calls(), "suspend dev-1") == 0);
  CHECK(rig.hub2.Find("dev-1")->state.reported.empty());
}

TEST_CASE("hub_runner: a suspension ends with the device's return") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.hub1.SetBefore([](std::string_view verb) -> Status {
    if (verb != "remove") return {};
    return Fail(Errc::kUnavailable, "not now");
  });
  rig.SendTo(kHub2);
  rig.Provision(*writer, "op-2");
  REQUIRE(Eventually([&] { return rig.hub1.Find("dev-1")->suspended; }));
  // It has another state by now, which comes back with it.
  const DeviceState newer{.tags = "{}", .desired = "{}", .reported = "newer"};
  rig.hub2.SetState("dev-1", newer);
  rig.SendTo(kHub1);
  CHECK(rig.Provision(*writer, "op-3").assigned_hub == kHub1);
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1")->suspended);
  CHECK(rig.hub1.Find("dev-1")->state == newer);
  CHECK_FALSE(rig.hub2.Find("dev-1"));
}

TEST_CASE("hub_runner: a device back where its state is finds it there") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.hub1.FailWith(Errc::kUnavailable);
  rig.SendTo(kHub2);
  CHECK(rig.Provision(*writer, "op-2").assigned_hub == kHub2);
  rig.hub1.Recover();
  rig.SendTo(kHub1);
  REQUIRE(Eventually(
      [&] { return rig.Provision(*writer, "op-3").assigned_hub == kHub1; }));
  CHECK(rig.WaitForNoTasks());
  CHECK(rig.hub1.Find("dev-1")->state == kReportedOnce);
}

TEST_CASE("hub_runner: a hub by another name is not cleaned behind a device") {
  RunnerRig rig;
  rig.one_place = true;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.SendTo(kHub2);
  CHECK(rig.Provision(*writer, "op-2").assigned_hub == kHub2);
  CHECK(rig.Tasks().empty());
  CHECK(rig.hub1.Find("dev-1")->state == kReportedOnce);
}

TEST_CASE("hub_runner: to a hub that is a name nothing can be moved") {
  RunnerRig rig;
  AddHub(rig.store, "name.example.com");
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.SendTo("name.example.com");
  CHECK(rig.Provision(*writer, "op-2").assigned_hub == "name.example.com");
  CHECK(rig.Tasks().empty());
  CHECK(rig.hub1.Find("dev-1")->state == kReportedOnce);
}

TEST_CASE("hub_runner: a registration deleted meanwhile assigns nobody") {
  RunnerRig rig;
  Barrier barrier;
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "ensure") barrier.Pass();
    return Status();
  });
  const auto writer = rig.Start();
  rig.Submit(*writer, "op-1");
  REQUIRE(barrier.WaitForSomebody());
  Batch batch;
  batch.changes = {Remove<RegistrationRecord>{TestScope(), "dev-1", {}},
                   Remove<HubTask>{TestScope(), rig.Tasks()[0].key(), {}}};
  REQUIRE(rig.store.Commit(batch));
  barrier.Open();
  CHECK(rig.Next(*writer).outcome.error().code == Errc::kPreconditionFailed);
  CHECK_FALSE(rig.Record());
  CHECK(rig.Provision(*writer, "op-2").status == RegistrationStatus::kAssigned);
}

TEST_CASE("hub_runner: a device disabled meanwhile is not assigned") {
  RunnerRig rig;
  Barrier barrier;
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "ensure") barrier.Pass();
    return Status();
  });
  const auto writer = rig.Start();
  rig.Submit(*writer, "op-1");
  REQUIRE(barrier.WaitForSomebody());
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(rig.store, group);
  barrier.Open();
  const Completion done = rig.Next(*writer);
  REQUIRE(done.outcome);
  CHECK(done.outcome->status == RegistrationStatus::kDisabled);
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1"));
}

TEST_CASE("hub_runner: an old hub that is away is cleaned when it is back") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetState("dev-1", kReportedOnce);
  rig.hub1.FailWith(Errc::kUnavailable);
  rig.SendTo(kHub2);
  const RegistrationRecord record = rig.Provision(*writer, "op-2");
  CHECK(record.assigned_hub == kHub2);
  CHECK(record.substatus == RegistrationSubstatus::kDeviceDataReset);
  REQUIRE(Eventually([&] {
    const auto tasks = rig.Tasks();
    return tasks.size() == 1 && tasks[0].attempts > 0;
  }));
  CHECK(rig.Tasks()[0].carry_to == *HubName::Parse(kHub2));
  CHECK(rig.Tasks()[0].last_error.find("it is so") != std::string::npos);
  CHECK(rig.log.Holds("a device moved without its state"));
  rig.hub1.Recover();
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1"));
  CHECK(rig.hub2.Find("dev-1")->state.reported == kReportedOnce.reported);
}

TEST_CASE("hub_runner: of several processes one removes a device") {
  RunnerRig rig;
  const auto broker = rig.Start();
  const auto service = rig.Start();
  rig.Provision(*broker);
  Barrier barrier;
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "remove") barrier.Pass();
    return Status();
  });
  rig.SendTo(kHub2);
  rig.Provision(*service, "op-2");
  REQUIRE(barrier.WaitForSomebody());
  // Time for both to look for what is due: they look at hubs less often.
  std::atomic<int> looks = 0;
  rig.hub2.SetBefore([&](std::string_view verb) {
    if (verb == "health") ++looks;
    return Status();
  });
  REQUIRE(Eventually([&] { return looks >= 10; }));
  barrier.Open();
  CHECK(rig.WaitForNoTasks());
  rig.hub2.Recover();
  CHECK(std::ranges::count(rig.hub1.calls(), "remove dev-1") == 1);
  CHECK_FALSE(rig.hub1.Find("dev-1"));
}

TEST_CASE("hub_runner: a removal that a dead process had in hand goes on") {
  RunnerRig rig;
  HubTask task{.kind = HubTaskKind::kRemove,
               .hub = *HubName::Parse(kHub1),
               .device_id = "dev-1",
               .registration_id = Rid("dev-1"),
               .etag_text = "etag-1"};
  task.owner = OwnProcessIdentity();
  task.owner.replace(task.owner.rfind(':'), std::string::npos, ":1");
  task.due = rig.clock.Now() + std::chrono::minutes{2};
  rig.Put(task);
  const auto writer = rig.Start();
  CHECK(rig.WaitForNoTasks());
  CHECK(std::ranges::count(rig.hub1.calls(), "remove dev-1") == 1);
}

TEST_CASE("hub_runner: a removal that failed is nobody's") {
  RunnerRig rig;
  rig.hub1.FailWith(Errc::kUnavailable);
  rig.Put(HubTask{.kind = HubTaskKind::kRemove,
                  .hub = *HubName::Parse(kHub1),
                  .device_id = "dev-1",
                  .registration_id = Rid("dev-1"),
                  .due = rig.clock.Now(),
                  .etag_text = "etag-1"});
  const auto writer = rig.Start();
  REQUIRE(Eventually([&] { return rig.Tasks().at(0).attempts > 0; }));
  CHECK(rig.Tasks().at(0).owner.empty());
}

TEST_CASE("hub_runner: a device that comes back is not removed any more") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  rig.hub1.SetBefore([](std::string_view verb) -> Status {
    if (verb != "remove") return {};
    return Fail(Errc::kUnavailable, "not now");
  });
  rig.SendTo(kHub2);
  rig.Provision(*writer, "op-2");
  REQUIRE(rig.Tasks().size() == 1);
  rig.SendTo(kHub1);
  CHECK(rig.Provision(*writer, "op-3").assigned_hub == kHub1);
  rig.hub1.Recover();
  CHECK(rig.WaitForNoTasks());
  CHECK(rig.hub1.Find("dev-1"));
  CHECK_FALSE(rig.hub2.Find("dev-1"));
}

TEST_CASE("hub_runner: a slow hub delays no device of another") {
  RunnerRig rig;
  Barrier barrier;
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "ensure") barrier.Pass();
    return Status();
  });
  const auto writer = rig.Start();
  for (int i = 0; i < 10; ++i) {
    rig.Submit(*writer, "slow-" + std::to_string(i),
               "slow-" + std::to_string(i));
  }
  REQUIRE(barrier.WaitForSomebody());
  // What waits was decided before; the rest goes with the quick one.
  REQUIRE(Eventually([&] { return rig.Tasks().size() == 10; }));
  rig.SendTo(kHub2);
  rig.Submit(*writer, "op-1", "quick");
  CHECK(rig.Next(*writer).registration_id == Rid("quick"));
  barrier.Open();
  for (int i = 0; i < 10; ++i) CHECK(rig.Next(*writer).outcome);
}

TEST_CASE("hub_runner: the health of each hub is written down as it changes") {
  RunnerRig rig;
  const auto health = [&](std::string_view hub) -> std::optional<HubHealth> {
    const auto known = *(*rig.store.Read())->ListHubHealth(TestScope());
    const auto found =
        std::ranges::find(known, *HubName::Parse(hub), &HubHealth::hub);
    return found == known.end() ? std::nullopt : std::optional(*found);
  };
  const auto writer = rig.Start();
  REQUIRE(Eventually([&] { return health(kHub1) && health(kHub2); }));
  CHECK(health(kHub1)->healthy);
  rig.hub1.FailWith(Errc::kForbidden);
  REQUIRE(Eventually([&] { return !health(kHub1)->healthy; }));
  CHECK(health(kHub1)->error == "it is so");
  CHECK(health(kHub2)->healthy);
  rig.hub1.Recover();
  CHECK(Eventually([&] { return health(kHub1)->healthy; }));
}

TEST_CASE(
    "hub_runner: a notice is sent once, and given up if there is no way") {
  RunnerRig rig;
  const auto writer = rig.Start();
  const auto notify = [&] {
    rig.Put(HubTask{.kind = HubTaskKind::kNotify,
                    .hub = *HubName::Parse(kHub1),
                    .device_id = "dev-1",
                    .registration_id = Rid("dev-1"),
                    .etag_text = "etag"});
    CHECK(rig.WaitForNoTasks());
  };
  notify();
  CHECK(rig.hub1.calls() == std::vector<std::string>{"notify dev-1"});
  rig.hub1.FailWith(Errc::kMethodNotAllowed);
  notify();
  CHECK(rig.log.Holds("a device was not told to register"));
}

TEST_CASE("hub_runner: a record that is deleted leaves the device in its hub") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Provision(*writer);
  Batch batch;
  batch.changes = {
      Remove<RegistrationRecord>{TestScope(), "dev-1", {}},
      Remove<EnrollmentGroup>{TestScope(), "fleet", Expect::Present()}};
  REQUIRE(rig.store.Commit(batch));
  CHECK(rig.Tasks().empty());
  CHECK(rig.hub1.Find("dev-1"));
  CHECK(rig.hub1.calls() ==
        std::vector<std::string>{"read dev-1", "ensure dev-1", "write dev-1"});
}

TEST_CASE("hub_runner: two operations of one device end in one hub") {
  RunnerRig rig;
  Barrier barrier;
  rig.hub1.SetBefore([&](std::string_view verb) {
    if (verb == "ensure") barrier.Pass();
    return Status();
  });
  const auto writer = rig.Start();
  rig.Submit(*writer, "op-1");
  REQUIRE(barrier.WaitForSomebody());
  // As another process would, which knows nothing of the first.
  rig.SendTo(kHub2);
  rig.Submit(*writer, "op-2");
  REQUIRE(Eventually([&] { return rig.Record()->operation_id == "op-2"; }));
  CHECK_FALSE(rig.hub2.Find("dev-1"));
  barrier.Open();
  CHECK_FALSE(rig.Next(*writer).outcome);
  CHECK(rig.Next(*writer).outcome->assigned_hub == kHub2);
  CHECK(rig.WaitForNoTasks());
  CHECK_FALSE(rig.hub1.Find("dev-1"));
  CHECK(rig.hub2.Find("dev-1"));
}

TEST_CASE("hub_runner: a task of a hub that is gone ends with a word") {
  RunnerRig rig;
  const auto writer = rig.Start();
  rig.Put(HubTask{.kind = HubTaskKind::kRemove,
                  .hub = *HubName::Parse("gone.example.com"),
                  .device_id = "dev-1",
                  .registration_id = Rid("dev-1"),
                  .etag_text = "etag"});
  CHECK(rig.WaitForNoTasks());
  CHECK(rig.log.Holds("hub gone.example.com is no longer linked"));
}

}  // namespace dps
