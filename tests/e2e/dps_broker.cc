// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/dps_broker.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/base/text.h"

namespace dps {
namespace {

std::string PluginConfig(const DpsBrokerOptions& options,
                         const std::string& directory) {
  std::string config = options.config;
  if (options.loopback) config += "listener 0 " + directory + "/dps.sock\n";
  config +=
      "plugin " DPS_PLUGIN "\nplugin_opt_dps_store " + directory + "/store\n";
  if (options.loopback) {
    config += "plugin_opt_dps_loopback_socket " + directory + "/dps.sock\n";
  }
  return config + options.plugin_options + options.after_plugin;
}

// $dps/registrations/res/{status}/?$rid={rid}[&retry-after={n}]
void ParseResponseTopic(std::string_view topic, Answer& answer) {
  constexpr std::string_view kPrefix = "$dps/registrations/res/";
  constexpr std::string_view kRid = "/?$rid=";
  constexpr std::string_view kRetry = "&retry-after=";
  CAPTURE(topic);
  REQUIRE(topic.starts_with(kPrefix));
  topic.remove_prefix(kPrefix.size());
  const std::size_t rid_at = topic.find(kRid);
  REQUIRE(rid_at == 3);
  answer.status = static_cast<int>(*ParseDecimal(topic.substr(0, rid_at)));
  topic.remove_prefix(rid_at + kRid.size());
  const std::size_t retry_at = topic.find(kRetry);
  answer.rid = topic.substr(0, retry_at);
  if (retry_at == std::string_view::npos) return;
  const auto retry = ParseDecimal(topic.substr(retry_at + kRetry.size()));
  REQUIRE(retry);
  answer.retry_after_s = static_cast<int>(*retry);
}

std::string TextMember(JsonView object, std::string_view name) {
  const auto member = object.Find(name);
  return member ? member->AsString().value_or(member->Text()) : "";
}

}  // namespace

DpsBroker::DpsBroker(const DpsBrokerOptions& options) {
  auto store =
      LmdbStore::Open({.directory = store_directory(), .create = true});
  REQUIRE_MESSAGE(store.has_value(), store.error().message);
  store_ = *std::move(store);
  AddInstance(*store_);
  Save(*store_, GroupOf("fleet"));
  auto broker =
      BrokerProcess::Start({.config = PluginConfig(options, directory_.path()),
                            .listener_config = "max_qos 1",
                            .allow_anonymous = false,
                            .environment = options.environment});
  REQUIRE_MESSAGE(broker.has_value(), broker.error().message);
  broker_ = *std::move(broker);
}

std::optional<RegistrationRecord> DpsBroker::RecordOf(std::string_view id) {
  auto record = (*store_->Read())->FindRegistration(TestScope(), Rid(id));
  REQUIRE(record.has_value());
  return *std::move(record);
}

std::string FreshToken(std::string_view id) {
  return GroupTokenFor(id, SystemClock().Now() + std::chrono::hours(1));
}

std::string UsernameOf(std::string_view id, std::string_view suffix) {
  return std::string(kScopeText) + "/registrations/" + std::string(id) + "/" +
         std::string(suffix);
}

ConnectOptions DeviceOptions(std::string_view id, int version) {
  return {.client_id = std::string(id),
          .username = UsernameOf(id),
          .password = FreshToken(id),
          .version = version};
}

std::string Answer::Text(std::string_view name) const {
  return TextMember(body.root(), name);
}

std::string Answer::State(std::string_view name) const {
  const auto state = body.root().Find("registrationState");
  return state ? TextMember(*state, name) : "";
}

Device::Device(const Endpoint& endpoint, std::string_view id, int version)
    : Device(endpoint, DeviceOptions(id, version)) {}

Device::Device(const Endpoint& endpoint, const ConnectOptions& options)
    : client_(ConnectedClient(endpoint, options)) {
  REQUIRE(client_.Subscribe("$dps/registrations/res/#", 1) == 1);
}

Answer Device::Register(std::string_view body, std::string_view rid) {
  REQUIRE(client_.Publish(
      {.topic = RegisterTopic(rid), .payload = std::string(body), .qos = 1}));
  return NextAnswer();
}

Answer Device::Poll(std::string_view operation_id, std::string_view rid) {
  REQUIRE(client_.Publish({.topic = StatusTopic(rid, operation_id), .qos = 1}));
  return NextAnswer();
}

Answer Device::PollUntilDone(std::string_view operation_id) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  // A commit waits 20 ms for company. Longer each time, as on a busy machine
  // five polls, all that is allowed, would be used up.
  std::chrono::milliseconds pause(30);
  Answer answer = Poll(operation_id);
  while (answer.status == 202 || answer.status == 429) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::milliseconds(500));
    answer = Poll(operation_id);
  }
  return answer;
}

Answer Device::Provision(std::string_view body) {
  const Answer accepted = Register(body);
  REQUIRE(accepted.status == 202);
  return PollUntilDone(accepted.Text("operationId"));
}

Answer Device::NextAnswer() {
  const auto message = client_.NextMessage();
  REQUIRE_MESSAGE(message.has_value(), message.error().message);
  return ParseAnswer(*message);
}

Answer ParseAnswer(const MqttMessage& message) {
  auto body = JsonDocument::ParseObject(message.payload);
  REQUIRE(body.has_value());
  Answer answer{.body = *std::move(body), .text = message.payload};
  ParseResponseTopic(message.topic, answer);
  CHECK_FALSE(message.retain);
  return answer;
}

MqttClient ConnectedClient(const Endpoint& endpoint,
                           const ConnectOptions& options) {
  auto client = MqttClient::Open(endpoint);
  REQUIRE_MESSAGE(client.has_value(), client.error().message);
  const auto connack = client->Connect(options);
  REQUIRE_MESSAGE(connack.has_value(), connack.error().message);
  REQUIRE(connack->code == 0);
  return *std::move(client);
}

int ConnackOf(const Endpoint& endpoint, const ConnectOptions& options) {
  auto client = MqttClient::Open(endpoint);
  REQUIRE_MESSAGE(client.has_value(), client.error().message);
  const auto connack = client->Connect(options);
  return connack ? connack->code : -1;
}

std::string RegisterTopic(std::string_view rid) {
  return "$dps/registrations/PUT/iotdps-register/?$rid=" + std::string(rid);
}

std::string StatusTopic(std::string_view rid, std::string_view operation_id) {
  return "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=" +
         std::string(rid) + "&operationId=" + std::string(operation_id);
}

}  // namespace dps
