// SPDX-License-Identifier: Apache-2.0
// The unmodified Azure SDK for operators manages us over HTTPS.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/store/lmdb_store.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/dps_service.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

const std::string kOwner(kOwnerPolicy);

// What the SDK made of it.
struct Said {
  bool done = false;
  std::string text;  // JSON, or the error

  bool Holds(std::string_view part) const {
    return text.find(part) != std::string::npos;
  }
};

class ServiceScene {
 public:
  // Port 443 is what the SDK takes a host name without a port for; whoever may
  // not have it gets another, and the SDK's agent a default.
  explicit ServiceScene(const std::string& listen = "127.0.0.1:0") {
    Dpsctl({"instance", "create", "--dps-name", "sdk"});
    const auto ca = MakeTestCa(directory_.path());
    REQUIRE(ca);
    ca_ = *ca;
    auto service = DpsService::Start({.program = DPS_SERVICE,
                                      .store = store(),
                                      .ca = ca_,
                                      .listen = listen,
                                      .more = {}});
    REQUIRE_MESSAGE(service, (service ? "" : service.error().message));
    service_ = *std::move(service);
    key_ = KeyOf(kOwner);
  }

  std::string Dpsctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {DPSCTL, "--store", store()});
    const auto result =
        RunCommand({.argv = std::move(arguments), .environment = {}});
    REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
    REQUIRE_MESSAGE(result->exit_code == 0, result->err);
    return result->out;
  }

  std::string KeyOf(const std::string& policy) const {
    const auto opened = LmdbStore::Open({.directory = store()});
    REQUIRE(opened);
    const auto snapshot = (*opened)->Read().value();
    const auto instances = snapshot->ListInstances().value();
    const auto found = snapshot->FindAccessPolicy(
        instances.front().id_scope, *AccessPolicyName::Parse(policy));
    REQUIRE(found);
    REQUIRE(*found);
    return Base64Encode((*found)->primary_key.Reveal());
  }

  Said Sdk(std::vector<std::string> arguments) const {
    return SdkAs(kOwner, key_, std::move(arguments));
  }
  Said SdkAs(const std::string& policy, const std::string& key,
             std::vector<std::string> arguments) const {
    const std::string connection =
        "HostName=localhost;SharedAccessKeyName=" + policy +
        ";SharedAccessKey=" + key;
    arguments.insert(arguments.begin(),
                     {"node", DPS_SERVICE_SCRIPT,
                      std::to_string(service_->port()), connection});
    const auto result =
        RunCommand({.argv = std::move(arguments),
                    .environment = {"NODE_EXTRA_CA_CERTS=" + ca_.ca_file}},
                   std::chrono::seconds(60));
    REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
    return {.done = result->exit_code == 0,
            .text = result->exit_code == 0 ? result->out : result->err};
  }

  std::string store() const { return directory_.File("store"); }
  std::uint16_t port() const { return service_->port(); }

 private:
  TempDir directory_;
  TestCa ca_;
  std::unique_ptr<DpsService> service_;
  std::string key_;
};

std::string Symmetric(const std::string& id, const std::string& more = "") {
  return R"({"registrationId":")" + id +
         R"(","attestation":{"type":"symmetricKey"})" + more + "}";
}

std::string Member(const Said& said, const std::string& name) {
  const auto document = JsonDocument::ParseObject(said.text);
  REQUIRE(document);
  return document->root().String(name).value();
}

}  // namespace

TEST_CASE("sdk_service: on port 443 an enrollment lives its life") {
  const ServiceScene scene("127.0.0.1:443");
  REQUIRE(scene.port() == 443);
  const Said created = scene.Sdk({"put", Symmetric("dev:1.a_b-c")});
  REQUIRE_MESSAGE(created.done, created.text);
  CHECK(created.Holds(R"("provisioningStatus":"enabled")"));
  CHECK(created.Holds("createdDateTimeUtc"));
  const Said again = scene.Sdk({"put", Symmetric("dev:1.a_b-c")});
  CHECK(again.text.starts_with("DeviceAlreadyExistsError 409"));
  const Said read = scene.Sdk({"get", "DEV:1.a_b-c"});
  CHECK(read.Holds(R"("attestation":{"type":"symmetricKey"})"));
  const Said keys = scene.Sdk({"keys", "dev:1.a_b-c"});
  CHECK(keys.Holds("primaryKey"));
  const Said updated = scene.Sdk(
      {"put",
       Symmetric("dev:1.a_b-c", R"(,"provisioningStatus":"disabled","etag":")" +
                                    Member(read, "etag") + "\"")});
  REQUIRE_MESSAGE(updated.done, updated.text);
  CHECK(Member(updated, "etag") != Member(read, "etag"));
  CHECK(Member(updated, "createdDateTimeUtc") ==
        Member(read, "createdDateTimeUtc"));
  CHECK(scene.Sdk({"keys", "dev:1.a_b-c"}).text == keys.text);
  const Said stale = scene.Sdk({"delete", "dev:1.a_b-c", Member(read, "etag")});
  CHECK(stale.text.starts_with("InvalidEtagError 412"));
  CHECK(scene.Sdk({"delete", "dev:1.a_b-c"}).done);
  CHECK(scene.Sdk({"get", "dev:1.a_b-c"}).Holds("404"));
}

TEST_CASE("sdk_service: every attestation is stored, and shown as Azure does") {
  const ServiceScene scene;
  const Forged root = Forge(CaSpec("root"));
  const Forged leaf = Forge(LeafSpec("leaf-1", &root));
  const auto pem = [](const Forged& forged) {
    return JsonWriter().String(Pem(forged.certificate)).Take();
  };
  const Said device = scene.Sdk(
      {"put", R"({"registrationId":"leaf-1","attestation":{"type":"x509",)"
              R"("x509":{"clientCertificates":{"primary":{"certificate":)" +
                  pem(leaf) + "}}}}}"});
  REQUIRE_MESSAGE(device.done, device.text);
  CHECK(device.Holds("sha256Thumbprint"));
  CHECK_FALSE(device.Holds("BEGIN CERTIFICATE"));
  const Said group = scene.Sdk(
      {"put-group",
       R"({"enrollmentGroupId":"g1","attestation":{"type":"x509","x509":)"
       R"({"signingCertificates":{"primary":{"certificate":)" +
           pem(root) + "}}}}}"});
  REQUIRE_MESSAGE(group.done, group.text);
  CHECK(scene.Sdk({"get-group", "g1"}).Holds("CN=root"));
  REQUIRE(scene
              .Sdk({"put-group", R"({"enrollmentGroupId":"g2","attestation":)"
                                 R"({"type":"symmetricKey"}})"})
              .done);
  // Written /enrollmentgroups/ by the SDK.
  CHECK(scene.Sdk({"keys-group", "g2"}).Holds("secondaryKey"));
  CHECK(scene.Sdk({"query-states", "g2", "5"}).text == "[[]]\n");
  CHECK(scene.Sdk({"delete-group", "g1"}).done);
}

TEST_CASE("sdk_service: queries come in pages, bulk operations item by item") {
  const ServiceScene scene;
  std::string items;
  for (const char* id : {"a", "b", "c"}) {
    items += (items.empty() ? "" : ",") + Symmetric(id);
  }
  const Said bulk =
      scene.Sdk({"bulk", R"({"mode":"create","enrollments":[)" + items + "]}"});
  REQUIRE_MESSAGE(bulk.done, bulk.text);
  CHECK(bulk.Holds(R"("isSuccessful":true)"));
  const Said pages = scene.Sdk({"query", "2"});
  CHECK(pages.Holds(R"("registrationId":"b")"));
  CHECK(pages.Holds(R"(}],[{"registrationId":"c")"));
  const Said partly =
      scene.Sdk({"bulk", R"({"mode":"create","enrollments":[)" +
                             Symmetric("c") + "," + Symmetric("d") + "]}"});
  CHECK(partly.Holds(R"("isSuccessful":false)"));
  CHECK(partly.Holds(R"("errorCode":409000)"));
  CHECK(scene.Sdk({"get", "d"}).done);
}

TEST_CASE("sdk_service: a wrong key and a missing right are Unauthorized") {
  const ServiceScene scene;
  const std::string other = Base64Encode(std::string(32, 'x'));
  CHECK(scene.SdkAs(kOwner, other, {"get", "a"})
            .text.starts_with("UnauthorizedError 401"));
  CHECK(scene.SdkAs("nobody", other, {"get", "a"})
            .text.starts_with("UnauthorizedError 401"));
}

}  // namespace dps
