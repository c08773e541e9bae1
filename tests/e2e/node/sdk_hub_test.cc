// SPDX-License-Identifier: Apache-2.0
// The unmodified Azure SDK for Node is provisioned to real hubs, works there
// with the credential it has, and moves with its state.
#include <doctest/doctest.h>

#include <string>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "tests/e2e/hub_scene.h"

namespace dps {
namespace {

// What the SDK makes of its registration, as provision.mjs prints it.
JsonDocument ProvisionBySdk(HubScene& scene) {
  const Endpoint endpoint = scene.dps().broker().Tls();
  const auto result = RunCommand(
      {.argv = {"node", DPS_PROVISION_SCRIPT, "mqtt",
                std::to_string(endpoint.port), std::string(kScopeText), "dev-1",
                FleetPassword("dev-1")},
       .environment = {"NODE_EXTRA_CA_CERTS=" + endpoint.ca_file}},
      std::chrono::seconds(60));
  REQUIRE_MESSAGE(result, result.error().message);
  REQUIRE_MESSAGE(result->exit_code == 0, result->err);
  auto answer = JsonDocument::ParseObject(result->out);
  REQUIRE(answer);
  return *std::move(answer);
}

}  // namespace

TEST_CASE(
    "sdk_hub: a device works in its hub, and finds its state in the next") {
  HubScene scene;
  CHECK(ProvisionBySdk(scene).root().String("assignedHub") ==
        std::string(kHub1));
  const std::string reported = R"({"rate":9})";
  {
    auto device = scene.hub1().Device("dev-1", FleetPassword("dev-1"));
    REQUIRE_MESSAGE(device, device.error().message);
    REQUIRE(*device->Subscribe(TwinTopic("dev-1", "desired"), 1) == 1);
    const auto desired = device->NextMessage();
    REQUIRE(desired);
    CHECK(desired->payload == R"({"rate":5})");
    REQUIRE(device->Publish({.topic = TwinTopic("dev-1", "reported"),
                             .payload = reported,
                             .qos = 1,
                             .retain = true}));
  }
  scene.SendFleetTo(kHub2, kMigratePolicy);
  const JsonDocument moved = ProvisionBySdk(scene);
  CHECK(moved.root().String("assignedHub") == std::string(kHub2));
  CHECK(moved.root().String("substatus") == "deviceDataMigrated");
  CHECK(*scene.hub2().Retained(TwinTopic("dev-1", "reported")) == reported);
  CHECK(scene.WaitForNoTasks());
  CHECK_FALSE(scene.hub1().HasClient("dev-1"));
  CHECK(*scene.hub1().Retained(TwinTopic("dev-1", "reported")) == std::nullopt);
  CHECK(scene.hub2().Device("dev-1", FleetPassword("dev-1")));
}

}  // namespace dps
