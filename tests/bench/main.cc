// SPDX-License-Identifier: Apache-2.0
// dps_bench: what the plugin costs beside a bare broker that moves the same
// packets.
#include <openssl/ssl.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "tests/bench/fleet.h"
#include "tests/bench/report.h"
#include "tests/support/broker_process.h"

namespace dps::bench {
namespace {

struct Options {
  bool tls = false;
  bool json = false;
  bool no_pin = false;
  int flows = 5000;
  int concurrency = 64;
  int repetitions = 5;
  int poll_delay_ms = 20;
  std::string plugin = DPS_PLUGIN;
};

using ContextHandle = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// The broker gets core 0, this process core 1.
std::vector<std::string> Pin(const Options& options) {
  if (options.no_pin || sysconf(_SC_NPROCESSORS_ONLN) < 2) return {};
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(1, &own);
  if (sched_setaffinity(0, sizeof own, &own) != 0) return {};
  return {"taskset", "-c", "0"};
}

Result<LoadResult> Measure(const Options& options, const BrokerProcess& broker,
                           const std::vector<DeviceScript>& devices) {
  const ContextHandle tls(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  // A queue that shifts its bytes between calls is still the same queue.
  SSL_CTX_set_mode(tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return RunLoad(
      {.port = (options.tls ? broker.Tls() : broker.Tcp()).port,
       .tls = options.tls ? tls.get() : nullptr,
       .broker = broker.pid(),
       .concurrency = options.concurrency,
       .poll_delay = std::chrono::milliseconds(options.poll_delay_ms)},
      devices);
}

Result<Report> Run(const Options& options) {
  const TempDir directory;
  DPS_TRY(Fleet fleet, Fleet::Enroll(directory.path()));
  const std::vector<std::string> launcher = Pin(options);
  DPS_TRY(const auto bare,
          BrokerProcess::Start({.quiet = true, .launcher = launcher}));
  DPS_TRY(const auto plugin,
          BrokerProcess::Start({.config = "plugin " + options.plugin +
                                          "\nplugin_opt_dps_store " +
                                          directory.path(),
                                .quiet = true,
                                .launcher = launcher}));
  Report report{.tls = options.tls,
                .flows = options.flows,
                .concurrency = options.concurrency,
                .poll_delay = std::chrono::milliseconds(options.poll_delay_ms)};
  for (int i = 0; i < options.repetitions; ++i) {
    DPS_TRY(auto bare_result,
            Measure(options, *bare, fleet.EchoDevices(options.flows)));
    DPS_TRY(auto plugin_result,
            Measure(options, *plugin, fleet.NewDevices(options.flows)));
    report.repetitions.push_back({bare_result, plugin_result});
  }
  return report;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Registers devices with a bare broker and with the plugin.");
  app.add_flag("--tls", options.tls, "Connect through TLS");
  app.add_flag("--json", options.json, "Print JSON instead of a table");
  app.add_flag("--no-pin", options.no_pin, "Leave cores to the scheduler");
  app.add_option("--flows", options.flows, "Devices of one repetition")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--concurrency", options.concurrency, "Devices at a time")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--repetitions", options.repetitions, "Of each broker")
      ->check(CLI::Range(1, 1000));
  app.add_option("--poll-delay", options.poll_delay_ms, "Milliseconds")
      ->check(CLI::Range(0, 60'000));
  app.add_option("--plugin", options.plugin, "The plugin to measure");
  app.option_defaults()->always_capture_default();
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  const auto report = Run(options);
  if (!report) {
    std::cerr << "dps_bench: " << report.error().message << '\n';
    return 1;
  }
  std::cout << (options.json ? AsJson(*report) : AsTable(*report));
  return 0;
}

}  // namespace
}  // namespace dps::bench

int main(int argc, char** argv) { return dps::bench::Main(argc, argv); }
