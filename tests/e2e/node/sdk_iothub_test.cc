// SPDX-License-Identifier: Apache-2.0
// The unmodified registry client of Azure and our connector do the same things
// to a hub: what each sends is compared, and each reads what the other wrote.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/parameters.h"
#include "core/http/curl_client.h"
#include "core/hub/iot_hub.h"
#include "tests/support/child_process.h"
#include "tests/support/registry_double.h"

namespace dps {
namespace {

const std::string kPrimary(32, 'p');
const std::string kSecondary(32, 's');
const std::string kThumbprint(64, 'A');
const std::string kKeysJson = R"({"primaryKey":")" + Base64Encode(kPrimary) +
                              R"(","secondaryKey":")" +
                              Base64Encode(kSecondary) + R"("})";
const std::string kThumbprintsJson = R"({"primaryThumbprint":")" + kThumbprint +
                                     R"(","secondaryThumbprint":")" +
                                     kThumbprint + R"("})";
// Without `type`, which the SDK finds by itself.
const std::string kSasJson =
    R"({"deviceId":"dev 1","status":"enabled","authentication":{)"
    R"("symmetricKey":)" +
    kKeysJson + R"(},"capabilities":{"iotEdge":true}})";
const std::string kX509Json =
    R"({"deviceId":"dev 1","status":"enabled","authentication":{)"
    R"("x509Thumbprint":)" +
    kThumbprintsJson + "}}";
constexpr const char* kStateJson =
    R"({"tags":{"site":"south"},"properties":{"desired":{"interval":30}}})";

HubDevice SasDevice() {
  return {
      .device_id = "dev 1",
      .credential = DeviceKeys{SecretBytes(kPrimary), SecretBytes(kSecondary)},
      .capabilities_json = R"({"iotEdge":true})"};
}

HubDevice X509Device() {
  return {.device_id = "dev 1",
          .credential = DeviceCertificate{"dev 1", kThumbprint},
          .capabilities_json = {}};
}

DeviceState State() {
  return {.tags = R"({"site":"south"})",
          .desired = R"({"interval":30})",
          .reported = {}};
}

class IotHubScene {
 public:
  IotHubScene() {
    auto started = RegistryDouble::Start();
    REQUIRE_MESSAGE(started, started.error().message);
    server_ = *std::move(started);
    auto made = IotHub::Create(
        {.connection_string = SecretBytes(server_->ConnectionString()),
         .ca_file = server_->ca_file(),
         .stop = {}},
        client_, clock_);
    REQUIRE_MESSAGE(made, made.error().message);
    hub_ = *std::move(made);
  }

  HubConnector& hub() { return *hub_; }

  CommandResult RunSdk(const std::vector<std::string>& arguments) {
    // The SDK signs for the host as it stands there, and cannot take a port.
    const std::string connection =
        "HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=" +
        Base64Encode(RegistryDouble::Key().Reveal());
    ChildCommand command{
        .argv = {"node", DPS_REGISTRY_SCRIPT, server_->port(), connection},
        .environment = {"NODE_EXTRA_CA_CERTS=" + server_->ca_file()}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    const auto result = RunCommand(command, std::chrono::seconds(60));
    REQUIRE_MESSAGE(result, result.error().message);
    return *result;
  }

  // What the SDK returned, a JSON object.
  std::string Sdk(const std::vector<std::string>& arguments) {
    const CommandResult result = RunSdk(arguments);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
    return result.out;
  }

  void Ours(const Status& status) {
    REQUIRE_MESSAGE(status, (status ? "" : status.error().message));
  }

  RegistryRequest Last() const { return server_->requests().back(); }

 private:
  std::unique_ptr<RegistryDouble> server_;
  CurlClient client_{{.timeout = kPatience, .private_targets = true}};
  SystemClock clock_;
  std::unique_ptr<HubConnector> hub_;
};

// A member's text by a path of names; "" if it is not there.
std::string MemberAt(const std::string& json,
                     const std::vector<std::string>& path) {
  const auto document = JsonDocument::ParseObject(json);
  REQUIRE_MESSAGE(document, json);
  JsonView value = document->root();
  for (const std::string& name : path) {
    const auto member = value.IsObject() ? value.Find(name) : std::nullopt;
    if (!member) return {};
    value = *member;
  }
  return value.Text();
}

std::string TokenField(const RegistryRequest& request, std::string_view name) {
  const std::string token = request.Header("authorization");
  const std::size_t blank = token.find(' ');
  REQUIRE(token.substr(0, blank) == "SharedAccessSignature");
  const auto value =
      FindParameter(std::string_view(token).substr(blank + 1), name);
  REQUIRE(value);
  REQUIRE(*value);
  return std::string(**value);
}

void CheckSame(const RegistryRequest& ours, const RegistryRequest& theirs) {
  CHECK(ours.path == theirs.path);
  CHECK(TokenField(ours, "sr") == TokenField(theirs, "sr"));
  CHECK(TokenField(ours, "skn") == TokenField(theirs, "skn"));
  // Both are good for an hour.
  const double apart_s =
      std::stod(TokenField(ours, "se")) - std::stod(TokenField(theirs, "se"));
  CHECK(std::abs(apart_s) <= 60);
  CHECK(ours.body.empty() == theirs.body.empty());
  if (theirs.body.empty()) return;
  CHECK(ours.Header("content-type") == theirs.Header("content-type"));
  for (const std::vector<std::string>& member :
       std::vector<std::vector<std::string>>{
           {"deviceId"},
           {"status"},
           {"authentication", "type"},
           {"authentication", "symmetricKey"},
           {"authentication", "x509Thumbprint"},
           {"capabilities"},
           {"tags"},
           {"properties"}}) {
    CAPTURE(member.back());
    CHECK(MemberAt(ours.body, member) == MemberAt(theirs.body, member));
  }
}

void CheckSameCall(const RegistryRequest& ours, const RegistryRequest& theirs) {
  CheckSame(ours, theirs);
  CHECK(ours.method == theirs.method);
  CHECK(ours.Header("if-match") == theirs.Header("if-match"));
}

}  // namespace

TEST_CASE(
    "sdk_iothub: a device is made, changed and removed by the same "
    "requests") {
  IotHubScene scene;
  std::vector<RegistryRequest> theirs;
  scene.Sdk({"create", kSasJson});
  theirs.push_back(scene.Last());
  scene.Sdk({"update", kX509Json});
  theirs.push_back(scene.Last());
  scene.Sdk({"delete", "dev 1"});
  theirs.push_back(scene.Last());

  scene.Ours(scene.hub().EnsureDevice(SasDevice()));
  CheckSameCall(scene.Last(), theirs[0]);
  scene.Ours(scene.hub().EnsureDevice(X509Device()));
  CheckSameCall(scene.Last(), theirs[1]);
  // The SDK removes whatever is there, we what we saw there.
  const std::string etag = MemberAt(scene.Sdk({"get", "dev 1"}), {"etag"});
  scene.Ours(scene.hub().RemoveDevice("dev 1"));
  CheckSame(scene.Last(), theirs[2]);
  CHECK(scene.Last().method == theirs[2].method);
  CHECK(scene.Last().Header("if-match") == etag);
}

TEST_CASE("sdk_iothub: a device is suspended by the same update") {
  IotHubScene scene;
  scene.Sdk({"create", kSasJson});
  std::string device = kSasJson;
  device.replace(device.find("enabled"), 7, "disabled");
  scene.Sdk({"update", device});
  const RegistryRequest theirs = scene.Last();
  scene.Ours(scene.hub().EnsureDevice(SasDevice()));
  const std::string etag = MemberAt(scene.Sdk({"get", "dev 1"}), {"etag"});
  scene.Ours(scene.hub().SuspendDevice("dev 1"));
  CheckSame(scene.Last(), theirs);
  CHECK(scene.Last().method == theirs.method);
  CHECK(scene.Last().Header("if-match") == etag);
  CHECK(MemberAt(scene.Sdk({"get", "dev 1"}), {"status"}) == R"("disabled")");
}

TEST_CASE("sdk_iothub: the SDK finds the device as it would have made it") {
  IotHubScene scene;
  scene.Ours(scene.hub().EnsureDevice(SasDevice()));
  const std::string sas = scene.Sdk({"get", "dev 1"});
  CHECK(MemberAt(sas, {"deviceId"}) == R"("dev 1")");
  CHECK(MemberAt(sas, {"authentication", "type"}) == R"("sas")");
  CHECK(MemberAt(sas, {"authentication", "symmetricKey"}) == kKeysJson);
  CHECK(MemberAt(sas, {"capabilities", "iotEdge"}) == "true");
  scene.Ours(scene.hub().EnsureDevice(X509Device()));
  const std::string x509 = scene.Sdk({"get", "dev 1"});
  CHECK(MemberAt(x509, {"authentication", "type"}) == R"("selfSigned")");
  CHECK(MemberAt(x509, {"authentication", "x509Thumbprint"}) ==
        kThumbprintsJson);
  scene.Ours(scene.hub().RemoveDevice("dev 1"));
  const CommandResult gone = scene.RunSdk({"get", "dev 1"});
  CHECK(gone.exit_code == 1);
  CHECK(gone.err.find("DeviceNotFoundError") != std::string::npos);
}

TEST_CASE(
    "sdk_iothub: a twin is read by the same request, with the same "
    "result") {
  IotHubScene scene;
  scene.Sdk({"create", kSasJson});
  scene.Sdk({"patch", "dev 1", kStateJson});
  scene.Sdk({"twin", "dev 1"});
  const RegistryRequest theirs = scene.Last();
  const auto state = scene.hub().ReadState("dev 1");
  CheckSameCall(scene.Last(), theirs);
  CHECK(state == State());
}

// The SDK merges into a twin, we replace it: another method and any tag.
TEST_CASE("sdk_iothub: a twin is written by the same body") {
  IotHubScene scene;
  scene.Sdk({"create", kSasJson});
  scene.Sdk({"patch", "dev 1", kStateJson});
  const RegistryRequest theirs = scene.Last();
  CHECK(theirs.method == "PATCH");
  scene.Ours(scene.hub().WriteState("dev 1", State()));
  CHECK(scene.Last().method == "PUT");
  CHECK(scene.Last().Header("if-match") == "\"*\"");
  CheckSame(scene.Last(), theirs);
  const std::string twin = scene.Sdk({"twin", "dev 1"});
  CHECK(MemberAt(twin, {"tags"}) == State().tags);
  CHECK(MemberAt(twin, {"properties", "desired", "interval"}) == "30");
}

TEST_CASE("sdk_iothub: the devices are counted by the same request") {
  IotHubScene scene;
  scene.Sdk({"statistics"});
  const RegistryRequest theirs = scene.Last();
  scene.Ours(scene.hub().CheckHealth());
  CheckSameCall(scene.Last(), theirs);
}

}  // namespace dps
