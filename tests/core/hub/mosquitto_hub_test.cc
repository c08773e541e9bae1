// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_hub.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "tests/support/mosquitto_hub_rig.h"

namespace dps {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<MosquittoHubRig> StartHub(MosquittoHubRigOptions options = {}) {
  auto rig = MosquittoHubRig::Start(std::move(options));
  REQUIRE_MESSAGE(rig.has_value(), rig.error().message);
  return *std::move(rig);
}

std::unique_ptr<HubConnector> ConnectorOf(MosquittoHubOptions options) {
  auto hub = MosquittoHub::Create(std::move(options));
  REQUIRE_MESSAGE(hub.has_value(), hub.error().message);
  return *std::move(hub);
}

void CheckDone(const Status& status) {
  CHECK_MESSAGE(status.has_value(), status.error().message);
}

HubDevice WithKey(const std::string& id, const std::string& key = "key-1") {
  return {.device_id = id,
          .credential = DeviceKeys{.primary = SecretBytes(key),
                                   .secondary = SecretBytes("key-2")}};
}

HubDevice WithCertificate(const std::string& id,
                          const std::string& common_name) {
  return {.device_id = id,
          .credential = DeviceCertificate{.common_name = common_name,
                                          .sha256_thumbprint = "AB"}};
}

std::string PasswordOf(const std::string& key) { return Base64Encode(key); }

std::string Topic(const std::string& id, const std::string& part) {
  return "devices/" + id + "/twin/" + part;
}

}  // namespace

TEST_CASE(
    "mosquitto_hub: a device with a key logs in with the very key it holds") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 0);
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-2")) == 5);
  CHECK(*rig->LogIn("DEV-1", PasswordOf("key-1")) == 5);
}

TEST_CASE("mosquitto_hub: state is written, read and cleared over TLS") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->TlsOptions());
  CheckDone(hub->EnsureDevice(WithKey("dev-1")));
  const DeviceState state{
      .tags = R"({"a":1})", .desired = "not JSON", .reported = R"({"b":2})"};
  CheckDone(hub->WriteState("dev-1", state));
  CHECK(*rig->Retained(Topic("dev-1", "tags")) == state.tags);
  const auto read = hub->ReadState("dev-1");
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(**read == state);
  CheckDone(hub->RemoveDevice("dev-1"));
  CHECK(*rig->Retained(Topic("dev-1", "desired")) == std::nullopt);
  CHECK(*rig->LogIn("dev-1", PasswordOf("key-1")) == 5);
  CHECK(*hub->ReadState("dev-1") == std::nullopt);
}

TEST_CASE("mosquitto_hub: a device with a certificate logs in by its name") {
  const auto rig = StartHub();
  const auto hub = ConnectorOf(rig->Options());
  CheckDone(hub->EnsureDevice(WithCertificate("device-7", "cn-7")));
  auto device = rig->Device(rig->DeviceCertificateOf("cn-7"));
  REQUIRE_MESSAGE(device.has_value(), device.error().message);
  CHECK(*device->Subscribe(Topic("device-7", "desired"), 1) == 1);
  CHECK(*device->Subscribe(Topic("device-7", "tags"), 1) == 0x80);
  CHECK(*rig->LogIn("cn-7", "") == 5);
  CheckDone(hub->RemoveDevice("device-7"));
  CHECK_FALSE(rig->HasClient("cn-7"));
  CHECK_FALSE(rig->HasRole("dps-device-device-7"));
  CHECK(device->WaitClosed());
}

TEST_CASE("mosquitto_hub: a hub set up as documented is healthy") {
  const auto rig = StartHub();
  CheckDone(ConnectorOf(rig->Options())->CheckHealth());
  CheckDone(ConnectorOf(rig->TlsOptions())->CheckHealth());
}

}  // namespace dps
