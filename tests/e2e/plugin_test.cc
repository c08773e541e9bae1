// SPDX-License-Identifier: Apache-2.0
// The plugin in the broker's life: start, reload, stop, bad configuration.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <vector>

#include "tests/e2e/dps_broker.h"
#include "tests/support/keys_of.h"
#include "tests/support/mentions.h"

namespace dps {
namespace {

// What the broker says when it does not start with these lines.
std::string StartupError(const std::string& config) {
  auto broker = BrokerProcess::Start({.config = config});
  REQUIRE_FALSE(broker.has_value());
  return broker.error().message;
}

}  // namespace

TEST_CASE("plugin: an unknown or bad option stops the start and is named") {
  const std::string plugin = "plugin " DPS_PLUGIN "\n";
  CHECK(Mentions(StartupError(plugin + "plugin_opt_dps_sotre /tmp/x\n"),
                 "dps: plugin_opt_dps_sotre is not an option"));
  CHECK(Mentions(StartupError(plugin + "plugin_opt_dps_retry_after_s 60\n"),
                 "plugin_opt_dps_retry_after_s must be seconds from 2 to 5"));
}

TEST_CASE("plugin: a geo database that is none stops the start and is named") {
  DpsBroker dps;
  const std::string plugin = "plugin " DPS_PLUGIN "\nplugin_opt_dps_store " +
                             dps.store_directory() +
                             "\nplugin_opt_dps_geo_database ";
  CHECK(Mentions(StartupError(plugin + "/nonexistent/city.mmdb\n"),
                 "dps: geo database /nonexistent/city.mmdb: No such file"));
  const TempDir directory;
  const std::string file = directory.Write("city.mmdb", "not a database");
  CHECK(Mentions(StartupError(plugin + file + "\n"),
                 "dps: geo database " + file + ": "));
}

TEST_CASE("plugin: a webhook's CA file that is none stops the start") {
  const TempDir directory;
  const std::string file = directory.Write("ca.pem", "no certificate");
  CHECK(Mentions(
      StartupError("plugin " DPS_PLUGIN "\nplugin_opt_dps_webhook_ca_file " +
                   file + "\n"),
      "dps: plugin_opt_dps_webhook_ca_file: " + file +
          ": there is no PEM block in the text"));
}

TEST_CASE("plugin: a store that is not there stops the start with a hint") {
  const std::string error = StartupError(
      "plugin " DPS_PLUGIN "\nplugin_opt_dps_store /nonexistent/dps\n");
  CHECK(Mentions(error, "/nonexistent/dps"));
  CHECK(Mentions(error, "dpsctl"));
}

TEST_CASE("plugin: loading it twice stops the start") {
  const TempDir directory;
  {
    auto store =
        LmdbStore::Open({.directory = directory.File("store"), .create = true});
    REQUIRE(store.has_value());
  }
  const std::string once = "plugin " DPS_PLUGIN "\nplugin_opt_dps_store " +
                           directory.File("store") + "\n";
  CHECK(Mentions(StartupError(once + once), "the plugin is loaded twice"));
}

TEST_CASE("plugin: SIGHUP drops no client and registrations go on") {
  DpsBroker dps;
  Device device(dps.broker().Tls(), "dev-1");
  const Answer accepted = device.Register();
  for (int i = 0; i < 3; ++i) REQUIRE(dps.broker().Reload());
  CHECK(device.PollUntilDone(accepted.Text("operationId")).status == 200);
  CHECK(Mentions(dps.broker().log(), "dps: reload:"));
  CHECK(Device(dps.broker().Tls(), "dev-2").Provision().status == 200);
}

TEST_CASE("plugin: SIGTERM under load ends cleanly and finishes what it took") {
  DpsBroker dps({.plugin_options = "plugin_opt_dps_commit_linger_ms 200\n"});
  std::vector<Device> devices;
  for (int i = 0; i < 20; ++i) {
    devices.emplace_back(dps.broker().Tcp(), "dev-" + std::to_string(i));
  }
  for (Device& device : devices) REQUIRE(device.Register().status == 202);
  const auto exit_code = dps.broker().Stop();
  REQUIRE(exit_code.has_value());
  CHECK(*exit_code == 0);
  for (int i = 0; i < 20; ++i) {
    CHECK(dps.RecordOf("dev-" + std::to_string(i)).has_value());
  }
}

TEST_CASE("plugin: what another process changes acts at once") {
  DpsBroker dps;
  Device before(dps.broker().Tcp(), "dev-1");
  CHECK(ConnackOf(dps.broker().Tcp(),
                  {.client_id = "dev-9",
                   .username = UsernameOf("dev-9"),
                   .password = TokenFor(
                       "dev-9", TestKey('z'),
                       SystemClock().Now() + std::chrono::hours(1))}) == 5);
  IndividualEnrollment enrollment = EnrollmentOf("dev-9");
  KeysOf(enrollment.terms).primary_key = TestKey('z');
  enrollment.terms.iot_hubs = {*HubName::Parse(kHub2)};
  Save(dps.store(), enrollment);
  Device added(
      dps.broker().Tcp(),
      {.client_id = "dev-9",
       .username = UsernameOf("dev-9"),
       .password = TokenFor("dev-9", TestKey('z'),
                            SystemClock().Now() + std::chrono::hours(1))});
  CHECK(added.Provision().State("assignedHub") == kHub2);

  Batch batch;
  batch.changes.emplace_back(
      Remove<EnrollmentGroup>{TestScope(), "fleet", Expect::Present()});
  REQUIRE(dps.store().Commit(batch));
  CHECK(before.Register().status == 401);
  CHECK(ConnackOf(dps.broker().Tcp(), DeviceOptions("dev-1")) == 5);
}

TEST_CASE("plugin: prompt mode answers the PUT with the assignment") {
  for (const bool loopback : {false, true}) {
    DpsBroker dps({.plugin_options = "plugin_opt_dps_reply prompt\n",
                   .loopback = loopback});
    Device device(dps.broker().Tls(), "dev-1");
    const Answer done = device.Register();
    CHECK(done.status == 200);
    CHECK(done.Text("status") == "assigned");
    CHECK_FALSE(done.Text("operationId").empty());
    CHECK_FALSE(done.retry_after_s);
    CHECK(dps.RecordOf("dev-1").has_value());
  }
}

}  // namespace dps
