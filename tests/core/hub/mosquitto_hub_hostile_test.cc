// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "core/hub/mosquitto_conversation.h"
#include "tests/core/hub/mosquitto_hub_fixture.h"
#include "tests/support/fake_mqtt_hub.h"

namespace dps {
namespace {

using namespace std::chrono_literals;

// Long enough for a loaded machine to connect, short enough to be waited for.
constexpr std::chrono::milliseconds kBrief{500};

MosquittoHubOptions To(const FakeMqttHub& hub) {
  return {.url = hub.url(), .timeout = kBrief};
}

// Takes descriptors until the next one is over 1023.
class DescriptorsTaken {
 public:
  DescriptorsTaken() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit more = before_;
    more.rlim_cur = before_.rlim_max;
    setrlimit(RLIMIT_NOFILE, &more);
    while (taken_.empty() || taken_.back() < FD_SETSIZE) {
      taken_.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
      REQUIRE(taken_.back() >= 0);
    }
  }
  ~DescriptorsTaken() {
    for (const int fd : taken_) close(fd);
    setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace

TEST_CASE("mosquitto_hub: a wrong password is Forbidden and never shown") {
  const auto rig = StartHub();
  MosquittoHubOptions options = rig->Options();
  options.password = SecretBytes("hush-hush");
  const Status health = ConnectorOf(options)->CheckHealth();
  CheckFailed(health, Errc::kForbidden, "CONNACK 5");
  CHECK(health.error().message.find("hush") == std::string::npos);
}

TEST_CASE("mosquitto_hub: without dynamic security it says what to look at") {
  const auto rig = StartHub({.dynamic_security = false});
  MosquittoHubOptions options = rig->Options();
  options.timeout = kBrief;
  CheckFailed(ConnectorOf(options)->CheckHealth(), Errc::kForbidden,
              "is the plugin loaded");
}

TEST_CASE("mosquitto_hub: rights that do not suffice are found out") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  REQUIRE(rig->Control(
      R"({"command":"removeRoleACL","rolename":"dps-connector",
          "acltype":"publishClientSend","topic":"devices/#"})"));
  CheckFailed(hub->CheckHealth(), Errc::kForbidden, "publish to devices/");
  CheckFailed(hub->WriteState("dev-1", {.tags = "{}"}), Errc::kForbidden,
              "does not keep");
  CheckFailed(hub->Notify("dev-1"), Errc::kForbidden, "publish to devices/");
  REQUIRE(rig->Control(
      R"({"command":"removeRoleACL","rolename":"dps-connector",
          "acltype":"subscribePattern","topic":"devices/#"})"));
  CheckFailed(hub->WriteState("dev-1", {}), Errc::kForbidden, "subscribe to");
}

TEST_CASE("mosquitto_hub: clients and roles of others are left alone") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  for (const std::string name : {"admin", "dps", "observer"}) {
    CAPTURE(name);
    CheckFailed(hub->EnsureDevice(WithKey(name)), Errc::kInvalidArgument,
                "not made for device");
    CheckFailed(hub->EnsureDevice(WithCertificate("dev-1", name)),
                Errc::kInvalidArgument, "not made for device");
    CheckDone(hub->SuspendDevice(name));
    CheckDone(hub->RemoveDevice(name));
    CHECK(rig->HasClient(name));
  }
  CHECK(*rig->LogIn("observer", "observer") == 0);
  CheckDone(hub->EnsureDevice(WithKey("dev-2")));
  CheckFailed(hub->EnsureDevice(WithCertificate("dev-1", "dev-2")),
              Errc::kInvalidArgument, "not made for device");
  REQUIRE(rig->Control(
      R"({"command":"createRole","rolename":"dps-device-dev-3"})"));
  CheckFailed(hub->EnsureDevice(WithKey("dev-3")), Errc::kInvalidArgument,
              "did not make");
  CheckFailed(hub->SuspendDevice("dev-3"), Errc::kInvalidArgument);
  CheckFailed(hub->RemoveDevice("dev-3"), Errc::kInvalidArgument);
  CHECK(rig->HasRole("dps-device-dev-3"));
}

TEST_CASE("mosquitto_hub: device ids that mean something else are refused") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  for (const std::string id :
       {"", "a+b", "#", "a/b", "a b", "a\"b", "%c", "x%u", "\xc3\xa4"}) {
    CAPTURE(id);
    CheckFailed(hub->EnsureDevice(WithKey(id)), Errc::kInvalidArgument);
    CHECK(hub->ReadState(id).error().code == Errc::kInvalidArgument);
    CheckFailed(hub->SuspendDevice(id), Errc::kInvalidArgument);
    CheckFailed(hub->RemoveDevice(id), Errc::kInvalidArgument);
  }
  CheckFailed(hub->EnsureDevice(WithKey("dev-1", "")), Errc::kInvalidArgument);
  CheckFailed(hub->EnsureDevice(WithCertificate("dev-1", "")),
              Errc::kInvalidArgument);
}

TEST_CASE(
    "mosquitto_hub: state that is too large is neither read nor written") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CheckDone(hub->EnsureDevice(WithKey("dev-2")));
  const std::string most(kHubStateBytesMax, 'x');
  CheckDone(hub->WriteState("dev-2", {most, most, most}));
  CHECK(*hub->ReadState("dev-2") == DeviceState{most, most, most});
  CheckFailed(hub->WriteState("dev-1", {.tags = most + "x"}),
              Errc::kInvalidArgument, "256 KiB");
  for (const std::size_t size : {most.size() + 1, 12 * most.size()}) {
    CheckDone(
        rig->Retain(TwinTopic("dev-1", "reported"), std::string(size, 'x')));
    const auto read = hub->ReadState("dev-1");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Errc::kInternal);
    CHECK(read.error().message.find("twin/reported") != std::string::npos);
    CHECK(*hub->ReadState("dev-2") == DeviceState{most, most, most});
  }
  CheckDone(hub->RemoveDevice("dev-1"));
  CHECK(*rig->Retained(TwinTopic("dev-1", "reported")) == std::nullopt);
}

TEST_CASE("mosquitto_hub: a hub that restarts is found again") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CheckDone(hub->WriteState("dev-1", {.tags = "{}"}));
  CheckDone(rig->broker().Restart());
  CHECK(*hub->ReadState("dev-1") == DeviceState{.tags = "{}"});
  rig->broker().Kill();
  CheckFailed(hub->CheckHealth(), Errc::kUnavailable, "out of reach");
  CheckDone(rig->broker().Restart());
  CheckDone(hub->CheckHealth());
}

TEST_CASE("mosquitto_hub: we are disconnected, and come again") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  REQUIRE(rig->Control(
      R"({"command":"modifyClient","username":"dps","textname":"x"})"));
  CheckDone(hub->EnsureDevice(WithKey("dev-2")));
}

TEST_CASE("mosquitto_hub: a hub that hangs up when asked is Unavailable") {
  const FakeMqttHub fake({.hangs_up = true});
  const auto hub = ConnectorOf(To(fake));
  CheckFailed(hub->EnsureDevice(WithKey("dev-1")), Errc::kUnavailable,
              "out of reach");
  CHECK(fake.connections() == 1);
}

TEST_CASE("mosquitto_hub: a silent hub costs the time we gave and no more") {
  const FakeMqttHub fake({.silent = true});
  const auto hub = ConnectorOf(To(fake));
  const auto start = std::chrono::steady_clock::now();
  CheckFailed(hub->EnsureDevice(WithKey("dev-1")), Errc::kUnavailable,
              "in time");
  CHECK(std::chrono::steady_clock::now() - start >= kBrief);
  CHECK(std::chrono::steady_clock::now() - start < kPatience);
}

TEST_CASE("mosquitto_hub: a stop ends a call that waits") {
  const FakeMqttHub fake({.silent = true});
  std::stop_source stop;
  MosquittoHubOptions options = To(fake);
  options.timeout = 10 * kPatience;
  options.stop = stop.get_token();
  const auto hub = ConnectorOf(options);
  Status done;
  std::jthread caller([&] { done = hub->RemoveDevice("dev-1"); });
  while (fake.connections() == 0) std::this_thread::yield();
  stop.request_stop();
  caller.join();
  CheckFailed(done, Errc::kUnavailable, "shutting down");
}

TEST_CASE("mosquitto_hub: answers that make no sense are Internal errors") {
  for (const std::string answer :
       {"<html>", "[]", R"({"responses":7})", R"({"responses":["x"]})"}) {
    CAPTURE(answer);
    const FakeMqttHub fake({.answer = answer});
    CheckFailed(ConnectorOf(To(fake))->EnsureDevice(WithKey("dev-1")),
                Errc::kInternal, "makes no sense");
  }
  // One to somebody else is passed over.
  const FakeMqttHub fake(
      {.answer = R"({"responses":[{"command":"getRole"}]})"});
  CheckFailed(ConnectorOf(To(fake))->EnsureDevice(WithKey("dev-1")),
              Errc::kForbidden, "is the plugin loaded");
}

TEST_CASE("mosquitto_hub: what CONNACK says decides the error") {
  // Not structured bindings: clang 14 cannot capture them.
  for (const auto& connack :
       {std::pair(1, Errc::kInternal), std::pair(2, Errc::kInternal),
        std::pair(3, Errc::kUnavailable), std::pair(4, Errc::kForbidden),
        std::pair(5, Errc::kForbidden)}) {
    CAPTURE(connack.first);
    const FakeMqttHub fake({.connack_code = static_cast<char>(connack.first)});
    CheckFailed(ConnectorOf(To(fake))->CheckHealth(), connack.second);
  }
}

TEST_CASE("mosquitto_hub: a hub whose certificate does not fit is refused") {
  const auto rig = StartHub();
  MosquittoHubOptions options = rig->TlsOptions();
  SUBCASE("signed by a CA that is not ours") {
    options.ca_file = "";
    CheckFailed(ConnectorOf(options)->CheckHealth(), Errc::kForbidden,
                "certificate verify failed");
  }
  SUBCASE("of another name") {
    // Another way to write 127.0.0.1, which the certificate does not name.
    const std::string port = std::to_string(rig->broker().Tls().port);
    options.url = "mqtts://127.1:" + port;
    CheckFailed(ConnectorOf(options)->CheckHealth(), Errc::kForbidden, "TLS");
  }
  SUBCASE("a port without TLS") {
    const std::string port = std::to_string(rig->broker().Tcp().port);
    options.url = "mqtts://localhost:" + port;
    options.timeout = kBrief;
    CHECK_FALSE(ConnectorOf(options)->CheckHealth());
  }
  SUBCASE("a CA file that is not there") {
    options.ca_file = "/nonexistent/ca.pem";
    CheckFailed(ConnectorOf(options)->CheckHealth(), Errc::kInvalidArgument,
                "cannot be read");
  }
}

TEST_CASE("mosquitto_hub: a busy process with many descriptors is served") {
  const auto rig = StartHub();
  const DescriptorsTaken taken;
  CheckDone(ConnectorOf(rig->Options())->CheckHealth());
  CheckDone(ConnectorOf(rig->TlsOptions())->CheckHealth());
}

TEST_CASE("mosquitto_hub: a host that has no address is Unavailable") {
  CheckFailed(ConnectorOf({.url = "mqtt://hub.invalid"})->CheckHealth(),
              Errc::kUnavailable, "out of reach");
}

TEST_CASE("mosquitto_hub: settings that cannot work are refused at once") {
  const auto refused = [](MosquittoHubOptions options) {
    const auto hub = MosquittoHub::Create(std::move(options));
    return !hub && hub.error().code == Errc::kInvalidArgument;
  };
  const std::string url = "mqtt://hub";
  CHECK_FALSE(refused({.url = url}));
  CHECK(refused({.url = "http://hub"}));
  CHECK(refused({.url = url, .ca_file = "ca.pem"}));
  CHECK(refused({.url = "mqtts://hub", .certificate_file = "c.pem"}));
  CHECK(refused({.url = url, .role = "dps-device-x"}));
  CHECK(refused({.url = url, .role_template_json = "{}"}));
  CHECK(refused({.url = url, .twin_topic = "no/device"}));
  CHECK(refused({.url = url, .notice_topic = "$SYS/{deviceId}"}));
}

}  // namespace dps
