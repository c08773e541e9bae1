// SPDX-License-Identifier: Apache-2.0
// The unmodified Azure SDK for Node provisions over HTTPS, on port 443.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "tests/e2e/device_certificates.h"
#include "tests/support/dps_service.h"

namespace dps {
namespace {

// A store with devices, and dps-service on it alone. The SDK names no port, so
// each test has an address to itself.
struct HttpScene {
  explicit HttpScene(std::string address) : host(std::move(address)) {
    auto opened = LmdbStore::Open({.directory = path(), .create = true});
    REQUIRE(opened);
    store = *std::move(opened);
    AddInstance(*store);
    Save(*store, EnrollmentOf("Device-1:a_b.C9"));
    Save(*store, GroupOf("fleet"));
    const auto made = MakeTestCa(directory.path());
    REQUIRE(made);
    ca = *made;
    auto started = DpsService::Start({.program = DPS_SERVICE,
                                      .store = path(),
                                      .ca = ca,
                                      .listen = host + ":443",
                                      .more = {"--retry-after-s", "2"}});
    REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
    service = *std::move(started);
  }
  std::string path() const { return directory.File("store"); }

  // `credential` is what provision.mjs calls KEY.
  CommandResult Provision(const std::string& id, const std::string& credential,
                          const std::string& payload = "{}") {
    const auto result =
        RunCommand({.argv = {"node", DPS_PROVISION_SCRIPT, "http", host,
                             std::string(kScopeText), id, credential, payload},
                    .environment = {"NODE_EXTRA_CA_CERTS=" + ca.ca_file}},
                   std::chrono::seconds(60));
    REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
    return *result;
  }
  void CheckAssigned(const std::string& id, const std::string& credential) {
    const CommandResult result = Provision(id, credential, R"({"model":"m1"})");
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
    const auto answer = JsonDocument::ParseObject(result.out);
    REQUIRE(answer);
    CHECK(answer->root().String("status") == "assigned");
    CHECK(answer->root().String("deviceId") == id);
    const auto snapshot = store->Read();
    REQUIRE(snapshot);
    const auto record = (*snapshot)->FindRegistration(TestScope(), Rid(id));
    REQUIRE(record);
    REQUIRE(*record);
    CHECK(answer->root().String("assignedHub") == (*record)->assigned_hub);
    CHECK((*record)->request_payload_json == R"({"model":"m1"})");
  }

  const std::string host;
  TempDir directory;
  std::unique_ptr<LmdbStore> store;
  TestCa ca;
  std::unique_ptr<DpsService> service;
};

std::string GroupKey(std::string_view id) {
  return Base64Encode(DeriveDeviceKey(TestKey('p'), id).Reveal());
}

}  // namespace

TEST_CASE("sdk_http: a device with an individual key is assigned") {
  HttpScene scene("127.0.0.2");
  scene.CheckAssigned("Device-1:a_b.C9", Base64Encode(TestKey('p').Reveal()));
}

TEST_CASE("sdk_http: a device with a key of its group is assigned") {
  HttpScene scene("127.0.0.3");
  scene.CheckAssigned("device-2", GroupKey("device-2"));
  scene.CheckAssigned("device-2", GroupKey("device-2"));
}

TEST_CASE("sdk_http: a device with a certificate is assigned") {
  HttpScene scene("127.0.0.4");
  DeviceCertificates certificates;
  const Forged root = certificates.Root("root");
  const Forged middle = certificates.Ca("middle", root);
  EnrollCa(*scene.store, "line-1", root.certificate);
  const Endpoint files = certificates.As(
      {}, certificates.Device("device-3", middle), {middle.certificate});
  scene.CheckAssigned("device-3",
                      files.certificate_file + "," + files.key_file);
}

TEST_CASE("sdk_http: a wrong key is refused") {
  HttpScene scene("127.0.0.5");
  const CommandResult result =
      scene.Provision("device-4", Base64Encode(RandomSecret(32).Reveal()));
  CHECK(result.exit_code == 1);
  CHECK_MESSAGE(result.err.find("Unauthorized") != std::string::npos,
                result.err);
}

}  // namespace dps
