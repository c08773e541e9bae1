// SPDX-License-Identifier: Apache-2.0
// dps_bench: what the plugin costs beside a bare broker that moves the same
// packets.
#include <openssl/ssl.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <optional>
#include <utility>

#include "tests/bench/fleet.h"
#include "tests/bench/report.h"
#include "tests/support/broker_process.h"

namespace dps::bench {
namespace {

// Enough for a stable figure within half a minute.
constexpr int kFlowsPlain = 8000;
constexpr int kFlowsTls = 3000;

struct Options {
  bool tls = false;
  bool json = false;
  bool no_pin = false;
  std::optional<int> flows;
  int concurrency = 256;
  int repetitions = 5;
  // A device polls seconds later; this is late enough to find the commit done,
  // which waits limits::kCommitLinger for company.
  int poll_delay_ms = 50;
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
  const int flows =
      options.flows.value_or(options.tls ? kFlowsTls : kFlowsPlain);
  Report report{.tls = options.tls,
                .flows = flows,
                .concurrency = options.concurrency,
                .poll_delay = std::chrono::milliseconds(options.poll_delay_ms)};
  const auto measure_bare = [&] {
    return Measure(options, *bare, fleet.EchoDevices(flows));
  };
  const auto measure_plugin = [&] {
    return Measure(options, *plugin, fleet.NewDevices(flows));
  };
  for (int i = 0; i < options.repetitions; ++i) {
    // Neither always goes first.
    const bool bare_first = i % 2 == 0;
    auto first = bare_first ? measure_bare() : measure_plugin();
    DPS_CHECK(first);
    auto second = bare_first ? measure_plugin() : measure_bare();
    DPS_CHECK(second);
    if (!bare_first) std::swap(first, second);
    report.repetitions.push_back({*first, *second});
  }
  return report;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Registers devices with a bare broker and with the plugin.");
  app.add_flag("--tls", options.tls, "Connect through TLS");
  app.add_flag("--json", options.json, "Print JSON instead of a table");
  app.add_flag("--no-pin", options.no_pin, "Leave cores to the scheduler");
  app.add_option("--flows", options.flows,
                 "Devices of one repetition (8000, with TLS 3000)")
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
