// SPDX-License-Identifier: Apache-2.0
#include "plugin/control_endpoint.h"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/support/fake_broker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/fleet.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr std::string_view kInstances =
    R"({"method":"GET","path":"/instances"})";
constexpr std::string_view kPutDevice =
    R"({"method":"PUT","path":"/enrollments/dev-1","body":)"
    R"({"registrationId":"dev-1","attestation":{"type":"symmetricKey"}}})";

// A broker with operators; its store can be held up.
struct ControlDesk {
  ControlDesk() {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
    control = std::make_unique<ControlEndpoint>(
        ControlParts{.store = store,
                     .clock = clock,
                     .secrets = secrets,
                     .log = log,
                     .audit_file = directory.File("audit.log"),
                     .wake = [this] { OnAnswer(); }},
        devices, broker);
  }

  static Client Named(const int& connection, std::string_view username,
                      std::string_view id = "ops") {
    return {.handle = &connection,
            .id = id,
            .username = username,
            .address = "192.0.2.7"};
  }

  void Send(const Client& client, std::string_view payload,
            std::string_view correlation = "") {
    control->OnControl(client,
                       {.payload = payload, .correlation = correlation});
  }

  void OnAnswer() {
    const std::lock_guard lock(mutex);
    ++answers;
    answered.notify_all();
  }

  // Ticks when woken, until so many answers went out.
  void AwaitSent(std::size_t count) {
    while (broker.sent.size() < count) {
      {
        std::unique_lock lock(mutex);
        REQUIRE(
            answered.wait_for(lock, kPatience, [&] { return answers > 0; }));
        answers = 0;
      }
      control->OnTick();
    }
  }

  ControlAnswer AnswerTo(std::string_view payload) {
    broker.sent.clear();
    Send(Named(one, "alice"), payload);
    AwaitSent(1);
    return Sent(0);
  }

  ControlAnswer Sent(std::size_t index) const {
    auto answer = ParseControlAnswer(broker.sent.at(index).payload);
    REQUIRE(answer);
    return *std::move(answer);
  }

  // The operator thread is busy with a request of alice's until Release().
  void Busy() {
    const int before = store.commits();
    store.Hold();
    Send(Named(one, "alice"), kPutDevice);
    REQUIRE(store.AwaitCommit(before + 1));
  }

  TempDir directory;
  FakeClock clock;
  FakeLog log;
  FaultyStore store;
  FakeBroker broker;
  SecretBox secrets{directory.path()};
  RegistrationWriter writer{
      store,
      clock,
      log,
      {.pending_max = 100, .linger = std::chrono::milliseconds(0)}};
  RegistrationService service{store, writer, clock, log, {}};
  DeviceEndpoint devices{service, broker, clock, log, Config(), nullptr};
  std::mutex mutex;
  std::condition_variable answered;
  int answers = 0;  // since the last tick; under mutex
  std::unique_ptr<ControlEndpoint> control;
  // Connections.
  int one = 0, two = 0;
};

}  // namespace

TEST_CASE("control_endpoint: an answer goes to the client that asked") {
  ControlDesk desk;
  desk.Send(desk.Named(desk.one, "alice", "ops-7"), kInstances, "beside");
  desk.AwaitSent(1);
  const FakeBroker::Sent& sent = desk.broker.sent[0];
  CHECK(sent.client_id == "ops-7");
  CHECK(sent.topic == "$CONTROL/dps/v1/response");
  CHECK(sent.qos == 0);
  CHECK(sent.correlation == "beside");
  CHECK(desk.Sent(0).response.status == 200);
}

TEST_CASE("control_endpoint: nobody without a username is an operator") {
  ControlDesk desk;
  desk.Send(desk.Named(desk.one, ""),
            R"({"method":"GET","path":"/instances","correlationData":"7"})");
  desk.Send(desk.Named(desk.one, ""), "nonsense");
  desk.AwaitSent(2);
  CHECK(desk.Sent(0).response.status == 401);
  CHECK(desk.Sent(0).correlation_data == "7");
  CHECK(desk.Sent(0).response.body.find(
            "log in to the broker with a username") != std::string::npos);
  CHECK(desk.Sent(1).response.status == 401);
}

TEST_CASE("control_endpoint: a device is no operator, whatever the ACL says") {
  ControlDesk desk;
  const std::string username =
      std::string(kScopeText) + "/registrations/dev-1/api-version=2019-03-31";
  const Client device = desk.Named(desk.one, username, "dev-1");
  REQUIRE(desk.devices.OnConnect(
              device, GroupTokenFor("dev-1", kNoon + std::chrono::hours(1))) ==
          Verdict::kAllow);
  // Its username may have been changed by another plugin.
  desk.Send(desk.Named(desk.one, "alice", "dev-1"), kInstances);
  desk.Send(desk.Named(desk.two, username), kInstances);
  desk.Send(desk.Named(desk.two, kNamelessUsername), kInstances);
  desk.Send(desk.Named(desk.two, kLoopbackUsername), kInstances);
  Client certified = desk.Named(desk.two, "alice");
  certified.voucher = Voucher::kDps;
  desk.Send(certified, kInstances);
  // Behind all of them in the queue, had they got there.
  desk.Send(desk.Named(desk.two, "bob", "bob-1"), kInstances);
  desk.AwaitSent(1);
  CHECK(desk.broker.sent[0].client_id == "bob-1");
  CHECK(desk.log.Holds("operator's request dropped: client=dev-1"));
}

TEST_CASE("control_endpoint: who has gone is not answered, nor his successor") {
  ControlDesk desk;
  desk.Busy();
  desk.control->OnDisconnect(&desk.one);
  // He has the same client id.
  desk.Send(desk.Named(desk.two, "bob"), kInstances, "bob's");
  desk.store.Release();
  desk.AwaitSent(1);
  CHECK(desk.broker.sent.size() == 1);
  CHECK(desk.broker.sent[0].correlation == "bob's");
  // What was asked is done all the same.
  CHECK(desk.AnswerTo(R"({"method":"GET","path":"/enrollments/dev-1"})")
            .response.status == 200);
}

TEST_CASE("control_endpoint: one request too many is told to come back") {
  ControlDesk desk;
  desk.Busy();
  for (std::size_t i = 1; i < kControlRequestsMax; ++i) {
    desk.Send(desk.Named(desk.one, "alice"), kInstances);
  }
  CHECK(desk.broker.sent.empty());
  const std::string late =
      R"({"method":"GET","path":"/instances","correlationData":"late"})";
  desk.Send(desk.Named(desk.two, "bob"), late, "beside");
  desk.Send(desk.Named(desk.two, "bob"),
            late + std::string(limits::kMessageMax, ' '), "large");
  REQUIRE(desk.broker.sent.size() == 2);
  const ControlAnswer refused = desk.Sent(0);
  CHECK(refused.response.status == 429);
  CHECK(refused.response.headers.at("Retry-After") == "1");
  CHECK(refused.response.headers.contains("x-ms-request-id"));
  CHECK(refused.correlation_data == "late");
  CHECK(desk.broker.sent[0].correlation == "beside");
  CHECK(desk.Sent(1).correlation_data.empty());
  CHECK(desk.broker.sent[1].correlation == "large");
  CHECK(desk.log.lines().size() == 1);
  desk.store.Release();
  desk.AwaitSent(2 + kControlRequestsMax);
  CHECK(desk.AnswerTo(kInstances).response.status == 200);
}

TEST_CASE("control_endpoint: many bytes too many are told to come back") {
  ControlDesk desk;
  desk.Busy();
  const std::string large(kControlRequestMax, 'x');
  for (std::size_t i = 0; i < kControlBytesMax / kControlRequestMax; ++i) {
    desk.Send(desk.Named(desk.one, "alice"), large);
  }
  CHECK(desk.broker.sent.empty());
  desk.Send(desk.Named(desk.two, "bob"), large);
  REQUIRE(desk.broker.sent.size() == 1);
  CHECK(desk.Sent(0).response.status == 429);
  // One is done: there is room for another.
  desk.store.Release();
  desk.AwaitSent(3);
  const std::size_t sent = desk.broker.sent.size();
  desk.Send(desk.Named(desk.two, "bob"), large);
  CHECK(desk.broker.sent.size() == sent);
}

TEST_CASE("control_endpoint: a request that is too large is refused at once") {
  ControlDesk desk;
  desk.Send(desk.Named(desk.one, "alice"),
            std::string(kControlRequestMax + 1, ' '), "large");
  REQUIRE(desk.broker.sent.size() == 1);
  CHECK(desk.Sent(0).response.status == 413);
  CHECK(desk.broker.sent[0].correlation == "large");
}

TEST_CASE(
    "control_endpoint: an answer that is too large is 413, pages are not") {
  ControlDesk desk;
  for (int i = 0; i < 90; ++i) {
    IndividualEnrollment enrollment = EnrollmentOf("d" + std::to_string(i));
    enrollment.terms.initial_twin_json =
        R"({"tags":{"a":")" + std::string(200'000, 'x') + "\"}}";
    Save(desk.store, enrollment);
  }
  CHECK(desk.AnswerTo(R"({"method":"POST","path":"/enrollments/query"})")
            .response.status == 413);
  CHECK(desk.AnswerTo(R"({"method":"POST","path":"/enrollments/query",)"
                      R"("headers":{"x-ms-max-item-count":"50"}})")
            .response.status == 200);
}

TEST_CASE("control_endpoint: a request is for the instance that it names") {
  ControlDesk desk;
  CHECK(desk.AnswerTo(kPutDevice).response.status == 200);  // the only one
  const std::string second =
      R"({"method":"PUT","path":"/instances/second","body":{"idScope":"0neB"}})";
  CHECK(desk.AnswerTo(second).response.status == 200);
  const auto status = [&](const std::string& more) {
    return desk
        .AnswerTo(R"({"method":"GET","path":"/enrollments/dev-1")" + more + "}")
        .response.status;
  };
  const std::string first = std::string(kScopeText);
  CHECK(status("") == 404);
  CHECK(status(R"(,"idScope":")" + first + "\"") == 200);
  CHECK(status(R"(,"idScope":"0neB")") == 404);
  CHECK(status(R"(,"idScope":"0neC")") == 404);
  CHECK(status(R"(,"instance":"SECOND")") == 404);
  CHECK(status(R"(,"instance":"third")") == 404);
  CHECK(status(R"(,"instance":"second","idScope":")" + first + "\"") == 400);
  CHECK(status(R"(,"instance":"second","idScope":"0neB")") == 404);
  CHECK(desk.AnswerTo(kInstances).response.status == 200);
}

TEST_CASE("control_endpoint: nobody names the machine's files from afar") {
  ControlDesk desk;
  const ControlAnswer answer = desk.AnswerTo(
      R"({"method":"PUT","path":"/linkedHubs/hub-3.example.com","body":)"
      R"({"name":"hub-3.example.com","connector":{"type":"mosquitto",)"
      R"("url":"mqtts://hub-3.example.com","password":"env:SECRET"}}})");
  CHECK(answer.response.status == 403);
}

TEST_CASE("control_endpoint: what is done and refused is in the audit") {
  ControlDesk desk;
  desk.AnswerTo(kPutDevice);
  desk.AnswerTo("nonsense");
  desk.Send(desk.Named(desk.one, ""), kPutDevice);
  desk.AwaitSent(2);
  std::ifstream file(desk.directory.File("audit.log"));
  const std::string audit{std::istreambuf_iterator<char>(file), {}};
  for (const char* part :
       {R"("who":"client alice","from":"192.0.2.7","idScope":"0ne00ABCDEF",)"
        R"("operation":"PUT /enrollments/dev-1","status":200)",
        R"("who":"client alice","from":"192.0.2.7",)"
        R"("operation":"PUBLISH $CONTROL/dps/v1","status":400)",
        R"("who":"client without a username","from":"192.0.2.7",)"
        R"("operation":"PUT /enrollments/dev-1","status":401)"}) {
    CAPTURE(part);
    CHECK(audit.find(part) != std::string::npos);
  }
}

TEST_CASE("control_endpoint: a defect costs one answer and no more") {
  ControlDesk desk;
  desk.store.BeforeNextCommit([] { throw std::runtime_error("a defect"); });
  desk.Send(desk.Named(desk.one, "alice"), kPutDevice);
  CHECK(desk.AnswerTo(kInstances).response.status == 200);
  CHECK(desk.log.Holds("a request on $CONTROL/dps/v1 has no answer: a defect"));
}

TEST_CASE("control_endpoint: what is being done is finished before the end") {
  ControlDesk desk;
  desk.Busy();
  std::thread end([&] { desk.control.reset(); });
  desk.store.Release();
  end.join();
  const auto snapshot = desk.store.Read();
  CHECK((*snapshot)
            ->FindIndividualEnrollment(TestScope(), Rid("dev-1"))
            ->has_value());
  CHECK(desk.broker.sent.empty());
}

}  // namespace dps
