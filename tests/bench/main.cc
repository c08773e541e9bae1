// SPDX-License-Identifier: Apache-2.0
// dps_bench: what the plugin costs beside a bare broker that moves the same
// packets.
#include <openssl/ssl.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include "core/http/service_token.h"
#include "tests/bench/fleet.h"
#include "tests/bench/https_clients.h"
#include "tests/bench/report.h"
#include "tests/support/broker_process.h"
#include "tests/support/dps_service.h"

namespace dps::bench {
namespace {

// Enough for a stable figure within half a minute.
constexpr int kFlowsPlain = 8000;
constexpr int kFlowsTls = 3000;
// What the other store of --strangers holds of each.
constexpr int kFew = 10;
constexpr int kStrangersOfGroup = 1000;
// Until the crowd is all there and the first of its slow ones are cut off.
constexpr std::chrono::seconds kCrowdTime{12};

struct Options {
  bool tls = false;
  bool x509 = false;
  bool resumed = false;
  std::optional<int> strangers;
  std::optional<int> https_clients;
  bool json = false;
  bool no_pin = false;
  std::optional<int> flows;
  int concurrency = 256;
  int repetitions = 5;
  // A device polls seconds later; this is late enough to find the commit done,
  // which waits limits::kCommitLinger for company.
  int poll_delay_ms = 50;
  std::string plugin = DPS_PLUGIN;

  bool with_certificates() const { return x509 || resumed || strangers; }
  bool with_tls() const { return tls || with_certificates(); }
  int flow_count() const {
    return flows.value_or(with_tls() ? kFlowsTls : kFlowsPlain);
  }
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
  if (options.resumed) KeepSessions(tls.get());
  return RunLoad(
      {.port = (options.with_tls() ? broker.Tls() : broker.Tcp()).port,
       .tls = options.with_tls() ? tls.get() : nullptr,
       .broker = broker.pid(),
       .concurrency = options.concurrency,
       .poll_delay = std::chrono::milliseconds(options.poll_delay_ms)},
      devices);
}

using Broker = std::unique_ptr<BrokerProcess>;

Result<Broker> StartPlugin(const Options& options, const std::string& store,
                           const std::vector<std::string>& launcher) {
  return BrokerProcess::Start(
      {.config = "plugin " + options.plugin + "\nplugin_opt_dps_store " + store,
       .quiet = true,
       .launcher = launcher});
}

// One side of the comparison, run once.
using Side = std::function<Result<LoadResult>()>;

Status Repeat(const Options& options, const Side& left, const Side& right,
              Report& report) {
  for (int i = 0; i < options.repetitions; ++i) {
    // Neither always goes first, unless one needs what the other leaves.
    const bool left_first = options.resumed || i % 2 == 0;
    auto first = left_first ? left() : right();
    DPS_CHECK(first);
    auto second = left_first ? right() : left();
    DPS_CHECK(second);
    if (!left_first) std::swap(first, second);
    report.repetitions.push_back({*first, *second});
  }
  return {};
}

// A bare broker that moves the same packets, and the plugin.
Status RunBeside(const Options& options, Report& report) {
  const TempDir directory;
  const std::vector<std::string> launcher = Pin(options);
  DPS_TRY(Fleet fleet,
          Fleet::Enroll(directory.path(),
                        options.x509 ? Means::kCertificate : Means::kToken));
  const std::string root = directory.Write("root.pem", Pem(fleet.root()));
  DPS_TRY(
      const Broker bare,
      BrokerProcess::Start(
          {.quiet = true,
           .tls_config =
               options.x509 ? "require_certificate true\ncafile " + root : "",
           .launcher = launcher}));
  DPS_TRY(const Broker plugin,
          StartPlugin(options, directory.path(), launcher));
  const int flows = options.flow_count();
  return Repeat(
      options,
      [&] { return Measure(options, *bare, fleet.EchoDevices(flows)); },
      [&] { return Measure(options, *plugin, fleet.NewDevices(flows)); },
      report);
}

// Full handshakes, and the same devices with the sessions they got.
Status RunResumed(const Options& options, Report& report) {
  const TempDir directory;
  const std::vector<std::string> launcher = Pin(options);
  DPS_TRY(Fleet fleet, Fleet::Enroll(directory.path(), Means::kCertificate));
  DPS_TRY(const Broker plugin,
          StartPlugin(options, directory.path(), launcher));
  std::vector<DeviceScript> devices;
  const auto full = [&] {
    devices = fleet.NewDevices(options.flow_count());
    return Measure(options, *plugin, devices);
  };
  const auto resumed = [&] { return Measure(options, *plugin, devices); };
  return Repeat(options, full, resumed, report);
}

// A store with few enrollments, and one with many.
Status RunStrangers(const Options& options, Report& report) {
  const TempDir few_directory;
  const TempDir many_directory;
  const std::vector<std::string> launcher = Pin(options);
  DPS_TRY(Fleet few, Fleet::Enroll(few_directory.path(), Means::kCertificate));
  DPS_TRY(Fleet many,
          Fleet::Enroll(many_directory.path(), Means::kCertificate));
  DPS_CHECK(EnrollStrangers(few_directory.path(), few.id_scope(), kFew, kFew));
  DPS_CHECK(EnrollStrangers(many_directory.path(), many.id_scope(),
                            *options.strangers,
                            *options.strangers / kStrangersOfGroup));
  DPS_TRY(const Broker left,
          StartPlugin(options, few_directory.path(), launcher));
  DPS_TRY(const Broker right,
          StartPlugin(options, many_directory.path(), launcher));
  const int flows = options.flow_count();
  return Repeat(
      options, [&] { return Measure(options, *left, few.NewDevices(flows)); },
      [&] { return Measure(options, *right, many.NewDevices(flows)); }, report);
}

// As `LoadResult`s, but for whom the crowd is there meanwhile.
void PrintMeanwhile(const HttpsClients& crowd, const LoadResult& devices) {
  std::cerr << "meanwhile at dps-service: " << crowd.answered()
            << " requests answered, " << crowd.refused() << " refused, "
            << crowd.cut_off() << " clients cut off; at the broker: "
            << "register p50 " << devices.register_call.p50.count()
            << " ms, p99 " << devices.register_call.p99.count() << " ms, CPU "
            << devices.broker_cpu_us_per_flow << " us/flow\n";
}

// Before a crowd was at the dps-service on the same store, and after it.
Status RunAfterCrowd(const Options& options, Report& report) {
  const TempDir directory;
  const std::vector<std::string> launcher = Pin(options);
  DPS_TRY(Fleet fleet, Fleet::Enroll(directory.path(), Means::kToken));
  DPS_TRY(const ConnectionString login,
          AddOperator(directory.path(), fleet.id_scope()));
  DPS_TRY(const Broker plugin,
          StartPlugin(options, directory.path(), launcher));
  const TempDir ca_directory;
  DPS_TRY(const TestCa ca, MakeTestCa(ca_directory.path()));
  DPS_TRY(const auto service,
          DpsService::Start({.program = DPS_SERVICE,
                             .store = directory.path(),
                             .ca = ca,
                             .more = {"--connections-per-address-max", "800",
                                      "--connections-max", "900"}}));
  const Crowd crowd{.port = service->port(),
                    .token = ServiceToken(login).At(SystemClock().Now()),
                    .clients = *options.https_clients};
  const int flows = options.flow_count();
  const auto measure = [&] {
    return Measure(options, *plugin, fleet.NewDevices(flows));
  };
  const auto after = [&]() -> Result<LoadResult> {
    {
      const HttpsClients clients(crowd);
      std::this_thread::sleep_for(kCrowdTime);
      DPS_TRY(const LoadResult meanwhile, measure());
      PrintMeanwhile(clients, meanwhile);
    }
    return measure();
  };
  // The crowd goes, and comes anew, so the order cannot be turned round.
  for (int i = 0; i < options.repetitions; ++i) {
    DPS_TRY(const LoadResult before, measure());
    DPS_TRY(const LoadResult afterwards, after());
    report.repetitions.push_back({before, afterwards});
  }
  return {};
}

Comparison ComparisonOf(const Options& options) {
  if (options.https_clients) {
    return {.title = options.tls ? "TLS 1.3, P-256" : "no TLS",
            .left = "before the crowd",
            .right = "after it",
            .target = 1.1};
  }
  if (options.strangers) {
    return {.title = "TLS 1.3, certificates of devices",
            .left = "10 enrolled",
            .right = std::to_string(*options.strangers) + " enrolled",
            .target = 1.1};
  }
  if (options.resumed) {
    return {.title = "TLS 1.3, certificates of devices, mosquitto-dps",
            .left = "full handshake",
            .right = "resumed",
            .target = 0.9};
  }
  if (options.x509) {
    return {.title = "TLS 1.3, certificates of devices",
            .left = "bare broker",
            .right = "mosquitto-dps",
            .target = 1.0};
  }
  return {.title = options.tls ? "TLS 1.3, P-256" : "no TLS",
          .left = "bare broker",
          .right = "mosquitto-dps",
          .target = options.tls ? 1.1 : 1.6};
}

Result<Report> Run(const Options& options) {
  Report report{.comparison = ComparisonOf(options),
                .flows = options.flow_count(),
                .concurrency = options.concurrency,
                .poll_delay = std::chrono::milliseconds(options.poll_delay_ms)};
  DPS_CHECK(options.https_clients ? RunAfterCrowd(options, report)
            : options.strangers   ? RunStrangers(options, report)
            : options.resumed     ? RunResumed(options, report)
                                  : RunBeside(options, report));
  return report;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Registers devices with a bare broker and with the plugin.");
  app.add_flag("--tls", options.tls, "Connect through TLS");
  app.add_flag("--x509", options.x509,
               "Devices with certificates, beside require_certificate true");
  app.add_flag("--resumed", options.resumed,
               "Devices with certificates that resume their TLS sessions");
  app.add_option("--strangers", options.strangers,
                 "Devices with certificates, among so many enrollments, and a "
                 "thousandth as many groups")
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--https-clients", options.https_clients,
                 "Before and after so many clients were at a dps-service on "
                 "the same store, four of ten slow, silent or deaf")
      ->check(CLI::Range(1, 10'000));
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
