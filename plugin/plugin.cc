// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin.h"

#include <exception>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/http/ca_file.h"
#include "core/registration/make_advisers.h"
#include "plugin/callbacks.h"
#include "plugin/local_port.h"

namespace dps {

namespace {

// Of an option that may be absent.
Status CheckWebhookCaFile(const Config& config) {
  const std::string& ca_file = config.advisers.webhook_client.ca_file;
  const Status checked = ca_file.empty() ? Status() : CheckCaFile(ca_file);
  if (checked) return {};
  return Fail(checked.error().code,
              "plugin_opt_dps_webhook_ca_file: " + checked.error().message);
}

}  // namespace

Result<Plugin::Parts> Plugin::Open(const Config& config) {
  Parts parts;
  parts.clock = std::make_unique<SystemClock>();
  parts.log = std::make_unique<MosquittoLog>();
  DPS_TRY(parts.store, LmdbStore::Open({.directory = config.store_directory}));
  DPS_TRY(parts.geo_database,
          OpenGeoDatabase(config.advisers, *parts.clock, *parts.log));
  return parts;
}

Result<std::unique_ptr<Plugin>> Plugin::Create(const Config& config) {
  DPS_CHECK(CheckWebhookCaFile(config));
  DPS_TRY(Parts parts, Open(config));
  auto plugin = std::make_unique<Plugin>(config, std::move(parts));
  plugin->log_.Write(LogLevel::kNotice,
                     "device endpoint ready, store " + config.store_directory);
  return plugin;
}

namespace {

std::unique_ptr<Loopback> MakeLoopback(const Config& config, Log& log) {
  if (config.loopback_socket.empty()) return nullptr;
  return std::make_unique<Loopback>(config.loopback_socket, log);
}

// Only held replies wait for the broker to wake.
std::function<void()> WakeFor(const Config& config, Loopback* loopback) {
  if (loopback == nullptr || config.reply_mode == ReplyMode::kPolled) return {};
  return [loopback] { loopback->Wake(); };
}

TlsOptions TlsOptionsOf(const Config& config) {
  TlsOptions options = config.tls;
  options.chain_max = config.service.proofs.certificates.chain_max;
  return options;
}

}  // namespace

Plugin::Plugin(const Config& config, Parts parts)
    : parts_(std::move(parts)),
      clock_(*parts_.clock),
      log_(*parts_.log),
      loopback_(MakeLoopback(config, log_)),
      secrets_(config.store_directory),
      hub_client_(config.advisers.hub_client),
      attempts_(*parts_.store, log_),
      writer_(*parts_.store, clock_, log_,
              {.pending_max = config.service.pending_max,
               .proofs = config.service.proofs,
               .linger = config.commit_linger},
              WakeFor(config, loopback_.get()),
              MakeAdvisers({.store = *parts_.store,
                            .clock = clock_,
                            .log = log_,
                            .secrets = secrets_,
                            .hub_client = hub_client_,
                            .geo_database = parts_.geo_database.get(),
                            .attempts = &attempts_},
                           config.advisers)),
      service_(*parts_.store, writer_, clock_, log_, config.service,
               &attempts_),
      gate_(service_, log_),
      tls_hook_(gate_, TlsOptionsOf(config)),
      endpoint_(service_, broker_, clock_, log_, config, loopback_.get()),
      control_(MakeControl(config)) {
  parts_.store->ReportTo(log_);
}

std::unique_ptr<ControlEndpoint> Plugin::MakeControl(const Config& config) {
  if (!config.control) return nullptr;
  ControlParts parts{.store = *parts_.store,
                     .clock = clock_,
                     .secrets = secrets_,
                     .log = log_,
                     .audit_file = config.store_directory + "/audit.log"};
  if (loopback_) parts.wake = [this] { loopback_->Wake(); };
  return std::make_unique<ControlEndpoint>(parts, endpoint_, broker_);
}

void Plugin::OnDisconnect(const void* handle) {
  endpoint_.OnDisconnect(handle);
  if (control_) control_->OnDisconnect(handle);
}

void Plugin::ReportTls() {
  tls_reported_ = true;
  const TlsOptions& tls = tls_hook_.options();
  if (!TlsHook::SawContext()) {
    // No plugin can ask which listeners there are.
    const bool named = !tls.ports.empty();
    log_.Write(named ? LogLevel::kError : LogLevel::kNotice,
               std::string(named ? "dps_tls_ports names ports, but no" : "no") +
                   " TLS listener was seen: there is none, or this broker does "
                   "not use the system's OpenSSL; devices with certificates "
                   "are refused, those with SAS tokens are not");
    return;
  }
  if (!tls.hooked) return;
  const std::set<std::uint16_t> listening = ListeningPorts();
  std::string asked = tls.ports.empty() ? " every TLS port" : "";
  for (const std::uint16_t port : tls.ports) {
    asked += " " + std::to_string(port);
    if (listening.contains(port)) continue;
    log_.Write(LogLevel::kError, "dps_tls_ports names port " +
                                     std::to_string(port) +
                                     ", on which this broker does not listen");
  }
  log_.Write(LogLevel::kNotice, "devices may show certificates on:" + asked);
}

void Plugin::OnTick() {
  if (!tls_reported_) ReportTls();
  log_.Flush();
  endpoint_.OnTick();
  if (control_) control_->OnTick();
}

void Plugin::OnReload() {
  service_.ClearCache();
  log_.Write(LogLevel::kNotice,
             "reload: instances, hubs and enrollments are always read as they "
             "are; options are read at start only");
}

void Plugin::LogException(const char* what) noexcept {
  try {
    log_.Write(LogLevel::kError, std::string("exception: ") + what);
  } catch (...) {  // out of memory: nothing left to do
  }
}

namespace {

// The plugin keeps one store and one set of sessions for the whole broker.
mosquitto_plugin_id_t* loaded_identifier = nullptr;

int Load(mosquitto_plugin_id_t* identifier, void** userdata,
         const std::vector<Option>& options) {
  const auto refuse = [](const Error& error) {
    MosquittoLog().Write(LogLevel::kError, error.message);
    return MOSQ_ERR_INVAL;
  };
  if (loaded_identifier != nullptr) {
    return refuse({Errc::kInvalidArgument,
                   "the plugin is loaded twice; load it once, and without "
                   "per_listener_settings"});
  }
  const auto config = ParseConfig(options);
  if (!config) return refuse(config.error());
  auto plugin = Plugin::Create(*config);
  if (!plugin) return refuse(plugin.error());
  if (auto registered = RegisterCallbacks(identifier, plugin->get());
      !registered) {
    return refuse(registered.error());
  }
  loaded_identifier = identifier;
  *userdata = plugin->release();
  return MOSQ_ERR_SUCCESS;
}

}  // namespace
}  // namespace dps

#define DPS_EXPORT extern "C" __attribute__((visibility("default")))

DPS_EXPORT int mosquitto_plugin_version(int supported_version_count,
                                        const int* supported_versions) {
  constexpr int kPluginVersion = 5;
  for (int i = 0; i < supported_version_count; ++i) {
    if (supported_versions[i] == kPluginVersion) return kPluginVersion;
  }
  return -1;
}

DPS_EXPORT int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier,
                                     void** userdata,
                                     struct mosquitto_opt* options,
                                     int option_count) {
  try {
    std::vector<dps::Option> pairs;
    pairs.reserve(static_cast<std::size_t>(option_count));
    for (int i = 0; i < option_count; ++i) {
      pairs.emplace_back(options[i].key,
                         options[i].value == nullptr ? "" : options[i].value);
    }
    return dps::Load(identifier, userdata, pairs);
  } catch (const std::exception& exception) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "dps: %s", exception.what());
  } catch (...) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "dps: unknown exception at start");
  }
  return MOSQ_ERR_UNKNOWN;
}

// 2.1 calls this even after a failed init, with no user data.
DPS_EXPORT int mosquitto_plugin_cleanup(void* userdata, struct mosquitto_opt*,
                                        int) {
  if (userdata == nullptr) return MOSQ_ERR_SUCCESS;
  try {
    dps::UnregisterCallbacks(dps::loaded_identifier);
    dps::loaded_identifier = nullptr;
    delete static_cast<dps::Plugin*>(userdata);
  } catch (...) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "dps: exception at the end");
  }
  return MOSQ_ERR_SUCCESS;
}
