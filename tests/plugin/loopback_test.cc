// SPDX-License-Identifier: Apache-2.0
#include "plugin/loopback.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "core/base/limits.h"
#include "tests/support/fake_log.h"
#include "tests/support/fake_unix_broker.h"

namespace dps {
namespace {

constexpr unsigned char kConnect = 0x10;
constexpr unsigned char kPublish = 0x30;
constexpr unsigned char kDisconnect = 0xe0;
constexpr unsigned char kClosed = 0;

using Packet = FakeUnixBroker::Packet;

struct LoopbackRig {
  std::vector<Packet> Await(std::size_t count) {
    auto packets = broker.Await(count);
    REQUIRE(packets.size() >= count);
    return packets;
  }

  FakeUnixBroker broker;
  FakeLog log;
  Loopback loopback{broker.path(), log};
};

}  // namespace

TEST_CASE("loopback: wakes are publishes on one connection that stays") {
  LoopbackRig rig;
  rig.loopback.Wake();
  auto packets = rig.Await(2);
  CHECK(packets[0].type == kConnect);
  CHECK(packets[0].ClientId() == rig.loopback.wake_client_id());
  CHECK(packets[0].Username() == kLoopbackUsername);
  CHECK(packets[1].type == kPublish);
  CHECK(packets[1].Topic() == kWakeTopic);
  rig.loopback.Wake();
  packets = rig.Await(3);
  CHECK(packets[2].type == kPublish);
  CHECK(packets[2].connection == packets[1].connection);
}

TEST_CASE("loopback: wakes that nobody was told of yet count as one") {
  LoopbackRig rig;
  rig.broker.Hold();
  rig.loopback.Wake();
  rig.Await(1);  // under way: whatever comes now needs another
  for (int i = 0; i < 100; ++i) rig.loopback.Wake();
  rig.loopback.RemoveSession("dev-1");  // after all wakes
  rig.broker.Release();
  const auto packets = rig.Await(6);
  CHECK(std::ranges::count(packets, kPublish, &Packet::type) == 2);
  CHECK(std::ranges::count(packets, kConnect, &Packet::type) == 2);
}

TEST_CASE("loopback: a session is removed by coming and going as its client") {
  LoopbackRig rig;
  rig.loopback.RemoveSession("dev-1");
  const auto packets = rig.Await(3);
  CHECK(packets[0].type == kConnect);
  CHECK(packets[0].ClientId() == "dev-1");
  CHECK(packets[0].Username() == kLoopbackUsername);
  CHECK(packets[1].type == kDisconnect);
  CHECK(packets[2].type == kClosed);
}

TEST_CASE("loopback: it knows its own password and no other") {
  LoopbackRig rig;
  rig.loopback.RemoveSession("dev-1");
  const std::string password = rig.Await(1)[0].Password();
  CHECK(password.size() == 64);
  CHECK(rig.loopback.Recognises(password));
  CHECK_FALSE(rig.loopback.Recognises(""));
  CHECK_FALSE(rig.loopback.Recognises(password.substr(1)));
  CHECK_FALSE(rig.loopback.Recognises(password + "0"));
  const Loopback another(rig.broker.path(), rig.log);
  CHECK_FALSE(another.Recognises(password));
  CHECK(another.wake_client_id() != rig.loopback.wake_client_id());
}

TEST_CASE("loopback: a broken connection is made anew at the next wake") {
  LoopbackRig rig;
  rig.loopback.Wake();
  rig.Await(2);
  rig.broker.CloseConnections();
  rig.Await(3);
  rig.loopback.Wake();
  const auto packets = rig.Await(5);
  CHECK(packets[3].type == kConnect);
  CHECK(packets[4].type == kPublish);
  CHECK(rig.log.lines().empty());
}

TEST_CASE("loopback: of failures in a row the first is logged") {
  FakeLog log;
  const TempDir directory;
  {
    Loopback loopback(directory.File("none.sock"), log);
    for (int i = 0; i < 10; ++i) loopback.RemoveSession("dev-1");
    loopback.Wake();
  }
  REQUIRE(log.lines().size() == 1);
  CHECK(log.Holds("loopback: connect to " + directory.path()));
}

TEST_CASE("loopback: what it does after a failure works, and is told anew") {
  LoopbackRig rig;
  rig.broker.set_connack_code(5);
  rig.loopback.RemoveSession("dev-1");
  rig.Await(2);  // refused and closed
  rig.broker.set_connack_code(0);
  rig.loopback.RemoveSession("dev-2");
  CHECK(rig.Await(5)[3].type == kDisconnect);
  rig.broker.set_connack_code(5);
  rig.loopback.RemoveSession("dev-3");
  rig.Await(7);
  rig.loopback.RemoveSession("dev-4");
  rig.Await(9);
  CHECK(rig.log.lines().size() == 2);
}

TEST_CASE("loopback: too many removals are refused, with a line in the log") {
  FakeLog log;
  auto broker = std::make_unique<FakeUnixBroker>();
  Loopback loopback(broker->path(), log);
  broker->Hold();
  loopback.RemoveSession("first");
  REQUIRE(broker->Await(1).size() == 1);
  for (std::size_t i = 0; i < limits::kLoopbackJobsMax; ++i) {
    loopback.RemoveSession("dev-1");
  }
  CHECK(log.lines().empty());
  loopback.RemoveSession("dev\n1");
  CHECK(log.Holds("session of client=dev\\x0a1 not removed: too many wait"));
  broker.reset();  // the removals fail at once
}

}  // namespace dps
