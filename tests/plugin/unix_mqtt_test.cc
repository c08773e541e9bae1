// SPDX-License-Identifier: Apache-2.0
#include "plugin/unix_mqtt.h"

#include <doctest/doctest.h>

#include <utility>

#include "tests/support/fake_unix_broker.h"
#include "tests/support/forked_process.h"

namespace dps {
namespace {

UnixMqttLogin LoginTo(const std::string& socket_path) {
  return {.socket_path = socket_path,
          .client_id = "id",
          .username = "user",
          .password = "secret"};
}

Error RefusalOf(const UnixMqttLogin& login) {
  const auto connection = UnixMqtt::Connect(login);
  REQUIRE_FALSE(connection);
  return connection.error();
}

}  // namespace

TEST_CASE("unix_mqtt: CONNECT is that of MQTT 3.1.1 with a clean session") {
  FakeUnixBroker broker;
  auto connection = UnixMqtt::Connect(LoginTo(broker.path()));
  REQUIRE(connection);
  CHECK(connection->connected());
  const auto packets = broker.Await(1);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].type == 0x10);
  using std::string_literals::operator""s;
  CHECK(packets[0].body == "\0\4MQTT\x04\xc2\0\0\0\2id\0\4user\0\6secret"s);
}

TEST_CASE("unix_mqtt: a login of any length arrives whole") {
  FakeUnixBroker broker;
  UnixMqttLogin login = LoginTo(broker.path());
  for (const std::size_t size : {100, 127, 128, 300, 20000}) {
    login.client_id.assign(size, 'x');
    REQUIRE(UnixMqtt::Connect(login));
  }
  std::vector<std::size_t> sizes;
  for (const auto& packet : broker.Await(10)) {
    if (packet.type != 0x10) continue;
    sizes.push_back(packet.ClientId().size());
    CHECK(packet.Password() == "secret");
  }
  CHECK(sizes == std::vector<std::size_t>{100, 127, 128, 300, 20000});
}

TEST_CASE("unix_mqtt: publishes and disconnects, each once") {
  FakeUnixBroker broker;
  auto connection = UnixMqtt::Connect(LoginTo(broker.path()));
  REQUIRE(connection);
  UnixMqtt moved = *std::move(connection);
  CHECK(moved.Publish("$dps/wake"));
  moved.Disconnect();
  CHECK_FALSE(moved.connected());
  const auto packets = broker.Await(4);
  REQUIRE(packets.size() == 4);
  CHECK(packets[1].type == 0x30);
  CHECK(packets[1].Topic() == "$dps/wake");
  CHECK(packets[1].body.size() == 2 + 9);
  CHECK(packets[2].type == 0xe0);
  CHECK(packets[2].body.empty());
  CHECK(packets[3].type == 0);
}

TEST_CASE("unix_mqtt: a refused login is Unauthenticated, with the code") {
  FakeUnixBroker broker;
  broker.set_connack_code(5);
  const Error refusal = RefusalOf(LoginTo(broker.path()));
  CHECK(refusal.code == Errc::kUnauthenticated);
  CHECK(refusal.message == "refused with CONNACK 5");
}

TEST_CASE("unix_mqtt: another process that listens learns no password") {
  const TempDir directory;
  const std::string path = directory.File("socket");
  ForkedProcess impostor([&](const ProcessLink& link) {
    ListenOn(path);
    link.Tell();
    link.Await();
    return true;
  });
  impostor.link().Await();
  const Error refusal = RefusalOf(LoginTo(path));
  CHECK(refusal.code == Errc::kUnauthenticated);
  CHECK(refusal.message == "not this broker listens on " + path);
  impostor.link().Tell();
  CHECK(impostor.Succeeded());
}

TEST_CASE("unix_mqtt: where nobody can answer it is Unavailable") {
  const TempDir directory;
  const Error nobody = RefusalOf(LoginTo(directory.File("none.sock")));
  CHECK(nobody.code == Errc::kUnavailable);
  CHECK(nobody.message.starts_with("connect to " + directory.path()));
  const Error too_long = RefusalOf(LoginTo("/" + std::string(200, 'x')));
  CHECK(too_long.code == Errc::kUnavailable);
  CHECK(too_long.message == "the socket's path is too long");
}

TEST_CASE("unix_mqtt: a publish to a broker that is gone closes") {
  FakeUnixBroker broker;
  auto connection = UnixMqtt::Connect(LoginTo(broker.path()));
  REQUIRE(connection);
  broker.CloseConnections();
  const Status published = connection->Publish("$dps/wake");
  REQUIRE_FALSE(published);
  CHECK(published.error().code == Errc::kUnavailable);
  CHECK_FALSE(connection->connected());
}

}  // namespace dps
