// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mosquitto_hub_rig.h"

#include <utility>

#include "core/base/clock.h"
#include "tests/support/child_process.h"
#include "tests/support/loopback_ports.h"

namespace dps {
namespace {

constexpr std::string_view kAdministrator = "admin";
constexpr std::string_view kAdministratorPassword = "administrator's password";
constexpr std::string_view kConnector = "dps";
constexpr std::string_view kConnectorPassword = "connector's password";
constexpr std::string_view kObserver = "observer";  // and its password
constexpr std::string_view kPlugin =
    "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so";

// What docs/hubs.md has the hub's administrator do; and a user who sees and
// writes everything.
constexpr std::string_view kSetUp = R"(
{"command":"createRole","rolename":"everything","acls":[
 {"acltype":"publishClientSend","topic":"#","allow":true},
 {"acltype":"subscribePattern","topic":"#","allow":true}]},
{"command":"createClient","username":"observer","password":"observer",
 "roles":[{"rolename":"everything"}]},
{"command":"createRole","rolename":"dps-connector","acls":[
 {"acltype":"publishClientSend","topic":"$CONTROL/dynamic-security/v1",
  "allow":true},
 {"acltype":"subscribeLiteral",
  "topic":"$CONTROL/dynamic-security/v1/response","allow":true},
 {"acltype":"publishClientReceive",
  "topic":"$CONTROL/dynamic-security/v1/response","allow":true},
 {"acltype":"publishClientSend","topic":"devices/#","allow":true},
 {"acltype":"subscribePattern","topic":"devices/#","allow":true},
 {"acltype":"unsubscribePattern","topic":"#","allow":true},
 {"acltype":"publishClientReceive","topic":"devices/#","allow":true}]},
{"command":"createClient","username":"dps","password":"connector's password",
 "roles":[{"rolename":"dps-connector"}]})";

tl::unexpected<Error> Unavailable(std::string message) {
  return Fail(Errc::kUnavailable, std::move(message));
}

CertificateSpec ValidNow(CertificateSpec spec) {
  const UtcTime now = SystemClock().Now();
  spec.not_before = now - std::chrono::hours(1);
  spec.not_after = now + std::chrono::hours(24);
  return spec;
}

Result<MqttClient> LoggedIn(const Endpoint& endpoint,
                            const ConnectOptions& options) {
  DPS_TRY(MqttClient client, MqttClient::Open(endpoint));
  DPS_TRY(const MqttPacket connack, client.Connect(options));
  if (connack.code != 0) {
    return Unavailable("CONNACK " + std::to_string(connack.code));
  }
  return client;
}

ConnectOptions As(std::string_view username, std::string_view password) {
  return {.client_id = "rig-" + NewGuid(),
          .username = std::string(username),
          .password = std::string(password)};
}

// The file as mosquitto_ctrl makes it; the plugin's lines for mosquitto.conf.
Result<std::string> DynamicSecurity(const TempDir& directory) {
  const std::string file = directory.File("dynamic-security.json");
  DPS_TRY(const CommandResult made,
          RunCommand({.argv = {"mosquitto_ctrl", "dynsec", "init", file,
                               std::string(kAdministrator),
                               std::string(kAdministratorPassword)}}));
  if (made.exit_code != 0) return Unavailable(made.err);
  return "plugin " + std::string(kPlugin) + "\nplugin_opt_config_file " + file +
         "\n";
}

}  // namespace

MosquittoHubRig::MosquittoHubRig()
    : device_ca_(Forge(ValidNow(CaSpec("devices of the hub")))),
      device_port_(FreeLoopbackPorts(1).front()) {}

Result<std::unique_ptr<MosquittoHubRig>> MosquittoHubRig::Start(
    MosquittoHubRigOptions options) {
  std::unique_ptr<MosquittoHubRig> rig(new MosquittoHubRig());
  const TempDir& directory = rig->directory_;
  std::string config = "per_listener_settings false\n";
  if (options.dynamic_security) {
    DPS_TRY(const std::string plugin, DynamicSecurity(directory));
    config += plugin;
  }
  config += "persistence true\npersistence_location " + directory.path() +
            "/\nautosave_on_changes true\nautosave_interval 1\n";
  DPS_TRY(const TestCa server, MakeTestCa(directory.path()));
  rig->server_ca_file_ = server.ca_file;
  if (options.device_ca_pem.empty()) {
    options.device_ca_pem = Pem(rig->device_ca_.certificate);
  }
  config += "listener " + std::to_string(rig->device_port_) +
            " 127.0.0.1\ncertfile " + server.certificate_file + "\nkeyfile " +
            server.key_file + "\ncafile " +
            directory.Write("device_ca.pem", options.device_ca_pem) +
            "\nrequire_certificate true\nuse_identity_as_username true\n" +
            options.config + "\n";
  DPS_TRY(rig->broker_,
          BrokerProcess::Start({.config = std::move(config),
                                .allow_anonymous = !options.dynamic_security}));
  if (options.dynamic_security) DPS_CHECK(rig->SetUp());
  return rig;
}

Status MosquittoHubRig::SetUp() const {
  DPS_TRY(const std::string answer, Control(kSetUp));
  if (answer.find("\"error\"") == std::string::npos) return {};
  return Unavailable(answer);
}

Forged MosquittoHubRig::DeviceCertificateOf(
    const std::string& common_name) const {
  return Forge(ValidNow(LeafSpec(common_name, &device_ca_)));
}

Endpoint MosquittoHubRig::DeviceTls(const Forged& device) {
  const std::string name = "device-" + std::to_string(++files_);
  return {.port = device_port_,
          .ca_file = server_ca_file_,
          .certificate_file =
              directory_.Write(name + ".pem", Pem(device.certificate)),
          .key_file = directory_.Write(name + ".key", KeyPem(device))};
}

MosquittoHubOptions MosquittoHubRig::Options() const {
  return {.url = "mqtt://127.0.0.1:" + std::to_string(broker_->Tcp().port),
          .username = std::string(kConnector),
          .password = SecretBytes(kConnectorPassword),
          .timeout = kPatience};
}

MosquittoHubOptions MosquittoHubRig::TlsOptions() const {
  MosquittoHubOptions options = Options();
  const Endpoint tls = broker_->Tls();
  options.url = "mqtts://localhost:" + std::to_string(tls.port);
  options.ca_file = tls.ca_file;
  return options;
}

Result<std::string> MosquittoHubRig::Control(std::string_view commands) const {
  DPS_TRY(MqttClient client,
          LoggedIn(Tcp(), As(kAdministrator, kAdministratorPassword)));
  DPS_TRY(const auto granted,
          client.Subscribe("$CONTROL/dynamic-security/v1/response", 0));
  if (granted != 0) return Unavailable("the administrator has no rights");
  DPS_TRY(const auto sent,
          client.Publish(
              {.topic = "$CONTROL/dynamic-security/v1",
               .payload = "{\"commands\":[" + std::string(commands) + "]}",
               .qos = 1}));
  static_cast<void>(sent);
  DPS_TRY(const MqttMessage answer, client.NextMessage());
  return answer.payload;
}

bool MosquittoHubRig::HasClient(std::string_view username) const {
  const auto answer = Control(R"({"command":"getClient","username":")" +
                              std::string(username) + "\"}");
  return answer && answer->find("\"error\"") == std::string::npos;
}

bool MosquittoHubRig::HasRole(std::string_view name) const {
  const auto answer = Control(R"({"command":"getRole","rolename":")" +
                              std::string(name) + "\"}");
  return answer && answer->find("\"error\"") == std::string::npos;
}

Result<int> MosquittoHubRig::LogIn(const std::string& username,
                                   const std::string& password) const {
  DPS_TRY(MqttClient client, MqttClient::Open(Tcp()));
  DPS_TRY(const MqttPacket connack, client.Connect(As(username, password)));
  return connack.code;
}

Result<MqttClient> MosquittoHubRig::Device(const std::string& username,
                                           const std::string& password) const {
  return LoggedIn(Tcp(), As(username, password));
}

Result<MqttClient> MosquittoHubRig::Device(const Forged& device) {
  return LoggedIn(DeviceTls(device), {.client_id = "rig-" + NewGuid()});
}

Result<std::optional<std::string>> MosquittoHubRig::Retained(
    std::string_view topic) const {
  DPS_TRY(MqttClient client, LoggedIn(Tcp(), As(kObserver, kObserver)));
  DPS_TRY(const auto granted, client.Subscribe(topic, 0));
  static_cast<void>(granted);
  DPS_TRY(const auto messages, client.MessagesSoFar());
  if (messages.empty()) return std::optional<std::string>();
  return std::optional(messages.front().payload);
}

Status MosquittoHubRig::Retain(std::string_view topic,
                               std::string_view payload) const {
  DPS_TRY(MqttClient client, LoggedIn(Tcp(), As(kObserver, kObserver)));
  DPS_TRY(const auto code, client.Publish({.topic = std::string(topic),
                                           .payload = std::string(payload),
                                           .qos = 1,
                                           .retain = true}));
  static_cast<void>(code);
  return {};
}

}  // namespace dps
