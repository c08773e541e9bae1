// SPDX-License-Identifier: Apache-2.0
#include "plugin/device_endpoint.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "tests/support/fake_broker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/faulty_store.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

constexpr const char* kRegister =
    "$dps/registrations/PUT/iotdps-register/?$rid=";

struct EndpointRig {
  explicit EndpointRig(Config with = {}) : config(std::move(with)) {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
  }

  static std::string UsernameOf(std::string_view id,
                                std::string_view scope = kScopeText) {
    return std::string(scope) + "/registrations/" + std::string(id) +
           "/api-version=2019-03-31";
  }

  // A connection is told apart by the address of its number. The Client views
  // the texts it is given.
  Client Named(const int& connection, std::string_view client_id,
               std::string_view username) {
    return {.handle = &connection,
            .id = client_id,
            .username = username,
            .address = "127.0.0.1"};
  }

  Verdict Connect(const int& connection, std::string_view client_id,
                  std::string_view id) {
    return endpoint.OnConnect(Named(connection, client_id, UsernameOf(id)),
                              GroupTokenFor(id, kNoon + std::chrono::hours(1)));
  }

  Verdict Access(const int& connection, dps::Access access,
                 std::string_view topic, int qos = 0) {
    return endpoint.OnAccess(Named(connection, "", UsernameOf("dev-1")), access,
                             topic, qos);
  }

  void Subscribe(const int& connection, int qos = 1) {
    REQUIRE(Access(connection, Access::kSubscribe, kResponseFilter, qos) ==
            Verdict::kAllow);
  }

  void Register(const int& connection, const std::string& rid = "1") {
    CHECK(endpoint.OnMessage(Named(connection, "", ""), kRegister + rid, ""));
  }

  using enum dps::Access;

  Config config;
  FakeClock clock;
  FakeLog log;
  FaultyStore store;
  FakeBroker broker;
  RegistrationWriter writer{
      store,
      clock,
      log,
      {.pending_max = 100, .linger = std::chrono::milliseconds(0)}};
  RegistrationService service{store, writer, clock, log, config.service};
  DeviceEndpoint endpoint{service, broker, clock, log, config, nullptr};
  // Connections.
  int one = 0, two = 0, three = 0;
};

}  // namespace

TEST_CASE("device_endpoint: a username of another form is left to others") {
  EndpointRig rig;
  for (const char* username : {"", "alice", "registrations", "a/b/c"}) {
    CHECK(rig.endpoint.OnConnect(rig.Named(rig.one, "x", username), "secret") ==
          Verdict::kDefer);
  }
}

TEST_CASE("device_endpoint: a malformed DPS username is refused, not left") {
  EndpointRig rig;
  for (const char* username :
       {"0ne00ABCDEF/registrations/dev-1", "/registrations/dev-1/",
        "0ne00ABCDEF/registrations//api-version=2019-03-31"}) {
    CHECK(rig.endpoint.OnConnect(rig.Named(rig.one, "dev-1", username), "x") ==
          Verdict::kDeny);
  }
  CHECK(rig.log.Holds("connection refused"));
}

TEST_CASE("device_endpoint: the client id is the registration id, or below") {
  EndpointRig rig;
  CHECK(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  CHECK(rig.Connect(rig.two, "DEV-1/sub", "dev-1") == Verdict::kAllow);
  CHECK(rig.Connect(rig.three, "dev-2", "dev-1") == Verdict::kDeny);
  CHECK(rig.Connect(rig.three, "dev-12", "dev-1") == Verdict::kDeny);
}

TEST_CASE("device_endpoint: a device may do its own business and no more") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  CHECK(rig.Access(rig.one, Access::kSubscribe, kResponseFilter) ==
        Verdict::kAllow);
  for (const char* filter :
       {"#", "+/#", "$dps/#", "$dps/registrations/#", "$SYS/#", "$CONTROL/#",
        "$share/g/$dps/registrations/res/#", "$dps/registrations/res/+/#",
        "$dps/registrations/PUT/#", "other"}) {
    CHECK(rig.Access(rig.one, Access::kSubscribe, filter) == Verdict::kDeny);
  }
  CHECK(rig.Access(rig.one, Access::kSubscribe, "$dps/registrations/res") ==
        Verdict::kAllow);
  CHECK(rig.Access(rig.one, Access::kSubscribe, "$dps/registrations/resx") ==
        Verdict::kDeny);
  CHECK(rig.Access(rig.one, Access::kWrite, kRegister) == Verdict::kAllow);
  CHECK(rig.Access(rig.one, Access::kWrite, "$dps/else") == Verdict::kAllow);
  for (const char* topic :
       {"$dps/registrations/res/200/?$rid=1", "$dps/registrations/res", "other",
        "$SYS/x", "$CONTROL/dynamic-security/v1"}) {
    CHECK(rig.Access(rig.one, Access::kWrite, topic) == Verdict::kDeny);
  }
  CHECK(rig.Access(rig.one, Access::kRead, "other") == Verdict::kDeny);
}

TEST_CASE("device_endpoint: asked again about a client, its session stays") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.one);
  rig.clock.Advance(std::chrono::hours(2));  // the token is no longer good
  CHECK(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Register(rig.one);
  REQUIRE(rig.broker.sent.size() == 1);
  CHECK(rig.broker.sent[0].topic == "$dps/registrations/res/401/?$rid=1");
  // Another connection, or another proof, is judged by itself.
  CHECK(rig.Connect(rig.two, "dev-1", "dev-1") == Verdict::kDeny);
  CHECK(rig.Connect(rig.one, "dev-2", "dev-2") == Verdict::kDeny);
}

TEST_CASE("device_endpoint: a device's will is denied once it is gone") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.endpoint.OnDisconnect(&rig.one);
  CHECK(rig.Access(rig.one, Access::kWrite, kRegister) == Verdict::kDeny);
  CHECK(rig.Access(rig.one, Access::kWrite, "other") == Verdict::kDeny);
}

TEST_CASE("device_endpoint: other clients see nothing of $dps") {
  for (const OtherClients others :
       {OtherClients::kDefer, OtherClients::kAllow}) {
    EndpointRig rig({.other_clients = others});
    const Client alice = rig.Named(rig.one, "alice", "alice");
    const auto access = [&](Access kind, std::string_view topic) {
      return rig.endpoint.OnAccess(alice, kind, topic, 0);
    };
    for (const char* topic :
         {"$dps/#", "$dps/registrations/res/#", "$dps", "$share/g/$dps/#"}) {
      CHECK(access(Access::kSubscribe, topic) == Verdict::kDeny);
    }
    CHECK(access(Access::kWrite, kRegister) == Verdict::kDeny);
    CHECK(access(Access::kRead, kRegister) == Verdict::kDeny);
    const Verdict elsewhere =
        others == OtherClients::kAllow ? Verdict::kAllow : Verdict::kDefer;
    CHECK(access(Access::kWrite, "plant/1") == elsewhere);
    CHECK(access(Access::kSubscribe, "#") == elsewhere);
    CHECK(access(Access::kWrite, "$CONTROL/dynamic-security/v1") ==
          Verdict::kDefer);
  }
}

TEST_CASE("device_endpoint: the reply goes to the requester at its QoS") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  REQUIRE(rig.Connect(rig.two, "dev-1/b", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.one, 2);
  rig.Subscribe(rig.two, 0);
  rig.Register(rig.one, "abc");
  REQUIRE(rig.broker.sent.size() == 1);
  CHECK(rig.broker.sent[0].client_id == "dev-1");
  CHECK(rig.broker.sent[0].topic ==
        "$dps/registrations/res/202/?$rid=abc&retry-after=3");
  CHECK(rig.broker.sent[0].qos == 1);
}

TEST_CASE("device_endpoint: one who only publishes answers its subscribers") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1/pub", "dev-1") == Verdict::kAllow);
  REQUIRE(rig.Connect(rig.two, "dev-1/sub", "dev-1") == Verdict::kAllow);
  REQUIRE(rig.Connect(rig.three, "dev-2", "dev-2") == Verdict::kAllow);
  rig.Subscribe(rig.two, 0);
  rig.Subscribe(rig.three);
  rig.Register(rig.one);
  REQUIRE(rig.broker.sent.size() == 1);
  CHECK(rig.broker.sent[0].client_id == "dev-1/sub");
  CHECK(rig.broker.sent[0].qos == 0);
}

TEST_CASE("device_endpoint: a session the broker keeps gets replies at QoS 0") {
  EndpointRig rig;
  Client device = rig.Named(rig.one, "dev-1", "");
  const std::string username = EndpointRig::UsernameOf("dev-1");
  device.username = username;
  device.clean_start = false;
  REQUIRE(rig.endpoint.OnConnect(
              device, GroupTokenFor("dev-1", kNoon + std::chrono::hours(1))) ==
          Verdict::kAllow);
  rig.Subscribe(rig.one, 1);
  rig.Register(rig.one);
  CHECK(rig.broker.sent[0].qos == 0);
}

TEST_CASE("device_endpoint: a resumed session goes on receiving replies") {
  EndpointRig rig;
  const std::string username = EndpointRig::UsernameOf("dev-1");
  const std::string token =
      GroupTokenFor("dev-1", kNoon + std::chrono::hours(1));
  const auto connect = [&](const int& connection) {
    Client device = rig.Named(connection, "dev-1", username);
    device.clean_start = false;
    REQUIRE(rig.endpoint.OnConnect(device, token) == Verdict::kAllow);
  };
  connect(rig.one);
  rig.Subscribe(rig.one, 1);
  rig.endpoint.OnDisconnect(&rig.one);
  connect(rig.two);  // the broker resumes it, subscription and all
  rig.Register(rig.two);
  REQUIRE(rig.broker.sent.size() == 1);
  CHECK(rig.broker.sent[0].qos == 0);
  connect(rig.three);  // takes over while the old connection still stands
  rig.endpoint.OnDisconnect(&rig.two);
  rig.Register(rig.three);
  CHECK(rig.broker.sent.size() == 2);
}

TEST_CASE(
    "device_endpoint: unsubscribing from another filter changes nothing") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.one);
  CHECK(rig.Access(rig.one, Access::kUnsubscribe, "$dps/registrations/res/x") ==
        Verdict::kAllow);
  rig.Register(rig.one);
  CHECK(rig.broker.sent.size() == 1);
  CHECK(rig.Access(rig.one, Access::kUnsubscribe, kResponseFilter) ==
        Verdict::kAllow);
  rig.Register(rig.one);
  CHECK(rig.broker.sent.size() == 1);
}

TEST_CASE("device_endpoint: a device of another tenant gets no client id") {
  EndpointRig rig;
  const IdScope other = *IdScope::Parse("0neOTHER");
  AddInstance(rig.store, other);
  EnrollmentGroup group = GroupOf("fleet");
  Batch batch;
  batch.changes.emplace_back(
      Put<EnrollmentGroup>{other, group, Expect::Absent()});
  REQUIRE(rig.store.Commit(batch));
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  const std::string username = EndpointRig::UsernameOf("dev-1", "0neOTHER");
  const std::string token =
      GroupTokenFor("dev-1", kNoon + std::chrono::hours(1), "0neOTHER");
  CHECK(rig.endpoint.OnConnect(rig.Named(rig.two, "dev-1", username), token) ==
        Verdict::kDeny);
  CHECK(rig.log.Holds("another ID scope"));
  CHECK(rig.endpoint.OnConnect(rig.Named(rig.two, "dev-1/b", username),
                               token) == Verdict::kAllow);
}

TEST_CASE("device_endpoint: nobody takes over the client id of a device") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  CHECK(rig.endpoint.OnConnect(rig.Named(rig.two, "dev-1", "alice"), "x") ==
        Verdict::kDeny);
  CHECK(rig.endpoint.OnConnect(rig.Named(rig.two, "dev-1", ""), {}) ==
        Verdict::kDeny);
  // The device itself may.
  CHECK(rig.Connect(rig.two, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.two);
  rig.endpoint.OnDisconnect(&rig.one);
  rig.Register(rig.two);
  CHECK(rig.broker.sent.size() == 1);
}

TEST_CASE("device_endpoint: a session left behind is guarded for its device") {
  EndpointRig rig;
  Client device = rig.Named(rig.one, "dev-1", "");
  const std::string username = EndpointRig::UsernameOf("dev-1");
  device.username = username;
  device.clean_start = false;
  const std::string token =
      GroupTokenFor("dev-1", kNoon + std::chrono::hours(1));
  REQUIRE(rig.endpoint.OnConnect(device, token) == Verdict::kAllow);
  rig.endpoint.OnDisconnect(&rig.one);
  Client alice = rig.Named(rig.two, "dev-1", "alice");
  alice.clean_start = false;  // would resume it
  CHECK(rig.endpoint.OnConnect(alice, "x") == Verdict::kDeny);
  alice.clean_start = true;  // ends it
  CHECK(rig.endpoint.OnConnect(alice, "x") == Verdict::kDefer);
  CHECK(rig.Connect(rig.two, "dev-1", "dev-1") == Verdict::kAllow);
}

TEST_CASE("device_endpoint: one device leaves only so many sessions behind") {
  EndpointRig rig;
  const std::string username = EndpointRig::UsernameOf("dev-1");
  const std::string token =
      GroupTokenFor("dev-1", kNoon + std::chrono::hours(1));
  const auto connect = [&](const std::string& client_id) {
    Client device = rig.Named(rig.one, client_id, username);
    device.clean_start = false;
    const Verdict verdict = rig.endpoint.OnConnect(device, token);
    rig.endpoint.OnDisconnect(&rig.one);
    return verdict;
  };
  for (std::size_t i = 0; i < limits::kLeftoversOfDeviceMax; ++i) {
    CHECK(connect("dev-1/" + std::to_string(i)) == Verdict::kAllow);
  }
  CHECK(connect("dev-1/more") == Verdict::kDeny);
  CHECK(connect("dev-1/0") == Verdict::kAllow);  // its own again
  CHECK(connect("dev-1/" + std::string(300, 'x')) == Verdict::kDeny);
}

TEST_CASE("device_endpoint: an unparseable request is dropped and logged") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.one);
  const Client device = rig.Named(rig.one, "dev-1", "");
  CHECK(rig.endpoint.OnMessage(device,
                               "$dps/registrations/PUT/iotdps-register/", ""));
  CHECK(rig.broker.sent.empty());
  CHECK(rig.log.Holds("request dropped"));
  CHECK(
      rig.endpoint.OnMessage(device, "$dps/registrations/POST/x/?$rid=7", ""));
  REQUIRE(rig.broker.sent.size() == 1);
  CHECK(rig.broker.sent[0].topic == "$dps/registrations/res/404/?$rid=7");
}

TEST_CASE("device_endpoint: a device no longer enrolled is told and let go") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  REQUIRE(rig.Connect(rig.two, "dev-2", "dev-2") == Verdict::kAllow);
  rig.Subscribe(rig.one);
  REQUIRE(rig.store.Commit(
      {.changes = {Remove<EnrollmentGroup>{TestScope(), "fleet", {}}}}));
  rig.Register(rig.one);
  REQUIRE(rig.broker.sent.size() == 1);
  CHECK(rig.broker.sent[0].topic == "$dps/registrations/res/401/?$rid=1");
  rig.endpoint.OnTick();
  CHECK(rig.broker.disconnected.empty());  // it may read its answer
  rig.clock.Advance(limits::kDismissalDelay);
  rig.endpoint.OnTick();
  CHECK(rig.broker.disconnected == std::vector<std::string>{"dev-1"});
  rig.endpoint.OnTick();
  CHECK(rig.broker.disconnected.size() == 1);
}

TEST_CASE("device_endpoint: letting go does not hit a newcomer") {
  EndpointRig rig;
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.one);
  REQUIRE(rig.store.Commit(
      {.changes = {Remove<EnrollmentGroup>{TestScope(), "fleet", {}}}}));
  rig.Register(rig.one);
  Save(rig.store, GroupOf("fleet"));
  REQUIRE(rig.Connect(rig.two, "dev-1", "dev-1") == Verdict::kAllow);
  rig.clock.Advance(limits::kDismissalDelay);
  SUBCASE("that took the client id over") {}
  SUBCASE("that came when the connection had ended") {
    rig.endpoint.OnDisconnect(&rig.one);
  }
  rig.endpoint.OnTick();
  CHECK(rig.broker.disconnected.empty());
}

TEST_CASE("device_endpoint: other topics are none of ours") {
  EndpointRig rig;
  CHECK_FALSE(rig.endpoint.OnMessage(rig.Named(rig.one, "alice", "alice"),
                                     "plant/1", "x"));
}

TEST_CASE("device_endpoint: prompt replies wait for the commit") {
  EndpointRig rig({.reply_mode = ReplyMode::kPrompt});
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.one);
  rig.Register(rig.one, "9");
  CHECK(rig.broker.sent.empty());
  while (rig.broker.sent.empty()) {
    rig.endpoint.OnTick();
    std::this_thread::yield();
  }
  CHECK(rig.broker.sent[0].topic == "$dps/registrations/res/200/?$rid=9");
  CHECK(rig.broker.sent[0].payload.find("\"status\":\"assigned\"") !=
        std::string::npos);
  rig.endpoint.OnTick();
  CHECK(rig.broker.sent.size() == 1);
}

TEST_CASE("device_endpoint: a prompt reply that waits too long is 202") {
  EndpointRig rig({.reply_mode = ReplyMode::kPrompt});
  REQUIRE(rig.Connect(rig.one, "dev-1", "dev-1") == Verdict::kAllow);
  rig.Subscribe(rig.one);
  rig.store.Hold();
  rig.Register(rig.one, "9");
  rig.endpoint.OnTick();
  CHECK(rig.broker.sent.empty());
  rig.clock.Advance(rig.config.prompt_wait);
  rig.endpoint.OnTick();
  REQUIRE(rig.broker.sent.size() == 1);
  CHECK(rig.broker.sent[0].topic ==
        "$dps/registrations/res/202/?$rid=9&retry-after=3");
  rig.store.Release();
}

}  // namespace dps
