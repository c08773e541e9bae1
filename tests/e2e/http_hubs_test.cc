// SPDX-License-Identifier: Apache-2.0
// Devices are provisioned to hubs that speak HTTPS: Azure's registry, and a
// webhook hub.
#include <doctest/doctest.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

#include "core/base/secret_box.h"
#include "core/model/secret_context.h"
#include "tests/e2e/hub_scene.h"
#include "tests/support/registry_double.h"
#include "tests/support/webhook_server.h"

namespace dps {
namespace {

// kHub1 is the registry, kHub2 the webhook hub that wants signatures.
struct HttpHubsScene {
  HttpHubsScene() {
    auto started = RegistryDouble::Start();
    REQUIRE_MESSAGE(started, started.error().message);
    hubs = *std::move(started);
    Link(kHub1, IotHubConnectorSettings{
                    .connection_string =
                        Sealed(kHub1, SecretBytes(hubs->ConnectionString())),
                    .ca_file = hubs->ca_file()});
    Link(kHub2, WebhookConnectorSettings{
                    .url = hubs->SignedHubUrl(),
                    .key = Sealed(kHub2, SecretBytes(Base64Encode(
                                             RegistryDouble::Key().Reveal()))),
                    .ca_file = hubs->ca_file()});
  }

  StoredSecret Sealed(std::string_view hub, const SecretBytes& secret) {
    const SecretBox box(dps.store_directory());
    const auto sealed =
        box.Seal(secret, SecretContext(TestScope(), *HubName::Parse(hub)));
    REQUIRE_MESSAGE(sealed, sealed.error().message);
    return {*sealed};
  }

  void Link(std::string_view hub, ConnectorSettings settings) {
    Batch batch;
    batch.changes.emplace_back(Put<LinkedHub>{
        TestScope(),
        {.name = *HubName::Parse(hub), .connector = std::move(settings)},
        {}});
    REQUIRE(dps.store().Commit(batch));
  }

  void SendTo(std::string_view hub) {
    EnrollmentGroup group = GroupOf("fleet");
    group.terms.allocation_policy = AllocationPolicy::kStatic;
    group.terms.iot_hubs = {*HubName::Parse(hub)};
    group.terms.capabilities_json = R"({"iotEdge":true})";
    group.terms.initial_twin_json =
        R"({"tags":{"site":"a"},"properties":{"desired":{"rate":5}}})";
    Save(dps.store(), group);
  }

  Answer Provision() {
    Device device(dps.broker().Tcp(), "dev-1");
    return device.Provision();
  }

  // A value inside what the hubs hold, as text; "" if it is not there.
  std::string Held(std::initializer_list<const char*> path) {
    const auto state = JsonDocument::ParseObject(hubs->State());
    REQUIRE(state);
    std::optional<JsonView> at = state->root();
    for (const char* name : path) {
      if (!at || !at->IsObject()) return "";
      at = at->Find(name);
    }
    return at ? at->Text() : "";
  }

  DpsBroker dps{{.plugin_options = "plugin_opt_dps_polls_per_10s 0\n"
                                   "plugin_opt_dps_webhook_private_targets "
                                   "allow\n"}};
  std::unique_ptr<RegistryDouble> hubs;
};

std::string Quoted(const std::string& text) { return '"' + text + '"'; }

}  // namespace

TEST_CASE("http_hubs: an IoT Hub gets the device, its keys and its twin") {
  HttpHubsScene scene;
  scene.SendTo(kHub1);
  CHECK(scene.Provision().State("assignedHub") == kHub1);
  CHECK(scene.Held({"devices", "dev-1", "authentication", "symmetricKey",
                    "primaryKey"}) == Quoted(FleetPassword("dev-1")));
  CHECK(scene.Held({"devices", "dev-1", "authentication", "symmetricKey",
                    "secondaryKey"}) == Quoted(FleetPassword("dev-1", 's')));
  CHECK(scene.Held({"devices", "dev-1", "capabilities", "iotEdge"}) == "true");
  CHECK(scene.Held({"twins", "dev-1", "tags"}) == R"({"site":"a"})");
  CHECK(scene.Held({"twins", "dev-1", "desired"}) == R"({"rate":5})");
}

TEST_CASE(
    "http_hubs: a device moves between hubs of two kinds with its state") {
  HttpHubsScene scene;
  scene.SendTo(kHub1);
  scene.Provision();
  scene.hubs->Report("dev-1", R"({"rate":9})");
  scene.SendTo(kHub2);
  const Answer answer = scene.Provision();
  CHECK(answer.State("assignedHub") == kHub2);
  CHECK(answer.State("substatus") == "deviceDataMigrated");
  CHECK(scene.Held({"hubStates", "dev-1", "tags"}) == R"({"site":"a"})");
  CHECK(scene.Held({"hubStates", "dev-1", "properties", "reported"}) ==
        R"({"rate":9})");
  CHECK(WaitUntil([&] { return scene.Held({"devices", "dev-1"}).empty(); }));
  // Back again: a registry takes reported properties from nobody.
  scene.SendTo(kHub1);
  CHECK(scene.Provision().State("assignedHub") == kHub1);
  CHECK(scene.Held({"twins", "dev-1", "desired"}) == R"({"rate":5})");
  CHECK(scene.Held({"twins", "dev-1", "reported"}) == "{}");
  CHECK(WaitUntil([&] { return scene.Held({"hubDevices", "dev-1"}).empty(); }));
}

TEST_CASE(
    "http_hubs: a hub that is throttled is left alone, then asked again") {
  HttpHubsScene scene;
  scene.SendTo(kHub1);
  scene.hubs->Fault(R"({"match":"PUT /devices/","kind":"status","status":429,
      "headers":{"Retry-After":"2"}})");
  CHECK(scene.Provision().State("status") == "assigned");
  int puts = 0;
  for (const RegistryRequest& request : scene.hubs->requests()) {
    if (request.method == "PUT" && request.path.starts_with("/devices/")) {
      ++puts;
    }
  }
  CHECK(puts == 2);
}

TEST_CASE("http_hubs: a hub that answers twice, or loses its answer, is fine") {
  for (const std::string kind : {"twice", "lost", "close", "cut"}) {
    CAPTURE(kind);
    HttpHubsScene scene;
    scene.SendTo(kHub1);
    scene.hubs->Fault(
        R"({"match":"PUT /twins/","status":200,"body":{"deviceId":"dev-1"},"kind":")" +
        kind + "\"}");
    const Answer answer = scene.Provision();
    CHECK_MESSAGE(answer.State("status") == "assigned", answer.text);
    CHECK(scene.Held({"twins", "dev-1", "desired"}) == R"({"rate":5})");
  }
}

TEST_CASE("http_hubs: rights that do not suffice are told to the operator") {
  HttpHubsScene scene;
  scene.Link(
      kHub1,
      IotHubConnectorSettings{
          .connection_string = scene.Sealed(
              kHub1, SecretBytes(scene.hubs->ConnectionString("registryRead"))),
          .ca_file = scene.hubs->ca_file()});
  scene.SendTo(kHub1);
  const Answer answer = scene.Provision();
  CHECK(answer.State("status") == "failed");
  CHECK(answer.State("errorCode") == "400209");
  CHECK(scene.Held({"devices", "dev-1"}).empty());
}

TEST_CASE("http_hubs: a secret that does not open fails the device, not more") {
  HttpHubsScene scene;
  // Sealed for another hub.
  scene.Link(kHub1, IotHubConnectorSettings{
                        .connection_string = scene.Sealed(
                            kHub2, SecretBytes(scene.hubs->ConnectionString())),
                        .ca_file = scene.hubs->ca_file()});
  scene.SendTo(kHub1);
  CHECK(scene.Provision().State("status") == "failed");
  scene.SendTo(kHub2);
  CHECK(scene.Provision().State("status") == "assigned");
}

TEST_CASE("http_hubs: the twin a webhook of policy custom says is the first") {
  auto started = WebhookServer::Start();
  REQUIRE_MESSAGE(started, started.error().message);
  HttpHubsScene scene;
  EnrollmentGroup group = GroupOf("fleet");
  group.terms.allocation_policy = AllocationPolicy::kCustom;
  group.terms.iot_hubs = {*HubName::Parse(kHub1)};
  group.terms.initial_twin_json = R"({"tags":{"site":"a"}})";
  const auto by_twin = [&](const std::string& twin) {
    group.terms.custom_allocation = {
        .webhook_url =
            (*started)->Url("/twin?hub=hub-1.example.com&twin=" + twin),
        .api_version = "2021-10-01"};
    Save(scene.dps.store(), group);
    CHECK(scene.Provision().State("assignedHub") == kHub1);
  };
  by_twin("%7B%22tags%22:%7B%22by%22:1%7D%7D");
  CHECK(scene.Held({"twins", "dev-1", "tags"}) == R"({"by":1})");
  // It does not count any more, nor does the enrollment's.
  by_twin("%7B%22tags%22:%7B%22by%22:2%7D%7D");
  CHECK(scene.Held({"twins", "dev-1", "tags"}) == R"({"by":1})");
}

}  // namespace dps
