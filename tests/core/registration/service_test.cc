// SPDX-License-Identifier: Apache-2.0
#include "core/registration/service.h"

#include <doctest/doctest.h>

#include <memory>

#include "core/base/json.h"
#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/fleet.h"
#include "tests/support/keys_of.h"

namespace dps {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct ServiceRig {
  explicit ServiceRig(ServiceOptions service_options = {})
      : options(service_options) {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
    Restart();
  }
  ~ServiceRig() { LetCommitsThrough(); }

  // A new process on the same store; what was under way and not committed by
  // then never happened.
  void Restart() {
    writer.reset();
    gated.Hold();
    writer = std::make_unique<RegistrationWriter>(
        gated, clock, log,
        WriterOptions{.pending_max = options.pending_max,
                      .proofs = options.proofs,
                      .linger = std::chrono::milliseconds(0)});
    service = std::make_unique<RegistrationService>(gated, *writer, clock, log,
                                                    options);
  }

  Identity Connect(std::string_view id,
                   std::string_view api_version = "2019-03-31") {
    const std::string token = GroupTokenFor(id, kNoon + hours(1));
    auto identity =
        service->Authenticate(ConnectAs(id, api_version), {.password = token});
    REQUIRE(identity);
    return *std::move(identity);
  }

  void LetCommitsThrough() { gated.Release(); }

  // Lets commits through and waits for `count` more operations to end.
  void Finish(std::uint64_t count = 1) {
    LetCommitsThrough();
    const std::uint64_t goal = service->completions_taken() + count;
    while (service->completions_taken() < goal) {
      service->TakeCompletions();
      std::this_thread::yield();
    }
  }

  ServiceOptions options;
  FakeClock clock;
  FakeLog log;
  MemoryStore store;
  FaultyStore gated{store};
  std::unique_ptr<RegistrationWriter> writer;
  std::unique_ptr<RegistrationService> service;
};

std::string Member(const Reply& reply, std::string_view name) {
  const auto document = JsonDocument::ParseObject(reply.body);
  REQUIRE(document);
  const auto member = document->root().Find(name);
  return member ? member->Text() : "";
}

}  // namespace

TEST_CASE("service: assigning at once, assigned only after the commit") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const Reply accepted = rig.service->Register(device, "");
  CHECK(accepted.status == 202);
  CHECK(accepted.retry_after_s == 3);
  CHECK(Member(accepted, "status") == "\"assigning\"");
  const std::string operation = accepted.operation_id;
  CHECK(rig.service->QueryStatus(device, operation).status == 202);
  rig.Finish();
  const Reply done = rig.service->QueryStatus(device, operation);
  CHECK(done.status == 200);
  CHECK_FALSE(done.retry_after_s);
  CHECK(Member(done, "status") == "\"assigned\"");
}

TEST_CASE("service: a result is told again and again, from memory or store") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const std::string operation =
      rig.service->Register(device, R"({"payload":{"a":1}})").operation_id;
  rig.Finish();
  const Reply first = rig.service->QueryStatus(device, operation);
  CHECK(first.status == 200);
  CHECK(rig.service->QueryStatus(device, operation).body == first.body);
}

TEST_CASE("service: a record an operator removed is not told from memory") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const std::string operation = rig.service->Register(device, "").operation_id;
  rig.Finish();
  REQUIRE(rig.store.Commit(
      {.changes = {Remove<RegistrationRecord>{TestScope(), "dev-1", {}}}}));
  CHECK(rig.service->QueryStatus(device, operation).status == 202);
  rig.Finish();
}

TEST_CASE("service: parallel registrations of one device share an operation") {
  ServiceRig rig;
  Identity one = rig.Connect("dev-1");
  Identity two = rig.Connect("DEV-1");
  const Reply first = rig.service->Register(one, "");
  CHECK(rig.service->Register(two, "").operation_id == first.operation_id);
  rig.Finish();
  CHECK(rig.service->Register(one, "").operation_id != first.operation_id);
  rig.Finish();
}

TEST_CASE("service: another device's operation, and none at all, are 404203") {
  ServiceRig rig;
  Identity one = rig.Connect("dev-1");
  Identity two = rig.Connect("dev-2");
  const std::string operation = rig.service->Register(one, "").operation_id;
  rig.Finish();
  for (const std::string& asked :
       {operation, std::string("4.0"), std::string(), std::string(999, 'a')}) {
    const Reply reply = rig.service->QueryStatus(two, asked);
    CHECK(reply.status == 404);
    CHECK(Member(reply, "errorCode") == "404203");
    CHECK_FALSE(reply.retry_after_s);
  }
}

TEST_CASE("service: a superseded operation is 404203") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const std::string old = rig.service->Register(device, "").operation_id;
  rig.Finish();
  rig.clock.Advance(seconds(1));
  const std::string recent = rig.service->Register(device, "").operation_id;
  rig.Finish();
  CHECK(rig.service->QueryStatus(device, old).status == 404);
  CHECK(rig.service->QueryStatus(device, recent).status == 200);
}

TEST_CASE("service: an accepted operation lost in a crash is taken up again") {
  ServiceRig rig;
  ServiceRig after;  // the same instance after the crash: nothing was committed
  Identity before = rig.Connect("dev-1");
  const std::string lost = rig.service->Register(before, "").operation_id;
  Identity device = after.Connect("dev-1");
  CHECK(after.service->QueryStatus(device, lost).status == 202);
  after.Finish();
  CHECK(after.service->QueryStatus(device, lost).status == 200);
}

TEST_CASE("service: a lost operation with a payload must be asked anew") {
  ServiceRig rig;
  ServiceRig after;
  Identity before = rig.Connect("dev-1");
  const std::string lost =
      rig.service->Register(before, R"({"payload":{"a":1}})").operation_id;
  Identity device = after.Connect("dev-1");
  CHECK(after.service->QueryStatus(device, lost).status == 404);
}

TEST_CASE("service: a lost operation is forgotten after a while") {
  ServiceRig rig;
  ServiceRig after;
  Identity before = rig.Connect("dev-1");
  const std::string lost = rig.service->Register(before, "").operation_id;
  after.clock.Advance(limits::kLostOperationAgeMax + seconds(1));
  Identity device = after.Connect("dev-1");
  CHECK(after.service->QueryStatus(device, lost).status == 404);
}

TEST_CASE("service: the device's payload reaches the record") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  rig.service->Register(device, R"({"payload":{"site":"north"}})");
  rig.Finish();
  const auto record =
      *(*rig.store.Read())->FindRegistration(TestScope(), Rid("dev-1"));
  CHECK(record->request_payload_json == R"({"site":"north"})");
}

TEST_CASE("service: repeats tell newer clients that the hub is the old one") {
  ServiceRig rig;
  rig.LetCommitsThrough();
  for (const auto& [version, substatus] :
       {std::pair{"2021-06-01", "initialAssignment"},
        {"2021-06-01", "reprovisionedToInitialAssignment"},
        {"2019-03-31", "initialAssignment"}}) {
    Identity device = rig.Connect("dev-1", version);
    const std::string operation =
        rig.service->Register(device, "").operation_id;
    rig.Finish();
    const Reply done = rig.service->QueryStatus(device, operation);
    CHECK(done.body.find("\"substatus\":\"" + std::string(substatus) + "\"") !=
          std::string::npos);
  }
}

TEST_CASE("service: removing the enrollment refuses the next request") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const std::string operation = rig.service->Register(device, "").operation_id;
  rig.Finish();
  Batch batch;
  batch.changes.emplace_back(
      Remove<EnrollmentGroup>{TestScope(), "fleet", Expect::Present()});
  REQUIRE(rig.store.Commit(batch));
  const Reply refused = rig.service->Register(device, "");
  CHECK(refused.status == 401);
  CHECK(Member(refused, "errorCode") == "401000");
  CHECK(rig.service->QueryStatus(device, operation).status == 401);
}

TEST_CASE("service: rolling the keys acts at once in both directions") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  EnrollmentGroup group = GroupOf("fleet");
  std::swap(KeysOf(group.terms).primary_key, KeysOf(group.terms).secondary_key);
  Save(rig.store, group);
  CHECK(rig.service->Register(device, "").status == 202);
  rig.Finish();
  KeysOf(group.terms).secondary_key = TestKey('n');
  Save(rig.store, group);
  CHECK(rig.service->Register(device, "").status == 401);
}

TEST_CASE("service: a token that expires ends the connection's rights") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  rig.clock.Advance(hours(1) + seconds(60));
  CHECK(rig.service->Register(device, "").status == 202);  // within the skew
  rig.clock.Advance(seconds(1));
  CHECK(rig.service->Register(device, "").status == 401);
}

TEST_CASE("service: no password, no scope, no enrollment: no way in") {
  ServiceRig rig;
  const std::string token = GroupTokenFor("dev-1", kNoon + hours(1));
  const auto refused = [&](const ConnectRequest& connect,
                           std::optional<std::string_view> password) {
    const auto identity =
        rig.service->Authenticate(connect, {.password = password});
    return !identity && identity.error().code == Errc::kUnauthenticated;
  };
  CHECK(refused(ConnectAs("dev-1"), std::nullopt));
  CHECK(refused(ConnectAs("dev-1"), ""));
  CHECK(refused(ConnectAs("dev-2"), token));
  ConnectRequest elsewhere = ConnectAs("dev-1");
  elsewhere.id_scope = *IdScope::Parse("0neOTHER");
  CHECK(refused(elsewhere, token));
}

TEST_CASE("service: the sixth poll in ten seconds is 429, later ones pass") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const std::string operation = rig.service->Register(device, "").operation_id;
  for (int i = 0; i < 5; ++i) {
    CHECK(rig.service->QueryStatus(device, operation).status == 202);
  }
  const Reply throttled = rig.service->QueryStatus(device, operation);
  CHECK(throttled.status == 429);
  CHECK(Member(throttled, "errorCode") == "429001");
  CHECK(*throttled.retry_after_s >= 2);
  rig.clock.Advance(seconds(10));
  CHECK(rig.service->QueryStatus(device, operation).status == 202);
}

TEST_CASE("service: a look-up is 404, then assigning, then the record") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const Reply before = rig.service->LookUp(device, "");
  CHECK(before.status == 404);
  CHECK(Member(before, "errorCode") == "404201");
  rig.service->Register(device, R"({"payload":{"a":1}})");
  const Reply under_way = rig.service->LookUp(device, "");
  CHECK(under_way.status == 200);
  CHECK(under_way.body == R"({"registrationId":"dev-1","status":"assigning"})");
  rig.Finish();
  const Reply after = rig.service->LookUp(device, "");
  CHECK(after.status == 200);
  CHECK(Member(after, "status") == "\"assigned\"");
  CHECK(Member(after, "deviceId") == "\"dev-1\"");
  CHECK(Member(after, "operationId").empty());
  CHECK(Member(after, "requestPayload").empty());
}

TEST_CASE("service: a look-up counts as a poll, and its body is read") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  CHECK(rig.service->LookUp(device, "{").status == 400);
  CHECK(rig.service->LookUp(device, R"({"registrationId":"dev-2"})").status ==
        400);
  for (int i = 2; i < 5; ++i) {
    CHECK(rig.service->LookUp(device, "{}").status == 404);
  }
  const Reply refused = rig.service->LookUp(device, "{}");
  CHECK(refused.status == 429);
  CHECK(refused.retry_after_s == 3);
  CHECK(refused.body.find(refused.tracking_id) != std::string::npos);
}

TEST_CASE("service: a full queue is 429 and loses nothing that was accepted") {
  ServiceRig rig({.pending_max = 2});
  std::vector<Identity> devices;
  for (const char* id : {"dev-1", "dev-2", "dev-3"}) {
    devices.push_back(rig.Connect(id));
  }
  const auto first = rig.service->Register(devices[0], "");
  const auto second = rig.service->Register(devices[1], "");
  const Reply refused = rig.service->Register(devices[2], "");
  CHECK(refused.status == 429);
  CHECK(refused.retry_after_s == 3);
  rig.Finish(2);
  CHECK(rig.service->QueryStatus(devices[0], first.operation_id).status == 200);
  CHECK(rig.service->QueryStatus(devices[1], second.operation_id).status ==
        200);
  CHECK(rig.service->Register(devices[2], "").status == 202);
}

TEST_CASE("service: a refusal is logged with the tracking id it was told") {
  ServiceRig rig;
  Identity device = rig.Connect("dev-1");
  const Reply refused = rig.service->Register(device, "no json");
  CHECK(refused.status == 400);
  CHECK(Member(refused, "errorCode") == "400003");
  const std::string tracking = Member(refused, "trackingId");
  CHECK(rig.log.Holds("tracking=" + tracking.substr(1, tracking.size() - 2)));
}

TEST_CASE(
    "service: what came to nothing is kept for operators, success is not") {
  ServiceRig rig;
  rig.LetCommitsThrough();
  {
    AttemptBook book(rig.store, rig.log, std::chrono::milliseconds(0));
    RegistrationService service(rig.gated, *rig.writer, rig.clock, rig.log,
                                rig.options, &book);
    Identity device = rig.Connect("dev-1");
    service.Register(device, "no json");
    service.NoteRefusal(ConnectAs("dev-2"), *IpAddress::Parse("10.0.0.7"),
                        {Errc::kUnauthenticated, "no token"}, "track-2");
  }
  const auto snapshot = *rig.store.Read();
  const auto of = [&](std::string_view id) {
    return *snapshot->FindDeviceAttempts(TestScope(), Rid(id));
  };
  REQUIRE(of("dev-1"));
  CHECK(of("dev-1")->attempts.front().step == AttemptStep::kRequest);
  CHECK(of("dev-1")->attempts.front().error_code == 400003);
  CHECK(of("dev-1")->attempts.front().last == kNoon);
  REQUIRE(of("dev-2"));
  CHECK(of("dev-2")->attempts.front() == Attempt{.step = AttemptStep::kConnect,
                                                 .address = "10.0.0.7",
                                                 .error_code = 401000,
                                                 .reason = "no token",
                                                 .tracking_id = "track-2",
                                                 .first = kNoon,
                                                 .last = kNoon});
}

}  // namespace dps
