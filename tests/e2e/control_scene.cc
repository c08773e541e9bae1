// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/control_scene.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "tests/support/child_process.h"

namespace dps {
namespace {

void AddUser(const std::string& file, const std::string& name) {
  const auto added = RunCommand(
      {.argv = {"mosquitto_passwd", "-b", file, name, kUserPassword}});
  REQUIRE(added);
  REQUIRE(added->exit_code == 0);
}

}  // namespace

ControlScene::ControlScene(const ControlSceneOptions& options) {
  const std::string passwords = files_.Write("passwords", "");
  for (const char* name : {"alice", "bob"}) AddUser(passwords, name);
  std::string security = "password_file " + passwords + "\n";
  if (!options.acl.empty()) {
    security += "acl_file " + files_.Write("acl", options.acl) + "\n";
  }
  dps_ = std::make_unique<DpsBroker>(
      DpsBrokerOptions{.plugin_options = options.plugin_options,
                       .config = options.config,
                       .after_plugin = security,
                       .loopback = options.loopback,
                       .environment = options.environment});
}

std::string ControlScene::AuditLog() const {
  std::ifstream file(dps_->store_directory() + "/audit.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

MqttClient ControlScene::User(const std::string& name, int version) {
  MqttClient client = ConnectedClient(Tcp(), {.client_id = name + "-1",
                                              .username = name,
                                              .password = kUserPassword,
                                              .version = version});
  REQUIRE(client.Subscribe(kControlAnswerTopic, 0) == 0);
  return client;
}

std::vector<std::string> ControlScene::Login(const std::string& name) {
  return {"-h", "127.0.0.1", "-p", std::to_string(Tcp().port),
          "-u", name,        "-P", kUserPassword};
}

ControlAnswer NextControlAnswer(MqttClient& client) {
  const auto message = client.NextMessage();
  REQUIRE_MESSAGE(message.has_value(), message.error().message);
  CHECK(message->topic == kControlAnswerTopic);
  CHECK(message->qos == 0);
  CHECK_FALSE(message->retain);
  auto answer = ParseControlAnswer(message->payload);
  REQUIRE_MESSAGE(answer.has_value(), message->payload);
  return *std::move(answer);
}

ControlAnswer Ask(MqttClient& client, std::string_view request) {
  REQUIRE(client.Publish({.topic = std::string(kControlTopic),
                          .payload = std::string(request),
                          .qos = 1}));
  return NextControlAnswer(client);
}

std::string Plain(std::string_view method, std::string_view path) {
  return ControlRequestText(
      {.request = {.method = std::string(method), .path = std::string(path)}});
}

std::string With(std::string_view method, std::string_view path,
                 std::string_view body) {
  return ControlRequestText({.request = {.method = std::string(method),
                                         .path = std::string(path),
                                         .body = std::string(body)}});
}

}  // namespace dps
