// SPDX-License-Identifier: Apache-2.0
#include "tests/support/broker_process.h"

#include <csignal>
#include <cstdlib>
#include <utility>

#include "tests/support/loopback_ports.h"
#include "tests/support/mqtt_client.h"

namespace dps {
namespace {

constexpr int kPortTriesMax = 5;
constexpr std::size_t kListeners = 4;
constexpr std::string_view kRunning = " running";
constexpr std::string_view kReloading = "Reloading config.";

// A sanitised plugin needs its runtime in the stock broker before all else.
std::string SanitizerRuntime() {
#ifdef DPS_SANITIZER_RUNTIME
  return DPS_SANITIZER_RUNTIME;
#else
  return {};
#endif
}

bool MetTakenPort(std::string_view log) {
  return log.find("Address already in use") != std::string_view::npos ||
         log.find("Unable to create websockets listener") !=
             std::string_view::npos;
}

}  // namespace

std::vector<std::string> BrokerEnvironment(
    std::vector<std::string> environment) {
  constexpr std::string_view kPreload = "LD_PRELOAD=";
  const std::string runtime = SanitizerRuntime();
  if (runtime.empty()) return environment;
  bool preloads = false;
  for (std::string& entry : environment) {
    if (!entry.starts_with(kPreload)) continue;
    entry.insert(kPreload.size(), runtime + ":");
    preloads = true;
  }
  if (!preloads) environment.push_back(std::string(kPreload) + runtime);
  // The stock broker's own leaks at exit are not ours.
  environment.emplace_back("ASAN_OPTIONS=detect_leaks=0");
  return environment;
}

Result<std::unique_ptr<BrokerProcess>> BrokerProcess::Start(
    BrokerOptions options) {
  std::unique_ptr<BrokerProcess> broker(new BrokerProcess(std::move(options)));
  DPS_TRY(broker->ca_, MakeTestCa(broker->directory_.path()));
  Status launched;
  for (int tries = 0; tries < kPortTriesMax; ++tries) {
    broker->ports_ = FreeLoopbackPorts(kListeners);
    launched = broker->Launch();
    if (launched) return broker;
    if (!MetTakenPort(launched.error().message)) break;
  }
  return Forward(std::move(launched));
}

std::string BrokerProcess::Config() const {
  // Root would drop its rights and lose the temporary directory; anybody else
  // cannot change the user, and mosquitto ignores the line.
  std::string text =
      "user root\n"
      "log_dest stderr\n"
      "persistence false\n"
      "set_tcp_nodelay true\n";
  text += options_.quiet ? "connection_messages false\n" : "log_type all\n";
  text += options_.allow_anonymous ? "allow_anonymous true\n"
                                   : "allow_anonymous false\n";
  text += options_.config + "\n";
  for (std::size_t i = 0; i < kListeners; ++i) {
    text += "listener " + std::to_string(ports_[i]) + " 127.0.0.1\n";
    if (i >= 2) text += "protocol websockets\n";
    if (i % 2 == 1) {
      text += "certfile " + ca_.certificate_file + "\n";
      text += "keyfile " + ca_.key_file + "\n";
      text += options_.tls_config + "\n";
    }
    text += options_.listener_config + "\n";
  }
  return text;
}

Status BrokerProcess::Launch() {
  if (child_ != nullptr) earlier_log_ += child_->err();
  child_.reset();
  reloads_ = 0;
  ChildCommand command{.argv = options_.launcher,
                       .environment = BrokerEnvironment(options_.environment)};
  const std::string config = directory_.Write("mosquitto.conf", Config());
  command.argv.insert(command.argv.end(), {"mosquitto", "-c", config});
  DPS_TRY(child_, ChildProcess::Start(command));
  if (child_->WaitForText(kRunning)) return {};
  return Fail(Errc::kUnavailable, "mosquitto did not start:\n" + child_->err());
}

Result<int> BrokerProcess::Stop() {
  child_->Signal(SIGTERM);
  return child_->Wait();
}

void BrokerProcess::Kill() {
  child_->Signal(SIGKILL);
  static_cast<void>(child_->Wait());
}

Status BrokerProcess::Restart() {
  Kill();
  return Launch();
}

Status BrokerProcess::Reload() {
  child_->Signal(SIGHUP);
  if (!WaitForLog(kReloading, ++reloads_)) {
    return Fail(Errc::kUnavailable, "the broker does not reload");
  }
  // A signal that comes before the reload has ended is lost; the broker
  // answers a new client after it.
  DPS_TRY(MqttClient client, MqttClient::Open(Tcp()));
  DPS_CHECK(client.Connect({.client_id = "reload-probe"}));
  return {};
}

std::string BrokerProcess::log() const { return earlier_log_ + child_->err(); }

}  // namespace dps
