// SPDX-License-Identifier: Apache-2.0
// TLS handshakes with the real broker: devices with and without certificates
// on one port, and the ports that are none of ours.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include "tests/e2e/device_certificates.h"
#include "tests/support/loopback_ports.h"
#include "tests/support/mentions.h"
#include "tests/support/ssl_handle.h"

namespace dps {
namespace {

constexpr const char* kVersionFlags[] = {"-tls1_2", "-tls1_3"};

// What `openssl s_client` says; it sends `input` once connected.
std::string Probe(const Endpoint& endpoint, std::vector<std::string> options,
                  const std::string& input = "Q\n") {
  ChildCommand command{
      .argv = {"openssl", "s_client", "-connect",
               endpoint.host + ":" + std::to_string(endpoint.port), "-CAfile",
               endpoint.ca_file},
      .input = input};
  if (!endpoint.certificate_file.empty()) {
    command.argv.insert(command.argv.end(),
                        {"-cert", endpoint.certificate_file, "-cert_chain",
                         endpoint.certificate_file, "-key", endpoint.key_file});
  }
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  const auto result = RunCommand(command);
  REQUIRE_MESSAGE(result.has_value(), result.error().message);
  return result->out + result->err;
}

bool AsksForCertificate(const Endpoint& endpoint, const char* version) {
  return Mentions(Probe(endpoint, {version, "-msg"}), "CertificateRequest");
}

// A broker with an enrolled CA, and a device of it.
struct PortsRig {
  explicit PortsRig(DpsBrokerOptions options = {}) : dps(options) {
    EnrollCa(dps.store(), "line-1", root.certificate);
  }
  Endpoint AsDevice(const Endpoint& endpoint) {
    return files.As(endpoint, device, {ca.certificate});
  }

  DeviceCertificates files;
  Forged root = files.Root("root");
  Forged ca = files.Ca("line-1 CA", root);
  Forged device = files.Device("dev-1", ca);
  DpsBroker dps;
};

}  // namespace

TEST_CASE("tls_ports: SAS devices and X.509 devices meet on one port") {
  PortsRig rig;
  for (Endpoint endpoint : {rig.dps.broker().Tls(), rig.dps.broker().Wss()}) {
    for (const int version : kTlsVersions) {
      CAPTURE(version);
      endpoint.tls_version = version;
      CHECK(Device(endpoint, "dev-2").Provision().status == 200);
      Device device(rig.AsDevice(endpoint), CertificateOptions("dev-1"));
      CHECK(device.Provision().status == 200);
    }
  }
}

TEST_CASE("tls_ports: a certificate decides, whatever the password") {
  PortsRig rig;
  const Endpoint endpoint = rig.AsDevice(rig.dps.broker().Tls());
  ConnectOptions options = CertificateOptions("dev-1");
  for (const char* password : {"", "wrong"}) {
    options.password = password;
    CHECK(ConnackOf(endpoint, options) == 0);
  }
  // A good token does not help the owner of another's certificate.
  CHECK(ConnackOf(endpoint, DeviceOptions("dev-2")) == 5);
  CHECK(ConnackOf(rig.dps.broker().Tls(), CertificateOptions("dev-1")) == 5);
}

TEST_CASE("tls_ports: an unknown certificate ends in an alert and a log line") {
  PortsRig rig;
  const Forged stranger =
      rig.files.Device("dev-1", rig.files.Root("somebody's CA"));
  const Endpoint endpoint = rig.files.As(rig.dps.broker().Tls(), stranger);
  for (const char* version : kVersionFlags) {
    CAPTURE(version);
    CHECK(Mentions(Probe(endpoint, {version, "-ign_eof"}, ""),
                   "alert unknown ca"));
  }
  CHECK(rig.dps.broker().WaitForLog(
      "dps: certificate refused: address=127.0.0.1 reason=", 2));
  CHECK(Device(rig.dps.broker().Tls(), "dev-2").Provision().status == 200);
}

TEST_CASE("tls_ports: a CA enrolled or removed counts at the next handshake") {
  PortsRig rig;
  const Forged other = rig.files.Root("line-2 CA");
  const Forged device = rig.files.Device("dev-3", other);
  Endpoint endpoint = rig.files.As(rig.dps.broker().Wss(), device);
  endpoint.tls_version = TLS1_2_VERSION;
  const auto refused = MqttClient::Open(endpoint);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::kUnauthenticated);
  EnrollCa(rig.dps.store(), "line-2", other.certificate);
  CHECK(Device(endpoint, CertificateOptions("dev-3")).Provision().status ==
        200);
  RemoveGroup(rig.dps.store(), "line-2");
  CHECK_FALSE(MqttClient::Open(endpoint).has_value());
}

TEST_CASE(
    "tls_ports: a reload drops no X.509 device and changes no handshake") {
  PortsRig rig;
  Device device(rig.AsDevice(rig.dps.broker().Tls()),
                CertificateOptions("dev-1"));
  const Answer accepted = device.Register();
  for (int i = 0; i < 3; ++i) REQUIRE(rig.dps.broker().Reload());
  CHECK(device.PollUntilDone(accepted.Text("operationId")).status == 200);
  CHECK(
      Device(rig.AsDevice(rig.dps.broker().Wss()), CertificateOptions("dev-1"))
          .Provision()
          .status == 200);
  CHECK(AsksForCertificate(rig.dps.broker().Tls(), "-tls1_3"));
}

TEST_CASE("tls_ports: a session is resumed until its device is removed") {
  PortsRig rig;
  const TempDir sessions;
  const std::string session = sessions.File("session");
  const Endpoint endpoint = rig.AsDevice(rig.dps.broker().Tls());
  for (const char* version : kVersionFlags) {
    CAPTURE(version);
    EnrollCa(rig.dps.store(), "line-1", rig.root.certificate);
    // No MQTT, so the broker closes, after TLS 1.3's ticket was sent.
    CHECK(Mentions(
        Probe(endpoint, {version, "-sess_out", session, "-ign_eof"}, "x\n"),
        "New, TLSv1"));
    CHECK(Mentions(Probe(endpoint, {version, "-sess_in", session}),
                   "Reused, TLSv1"));
    RemoveGroup(rig.dps.store(), "line-1");
    const std::string after =
        Probe(endpoint, {version, "-sess_in", session, "-ign_eof"}, "");
    CHECK_FALSE(Mentions(after, "Reused, TLSv1"));
    CHECK(Mentions(after, "alert unknown ca"));
  }
}

TEST_CASE("tls_ports: a client cannot renegotiate") {
  PortsRig rig;
  CHECK(Mentions(Probe(rig.dps.broker().Tls(), {"-tls1_2"}, "R\nQ\n"),
                 "no renegotiation"));
}

TEST_CASE("tls_ports: a port that is not listed is left alone") {
  DeviceCertificates files;
  const Forged root = files.Root("the operator's CA");
  const auto listed = files.Demanding(root.certificate);
  DpsBroker dps({.plugin_options = "plugin_opt_dps_tls_ports " +
                                   std::to_string(listed.endpoint.port) + "\n",
                 .after_plugin = listed.config});
  BrokerProcess& broker = dps.broker();
  for (const char* version : kVersionFlags) {
    CAPTURE(version);
    CHECK(AsksForCertificate(listed.endpoint, version));
    CHECK_FALSE(AsksForCertificate(broker.Tls(), version));
    CHECK_FALSE(AsksForCertificate(broker.Wss(), version));
  }
  CHECK(Device(broker.Tls(), "dev-1").Provision().status == 200);
}

TEST_CASE("tls_ports: the log tells the ports, and those nobody listens on") {
  const std::uint16_t unused = FreeLoopbackPorts(1)[0];
  DpsBroker dps({.plugin_options = "plugin_opt_dps_tls_ports " +
                                   std::to_string(unused) + "\n"});
  CHECK(dps.broker().WaitForLog("dps: dps_tls_ports names port " +
                                std::to_string(unused) +
                                ", on which this broker does not listen"));
  DpsBroker all;
  CHECK(all.broker().WaitForLog(
      "dps: devices may show certificates on: every TLS port"));
}

TEST_CASE("tls_ports: a listener that demands certificates goes on doing so") {
  DeviceCertificates files;
  const Forged operators = files.Root("the operator's CA");
  const auto listener = files.Demanding(operators.certificate);
  PortsRig rig({.after_plugin = listener.config});
  for (const char* version : kVersionFlags) {
    CAPTURE(version);
    CHECK(Mentions(Probe(listener.endpoint, {version, "-ign_eof"}, ""),
                   "SSL alert number"));
  }
  const Forged alice = files.Device("alice", operators);
  CHECK(MqttClient::Open(files.As(listener.endpoint, alice)).has_value());
  CHECK_FALSE(Mentions(rig.dps.broker().log(), "certificate refused"));
  auto device = MqttClient::Open(rig.AsDevice(listener.endpoint));
  CHECK((!device || !device->Connect(CertificateOptions("dev-1"))));
  CHECK(rig.dps.broker().WaitForLog(
      "only on ports that dps_tls_ports lists tracking="));
}

TEST_CASE("tls_ports: listed, it takes devices beside its own clients") {
  DeviceCertificates files;
  const Forged operators = files.Root("the operator's CA");
  const auto listener = files.Demanding(operators.certificate);
  PortsRig rig({.plugin_options = "plugin_opt_dps_tls_ports " +
                                  std::to_string(listener.endpoint.port) + "\n",
                .after_plugin = listener.config});
  const Forged alice = files.Device("alice", operators);
  CHECK(MqttClient::Open(files.As(listener.endpoint, alice)).has_value());
  Device device(rig.AsDevice(listener.endpoint), CertificateOptions("dev-1"));
  CHECK(device.Provision().status == 200);
}

TEST_CASE("tls_ports: without it a demanding listener judges, leaf only") {
  DeviceCertificates files;
  const Forged root = files.Root("root");
  const Forged ca = files.Ca("line-1 CA", root);
  const auto listener = files.Demanding(root.certificate);
  DpsBroker dps({.plugin_options = "plugin_opt_dps_tls_ports none\n",
                 .after_plugin = listener.config});
  CHECK_FALSE(AsksForCertificate(dps.broker().Tls(), "-tls1_3"));
  EnrollCa(dps.store(), "line-1", root.certificate);
  const Forged direct = files.Device("dev-1", root);
  CHECK(Device(files.As(listener.endpoint, direct), CertificateOptions("dev-1"))
            .Provision()
            .status == 200);
  const Endpoint below =
      files.As(listener.endpoint, files.Device("dev-2", ca), {ca.certificate});
  CHECK(ConnackOf(below, CertificateOptions("dev-2")) == 5);
  EnrollCa(dps.store(), "line-2", ca.certificate);
  CHECK(ConnackOf(below, CertificateOptions("dev-2")) == 0);
}

TEST_CASE("tls_ports: a device that does not trust the broker is logged") {
  PortsRig rig;
  Endpoint endpoint = rig.dps.broker().Tls();
  endpoint.ca_file = rig.files.As(endpoint, rig.root).certificate_file;
  for (std::size_t i = 0; i < std::size(kTlsVersions); ++i) {
    Probe(endpoint, {kVersionFlags[i], "-verify_return_error"});
    CHECK(rig.dps.broker().WaitForLog(
        "dps: handshake failed: address=127.0.0.1 reason=the client ended it: "
        "unknown CA tracking=",
        static_cast<int>(i) + 1));
  }
}

TEST_CASE("tls_ports: a broker without TLS says what that means for X.509") {
  const TempDir directory;
  {
    auto store =
        LmdbStore::Open({.directory = directory.File("store"), .create = true});
    REQUIRE(store.has_value());
  }
  const std::string config = "user root\nlog_type all\nlistener 0 " +
                             directory.File("socket") +
                             "\nplugin " DPS_PLUGIN "\nplugin_opt_dps_store " +
                             directory.File("store") + "\n";
  for (const auto& [option, line] :
       {std::pair("", "dps: no TLS listener was seen"),
        std::pair("plugin_opt_dps_tls_ports 8883\n",
                  "dps: dps_tls_ports names ports, but no TLS listener")}) {
    const auto broker = ChildProcess::Start(
        {.argv = {"mosquitto", "-c",
                  directory.Write("mosquitto.conf", config + option)},
         .environment = BrokerEnvironment()});
    REQUIRE(broker.has_value());
    CHECK((*broker)->WaitForText(line));
  }
}

}  // namespace dps
