// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/hub_scene.h"

#include <doctest/doctest.h>

#include <utility>

#include "core/base/secret_box.h"
#include "core/model/secret_context.h"
#include "tests/support/hub_tasks_of.h"

namespace dps {
namespace {

std::unique_ptr<MosquittoHubRig> StartHub(
    const MosquittoHubRigOptions& options) {
  auto rig = MosquittoHubRig::Start(options);
  REQUIRE_MESSAGE(rig.has_value(), rig.error().message);
  return *std::move(rig);
}

// Polls are many while a hub is asked.
std::string PluginOptions(const HubSceneOptions& options) {
  return "plugin_opt_dps_polls_per_10s 0\n"
         "plugin_opt_dps_registrations_per_10s 0\n" +
         options.plugin_options;
}

}  // namespace

HubScene::HubScene(const HubSceneOptions& options)
    : dps_({.plugin_options = PluginOptions(options)}),
      hub1_(StartHub(options.hubs)),
      hub2_(StartHub(options.hubs)) {
  Link(kHub1, hub1_->Tcp().port);
  Link(kHub2, hub2_->Tcp().port);
  SendFleetTo(kHub1);
}

void HubScene::Link(std::string_view name, std::uint16_t port) {
  const HubName hub = *HubName::Parse(name);
  const MosquittoHubOptions rig = hub1_->Options();
  const auto sealed = SecretBox(dps_.store_directory())
                          .Seal(rig.password, SecretContext(TestScope(), hub));
  REQUIRE_MESSAGE(sealed.has_value(), sealed.error().message);
  const LinkedHub linked{.name = hub,
                         .connector = MosquittoConnectorSettings{
                             .url = "mqtt://127.0.0.1:" + std::to_string(port),
                             .username = rig.username,
                             .password = {*sealed}}};
  Batch batch;
  batch.changes.emplace_back(Put<LinkedHub>{TestScope(), linked, {}});
  const Status saved = dps_.store().Commit(batch);
  REQUIRE_MESSAGE(saved.has_value(), saved.error().message);
}

EnrollmentGroup HubScene::fleet() {
  const auto view = dps_.store().Read();
  return (*view)
      ->FindEnrollmentGroup(TestScope(), *EnrollmentGroupId::Parse("fleet"))
      ->value();
}

void HubScene::SendFleetTo(std::string_view hub,
                           std::optional<ReprovisionPolicy> policy) {
  EnrollmentGroup group = fleet();
  group.terms.allocation_policy = AllocationPolicy::kStatic;
  group.terms.iot_hubs = {*HubName::Parse(hub)};
  group.terms.reprovision_policy = policy;
  group.terms.initial_twin_json =
      R"({"tags":{"site":"a"},"properties":{"desired":{"rate":5}}})";
  Save(dps_.store(), group);
}

Answer HubScene::Provision(std::string_view id) {
  Device device(dps_.broker().Tcp(), id);
  return device.Provision();
}

std::vector<HubTask> HubScene::Tasks() {
  return HubTasksOf(dps_.store(), TestScope());
}

bool HubScene::WaitForNoTasks() {
  return WaitUntil([this] { return Tasks().empty(); });
}

std::string FleetPassword(std::string_view id, char key) {
  return Base64Encode(DeriveDeviceKey(TestKey(key), id).Reveal());
}

std::string TwinTopic(std::string_view id, std::string_view part) {
  return "devices/" + std::string(id) + "/twin/" + std::string(part);
}

}  // namespace dps
