// SPDX-License-Identifier: Apache-2.0
// Both hubs over HTTP, against a server that checks and that misbehaves.
#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/http/curl_client.h"
#include "core/hub/iot_hub.h"
#include "core/hub/webhook_hub.h"
#include "tests/support/registry_double.h"

namespace dps {
namespace {

using std::chrono::seconds;

HubDevice SasDevice(const std::string& device_id) {
  return {.device_id = device_id,
          .credential = DeviceKeys{SecretBytes(std::string(32, 'p')),
                                   SecretBytes(std::string(32, 's'))},
          .capabilities_json = R"({"iotEdge":true})"};
}

HubDevice X509Device(const std::string& device_id) {
  return {.device_id = device_id,
          .credential = DeviceCertificate{device_id, std::string(64, 'A')},
          .capabilities_json = {}};
}

DeviceState State() {
  return {.tags = R"({"site":"south"})",
          .desired = R"({"interval":30})",
          .reported = R"({"version":"1.2"})"};
}

struct RegistryRig {
  explicit RegistryRig(std::chrono::milliseconds timeout = kPatience) {
    auto started = RegistryDouble::Start();
    REQUIRE_MESSAGE(started, started.error().message);
    server = *std::move(started);
    client = std::make_unique<CurlClient>(
        HttpClientOptions{.timeout = timeout,
                          .answer_bytes_max = kHubAnswerMax,
                          .ca_file = {},
                          .private_targets = true});
  }
  std::unique_ptr<HubConnector> IotHubBy(const std::string& policy) {
    auto hub = IotHub::Create(
        {.connection_string = SecretBytes(server->ConnectionString(policy)),
         .ca_file = server->ca_file(),
         .stop = stop.get_token()},
        *client, clock);
    REQUIRE_MESSAGE(hub, hub.error().message);
    return *std::move(hub);
  }
  std::unique_ptr<HubConnector> WebhookBy(SecretBytes key) {
    auto hub = WebhookHub::Create({.url = server->SignedHubUrl(),
                                   .signing_key = std::move(key),
                                   .ca_file = server->ca_file(),
                                   .stop = stop.get_token()},
                                  *client, clock);
    REQUIRE_MESSAGE(hub, hub.error().message);
    return *std::move(hub);
  }
  // With each kind of hub; `paths` is where its devices are.
  void ForBoth(
      const std::function<void(HubConnector&, const std::string&)>& check) {
    const auto iot_hub = IotHubBy("iothubowner");
    const auto webhook = WebhookBy(RegistryDouble::Key());
    for (const auto& [hub, paths] : {std::pair{iot_hub.get(), "/devices/"},
                                     {webhook.get(), "/signed/devices/"}}) {
      const std::string at = paths;
      CAPTURE(at);
      check(*hub, at);
    }
  }

  std::unique_ptr<RegistryDouble> server;
  std::unique_ptr<CurlClient> client;
  SystemClock clock;
  std::stop_source stop;
};

void CheckTaken(const Status& status) {
  CHECK_MESSAGE(status, (status ? "" : status.error().message));
}

void CheckFailsSaying(const Status& status, Errc code,
                      std::string_view reason) {
  REQUIRE_FALSE(status);
  CHECK(status.error().code == code);
  INFO(status.error().message);
  CHECK(status.error().message.find(reason) != std::string::npos);
}

DeviceState Read(HubConnector& hub, const std::string& device_id) {
  const auto state = hub.ReadState(device_id);
  REQUIRE_MESSAGE(state, (state ? "" : state.error().message));
  REQUIRE(*state);
  return **state;
}

}  // namespace

TEST_CASE("http_hubs: a device is made, made anew, and removed") {
  RegistryRig rig;
  rig.ForBoth([&](HubConnector& hub, const std::string&) {
    CheckTaken(hub.CheckHealth());
    CHECK(hub.ReadState("dev-1") == std::nullopt);
    CheckTaken(hub.EnsureDevice(SasDevice("dev-1")));
    CHECK(Read(hub, "dev-1") == DeviceState{});
    CheckTaken(hub.EnsureDevice(X509Device("dev-1")));
    CheckTaken(hub.EnsureDevice(X509Device("dev-1")));
    CheckTaken(hub.RemoveDevice("dev-1"));
    CheckTaken(hub.RemoveDevice("dev-1"));
    CHECK(hub.ReadState("dev-1") == std::nullopt);
  });
}

TEST_CASE("http_hubs: an id of any characters stays one id") {
  RegistryRig rig;
  const std::string id = "a/..%2f?b#c'd(e)*!$@:=,_";
  rig.ForBoth([&](HubConnector& hub, const std::string&) {
    CheckTaken(hub.EnsureDevice(SasDevice(id)));
    CHECK(Read(hub, id) == DeviceState{});
    CheckTaken(hub.RemoveDevice(id));
    CHECK(hub.ReadState(id) == std::nullopt);
  });
}

TEST_CASE("http_hubs: a state is replaced whole, and outlives a new key") {
  RegistryRig rig;
  rig.ForBoth([&](HubConnector& hub, const std::string&) {
    CheckTaken(hub.EnsureDevice(SasDevice("dev-1")));
    CheckTaken(hub.WriteState("dev-1", {.tags = R"({"old":1})",
                                        .desired = R"({"old":{"a":2}})",
                                        .reported = {}}));
    CheckTaken(hub.WriteState("dev-1", State()));
    CheckTaken(hub.EnsureDevice(X509Device("dev-1")));
    const DeviceState read = Read(hub, "dev-1");
    CHECK(read.tags == State().tags);
    CHECK(read.desired == State().desired);
  });
}

TEST_CASE(
    "http_hubs: reported properties are read, and only a webhook's "
    "are written") {
  RegistryRig rig;
  rig.ForBoth([&](HubConnector& hub, const std::string& paths) {
    const bool azure = paths == "/devices/";
    CheckTaken(hub.EnsureDevice(SasDevice("dev-1")));
    CheckTaken(hub.WriteState("dev-1", State()));
    CHECK(Read(hub, "dev-1").reported == (azure ? "" : State().reported));
    if (azure) rig.server->Report("dev-1", State().reported);
    CHECK(Read(hub, "dev-1") == State());
  });
}

TEST_CASE("http_hubs: a notice reaches a webhook only") {
  RegistryRig rig;
  const auto webhook = rig.WebhookBy(RegistryDouble::Key());
  CheckTaken(webhook->Notify("dev-1"));
  CHECK(rig.server->requests().back().body ==
        R"({"deviceId":"dev-1","notice":"reprovision"})");
  for (const int status : {405, 501}) {
    rig.server->Fault(R"({"kind":"status","status":)" + std::to_string(status) +
                      "}");
    CheckFailsSaying(webhook->Notify("dev-1"), Errc::kMethodNotAllowed,
                     "has no notices");
  }
}

TEST_CASE("http_hubs: rights that do not suffice are kForbidden") {
  RegistryRig rig;
  const auto reader = rig.IotHubBy("registryRead");
  CheckTaken(reader->CheckHealth());
  CheckFailsSaying(reader->EnsureDevice(SasDevice("dev-1")), Errc::kForbidden,
                   "localhost answered HTTP 401: "
                   "ErrorCode:IotHubUnauthorizedAccess;Unauthorized");
  CheckFailsSaying(rig.IotHubBy("nobody")->CheckHealth(), Errc::kForbidden,
                   "401");
  for (const char* key : {"", "another key of some length"}) {
    CheckFailsSaying(rig.WebhookBy(SecretBytes(key))->CheckHealth(),
                     Errc::kForbidden, "401");
  }
}

TEST_CASE("http_hubs: a hub that says it cannot is tried later") {
  RegistryRig rig;
  rig.ForBoth([&](HubConnector& hub, const std::string& paths) {
    const std::string match = R"({"match":"PUT )" + paths + R"(",)";
    for (const int status : {408, 500, 502, 503}) {
      rig.server->Fault(match + R"("kind":"status","status":)" +
                        std::to_string(status) + "}");
      CheckFailsSaying(hub.EnsureDevice(SasDevice("dev-1")), Errc::kUnavailable,
                       "answered HTTP " + std::to_string(status));
    }
    CHECK(hub.pause() == seconds(0));
    for (const int status : {429, 503}) {
      rig.server->Fault(match + R"("kind":"status","status":)" +
                        std::to_string(status) +
                        R"(,"headers":{"Retry-After":"100"}})");
      CHECK_FALSE(hub.EnsureDevice(SasDevice("dev-1")));
      CHECK(hub.pause() > seconds(90));
      CHECK(hub.pause() <= seconds(100));
    }
    CheckTaken(hub.EnsureDevice(SasDevice("dev-1")));
  });
}

TEST_CASE("http_hubs: what the hub says of a device is told without keys") {
  RegistryRig rig;
  const std::string key = Base64Encode(std::string(32, 'p'));
  rig.ForBoth([&](HubConnector& hub, const std::string& paths) {
    rig.server->Fault(R"({"match":"PUT )" + paths +
                      R"(","kind":"status","status":400,"body":)"
                      R"({"message":"bad\r\nkey )" +
                      key + R"("}})");
    CheckFailsSaying(hub.EnsureDevice(SasDevice("dev-1")),
                     Errc::kInvalidArgument,
                     "localhost answered HTTP 400: bad\\x0d\\x0akey ****");
    rig.server->Fault(R"({"match":"PUT )" + paths +
                      R"(","kind":"status","status":400,"body":")" +
                      std::string(5000, '-') + R"("})");
    const Status status = hub.EnsureDevice(SasDevice("dev-1"));
    REQUIRE_FALSE(status);
    CHECK(status.error().message.size() < 400);
  });
}

TEST_CASE("http_hubs: an answer that makes no sense is kInternal") {
  RegistryRig rig;
  rig.ForBoth([&](HubConnector& hub, const std::string&) {
    CheckTaken(hub.EnsureDevice(SasDevice("dev-1")));
    for (const auto& [fault, reason] :
         {std::pair{R"({"kind":"status","status":200,"body":"<html>"})",
                    "answered what makes no sense"},
          {R"({"kind":"status","status":200,"body":{"tags":[]}})",
           "member tags must be an object"},
          {R"({"kind":"status","status":200,"body":{"properties":1}})",
           "member properties must be an object"},
          {R"({"kind":"status","status":302,"headers":{"Location":"/hub"}})",
           "answered HTTP 302"},
          {R"({"kind":"huge"})", "larger than 1048576 bytes"}}) {
      rig.server->Fault(fault);
      const auto state = hub.ReadState("dev-1");
      REQUIRE_FALSE(state);
      CHECK(state.error().code == Errc::kInternal);
      INFO(state.error().message);
      CHECK(state.error().message.find(reason) != std::string::npos);
    }
    CHECK(Read(hub, "dev-1") == DeviceState{});
  });
}

TEST_CASE("http_hubs: a hub that breaks off is asked again, whatever it did") {
  RegistryRig rig;
  rig.ForBoth([&](HubConnector& hub, const std::string& paths) {
    for (const char* kind : {"close", "cut", "lost"}) {
      CAPTURE(kind);
      for (const char* method : {"PUT ", "DELETE "}) {
        rig.server->Fault(R"({"match":")" + (method + paths) + R"(","kind":")" +
                          kind + R"("})");
      }
      CheckFailsSaying(hub.EnsureDevice(SasDevice("dev-1")), Errc::kUnavailable,
                       "localhost: the ");
      CheckTaken(hub.EnsureDevice(SasDevice("dev-1")));
      CheckFailsSaying(hub.RemoveDevice("dev-1"), Errc::kUnavailable,
                       "localhost: the ");
      CheckTaken(hub.RemoveDevice("dev-1"));
    }
  });
}

TEST_CASE(
    "http_hubs: a device of a registry is suspended until it is ensured") {
  RegistryRig rig;
  const auto hub = rig.IotHubBy("iothubowner");
  CheckTaken(hub->SuspendDevice("dev-1"));
  CheckTaken(hub->EnsureDevice(X509Device("dev-1")));
  CheckTaken(hub->WriteState("dev-1", State()));
  const auto status = [&] {
    const auto known = JsonDocument::ParseObject(rig.server->State());
    return *known->root().Find("devices")->Find("dev-1")->String("status");
  };
  for (int i = 0; i < 2; ++i) {
    CheckTaken(hub->SuspendDevice("dev-1"));
    CHECK(status() == "disabled");
    CHECK(Read(*hub, "dev-1").tags == State().tags);
  }
  CheckTaken(hub->EnsureDevice(X509Device("dev-1")));
  CHECK(status() == "enabled");
  CHECK(Read(*hub, "dev-1").tags == State().tags);
}

TEST_CASE("http_hubs: a removal that comes late does not hit who came back") {
  RegistryRig rig(std::chrono::milliseconds(500));
  const auto hub = rig.IotHubBy("iothubowner");
  CheckTaken(hub->EnsureDevice(SasDevice("dev-1")));
  rig.server->Fault(R"({"match":"DELETE /devices/","kind":"late"})");
  CheckFailsSaying(hub->RemoveDevice("dev-1"), Errc::kUnavailable, "timed out");
  CheckTaken(hub->EnsureDevice(SasDevice("dev-1")));
  REQUIRE(rig.server->ServeLate(412));
  CHECK(Read(*hub, "dev-1") == DeviceState{});
}

TEST_CASE("http_hubs: an answer too many is no answer to what comes next") {
  RegistryRig rig;
  int times = 0;
  rig.ForBoth([&](HubConnector& hub, const std::string& paths) {
    CheckTaken(hub.EnsureDevice(SasDevice("dev-1")));
    rig.server->Fault(R"({"match":"DELETE )" + paths +
                      R"(","kind":"twice","status":204})");
    CheckTaken(hub.RemoveDevice("dev-1"));
    REQUIRE(rig.server->WaitForTwice(++times));
    CHECK(hub.ReadState("dev-1") == std::nullopt);
  });
}

TEST_CASE("http_hubs: a hub that hangs costs the time that was given") {
  RegistryRig rig(std::chrono::milliseconds(500));
  rig.ForBoth([&](HubConnector& hub, const std::string&) {
    rig.server->Fault(R"({"kind":"hang"})");
    CheckFailsSaying(hub.CheckHealth(), Errc::kUnavailable,
                     "timed out after 500 ms");
  });
}

TEST_CASE("http_hubs: a stop ends the wait for a hub that hangs") {
  RegistryRig rig;
  rig.server->Fault(R"({"kind":"hang","times":0})");
  rig.ForBoth([&](HubConnector& hub, const std::string&) {
    const int seen = static_cast<int>(rig.server->requests().size());
    auto health =
        std::async(std::launch::async, [&] { return hub.CheckHealth(); });
    if (!rig.stop.stop_requested()) {
      REQUIRE(rig.server->WaitForRequests(seen + 1));
    }
    rig.stop.request_stop();
    REQUIRE(health.wait_for(kPatience) == std::future_status::ready);
    CheckFailsSaying(health.get(), Errc::kUnavailable,
                     "the service is stopping");
  });
}

TEST_CASE("http_hubs: no device is told to a server that is not trusted") {
  RegistryRig rig;
  const auto other = RegistryDouble::Start();
  REQUIRE(other);
  auto hub = IotHub::Create(
      {.connection_string = SecretBytes(rig.server->ConnectionString()),
       .ca_file = (*other)->ca_file(),
       .stop = {}},
      *rig.client, rig.clock);
  REQUIRE(hub);
  CheckFailsSaying((*hub)->EnsureDevice(SasDevice("dev-1")), Errc::kUnavailable,
                   "localhost: the ");
  // Nor by a connection that was made with the right CA.
  CheckTaken(rig.IotHubBy("iothubowner")->CheckHealth());
  CheckFailsSaying((*hub)->CheckHealth(), Errc::kUnavailable,
                   "localhost: the ");
  CHECK(rig.server->requests().size() == 1);
}

}  // namespace dps
