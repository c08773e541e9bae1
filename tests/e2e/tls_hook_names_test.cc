// SPDX-License-Identifier: Apache-2.0
// A certificate that only an enrollment vouches for names no client of the
// broker, where a listener takes usernames from certificates.
#include <doctest/doctest.h>

#include "tests/e2e/device_certificates.h"

namespace dps {
namespace {

constexpr int kSubackDenied = 0x80;

// A listener whose users are the common names of its CA's certificates, and a
// CA of devices of which one bears a user's name.
struct NamesRig {
  NamesRig() { EnrollCa(dps.store(), "line-1", devices.certificate); }

  MqttClient AsUser(const std::string& name, ConnectOptions options) {
    options.client_id = name + "-client";
    return ConnectedClient(
        files.As(listener.endpoint, files.Device(name, users)), options);
  }
  MqttClient AsImpostor(ConnectOptions options) {
    options.client_id = "impostor";
    return ConnectedClient(
        files.As(listener.endpoint, files.Device("alice", devices)), options);
  }
  MqttClient Observer() {
    MqttClient observer = AsUser("bob", {});
    REQUIRE(observer.Subscribe("t/#", 0) == 0);
    return observer;
  }

  DeviceCertificates files;
  Forged users = files.Root("the operator's CA");
  Forged devices = files.Root("line-1 CA");
  DeviceCertificates::Listener listener = files.Demanding(users.certificate);
  DpsBroker dps{
      {.plugin_options = "plugin_opt_dps_other_clients allow\n"
                         "plugin_opt_dps_tls_ports " +
                         std::to_string(listener.endpoint.port) + "\n",
       .after_plugin = listener.config + "use_identity_as_username true\n"}};
};

ConnectOptions WithWill(const std::string& payload, int version) {
  return {.version = version,
          .will = MqttMessage{.topic = "t/will", .payload = payload}};
}

}  // namespace

TEST_CASE("tls_hook_names: users of the listener's own CA stay who they are") {
  NamesRig rig;
  MqttClient observer = rig.Observer();
  MqttClient alice = rig.AsUser("alice", {});
  REQUIRE(alice.Publish({.topic = "t/1", .payload = "hello"}));
  CHECK(observer.NextMessage()->payload == "hello");
}

TEST_CASE("tls_hook_names: a device that bears a user's name may do nothing") {
  NamesRig rig;
  MqttClient observer = rig.Observer();
  MqttClient impostor = rig.AsImpostor({});
  CHECK(impostor.Subscribe("t/#", 0) == kSubackDenied);
  CHECK(impostor.Subscribe("$dps/registrations/res/#", 0) == kSubackDenied);
  REQUIRE(impostor.Publish({.topic = "t/1", .payload = "forged", .qos = 1}));
  CHECK(observer.MessagesSoFar()->empty());
}

TEST_CASE("tls_hook_names: nor does the will of such a device go out") {
  for (const int version : {kMqtt311, kMqtt5}) {
    CAPTURE(version);
    NamesRig rig;
    MqttClient observer = rig.Observer();
    rig.AsImpostor(WithWill("forged", version)).Abort();
    REQUIRE(rig.dps.broker().WaitForLog("Client impostor closed"));
    rig.AsUser("alice", WithWill("last", version)).Abort();
    CHECK(observer.NextMessage()->payload == "last");
  }
}

TEST_CASE("tls_hook_names: nor does a will that waits until it is long gone") {
  NamesRig rig;
  MqttClient observer = rig.Observer();
  ConnectOptions forged = WithWill("forged", kMqtt5);
  forged.session_expiry_s = 60;
  ConnectOptions last = forged;
  // Will delay interval, seconds.
  forged.will->properties = std::string("\x18\0\0\0\1", 5);
  last.will->properties = std::string("\x18\0\0\0\2", 5);
  last.will->payload = "last";
  rig.AsImpostor(forged).Abort();
  REQUIRE(rig.dps.broker().WaitForLog("Client impostor closed"));
  rig.AsUser("alice", last).Abort();
  CHECK(observer.NextMessage()->payload == "last");
}

TEST_CASE("tls_hook_names: a device's certificate brings no user's password") {
  DeviceCertificates files;
  const Forged ca = files.Root("line-1 CA");
  const TempDir directory;
  const std::string passwords = directory.File("passwords");
  REQUIRE(RunCommand({.argv = {"mosquitto_passwd", "-b", "-c", passwords,
                               "alice", "secret"}}));
  DpsBroker dps({.plugin_options = "plugin_opt_dps_other_clients allow\n",
                 .after_plugin = "password_file " + passwords + "\n"});
  EnrollCa(dps.store(), "line-1", ca.certificate);
  const ConnectOptions alice{
      .client_id = "a", .username = "alice", .password = "secret"};
  CHECK(ConnackOf(dps.broker().Tls(), alice) == 0);
  CHECK(ConnackOf(files.As(dps.broker().Tls(), files.Device("alice", ca)),
                  alice) == 5);
  ConnectOptions nameless = alice;
  nameless.username = "dps-nameless";
  CHECK(ConnackOf(dps.broker().Tls(), nameless) == 5);
}

}  // namespace dps
