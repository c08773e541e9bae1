// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/service_face.h"

#include <doctest/doctest.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr const char* kHost = "sample.dps.example";

std::string ExpiryText() {
  return std::to_string(
      std::chrono::floor<std::chrono::seconds>(kNoon + std::chrono::minutes(10))
          .time_since_epoch()
          .count());
}

// As `az` writes it: the host and its port encoded, and the fields in its
// order.
std::string TokenFor(const std::string& resource) {
  const std::string signed_text = resource + "\n" + ExpiryText();
  const SecretBytes signature =
      HmacSha256(SecretBytes("primary-policy-key"), signed_text);
  return "SharedAccessSignature sr=" + resource +
         "&sig=" + PercentEncode(Base64Encode(signature.Reveal())) +
         "&se=" + ExpiryText() + "&skn=ops";
}

class Scene {
 public:
  explicit Scene(const ServiceFaceOptions& options = {})
      : face_(store_, clock, api_, options) {
    const IdScope scope = Scope("0ne00000001");
    REQUIRE(store_.Commit(
        {.changes = {
             Put<Instance>{scope, InstanceDocument("0ne00000001"), {}},
             Put<AccessPolicy>{scope, AccessPolicyDocument("ops"), {}},
             Put<LinkedHub>{scope, HubDocument("hub-1.example"), {}}}}));
  }

  HttpReply Send(HttpCall call) {
    call.query.try_emplace("api-version", "2021-10-01");
    call.headers.try_emplace("Host", kHost);
    call.headers.try_emplace("Authorization", TokenFor(kHost));
    call.peer_address = "192.0.2.7";
    return face_.Answer(call);
  }
  // Of the same without its body.
  std::size_t BodyMaxOf(const std::string& method, const std::string& path,
                        const std::string& token = TokenFor(kHost)) {
    return face_.BodyMaxOf(
        {.method = method,
         .path = path,
         .query = {},
         .headers = {{"Host", kHost}, {"Authorization", token}},
         .body = {},
         .peer_address = "192.0.2.7",
         .client_certificates = {}});
  }
  // The headers that `az` sends.
  HttpReply Az(const std::string& method, const std::string& path,
               const std::string& body = "", Headers more = {}) {
    more["Host"] = "sample.dps.example:8443";
    more["Authorization"] = TokenFor("sample.dps.example%3A8443");
    more["Accept"] = "application/json";
    more["Content-Type"] = "application/json; charset=utf-8";
    more["x-ms-client-request-id"] = NewGuid();
    return Send({.method = method,
                 .path = path,
                 .query = {},
                 .headers = std::move(more),
                 .body = body,
                 .peer_address = {},
                 .client_certificates = {}});
  }

  FakeClock clock;

 private:
  MemoryStore store_;
  FakeLog log_;
  TempDir directory_;
  SecretBox secrets_{directory_.path()};
  ServiceApi api_{store_, clock, secrets_, log_};
  ServiceFace face_;
};

HttpCall Get(const std::string& path) {
  return {.method = "GET",
          .path = path,
          .query = {},
          .headers = {},
          .body = {},
          .peer_address = {},
          .client_certificates = {}};
}

bool Holds(const HttpReply& reply, std::string_view text) {
  return reply.body.find(text) != std::string::npos;
}

std::string EtagOf(const HttpReply& reply) {
  return JsonDocument::ParseObject(reply.body)->root().String("etag").value();
}

// What `az iot dps enrollment create` sends, whatever it is told.
constexpr const char* kAzEnrollment =
    R"({"registrationId":"dev:1.a_b-c","attestation":{"type":"symmetricKey",)"
    R"("symmetricKey":{}},"capabilities":{"iotEdge":false},"initialTwin":)"
    R"({"tags":{},"properties":{"desired":{}}},"optionalDeviceInformation":{},)"
    R"("reprovisionPolicy":{"updateHubAssignment":true,)"
    R"("migrateDeviceData":true},"allocationPolicy":"geolatency",)"
    R"("iotHubs":["hub-1.example"]})";

}  // namespace

TEST_CASE("service_face: az's requests for an enrollment are answered") {
  Scene scene;
  const std::string path = "/enrollments/dev%3A1.a_b-c";
  const HttpReply created = scene.Az("PUT", path, kAzEnrollment);
  REQUIRE_MESSAGE(created.status == 200, created.body);
  CHECK(Holds(created, R"("registrationId":"dev:1.a_b-c")"));
  CHECK(Holds(created, R"("provisioningStatus":"enabled")"));
  CHECK(Holds(created, R"("allocationPolicy":"geoLatency")"));
  CHECK(Holds(created, "primaryKey"));
  const HttpReply shown = scene.Az("GET", path);
  CHECK(shown.status == 200);
  CHECK_FALSE(Holds(shown, "primaryKey"));
  const HttpReply keys = scene.Az("POST", path + "/attestationmechanism", "",
                                  {{"Content-Length", "0"}});
  CHECK(keys.status == 200);
  // An update is the document it got, with both keys, whatever the etag.
  std::string update = AddMember(shown.body, "provisioningStatus2", "1");
  update.replace(update.find(R"({"type":"symmetricKey"})"),
                 std::string_view(R"({"type":"symmetricKey"})").size(),
                 keys.body);
  const HttpReply updated = scene.Az("PUT", path, update, {{"If-Match", "*"}});
  REQUIRE_MESSAGE(updated.status == 200, updated.body);
  CHECK(EtagOf(updated) != EtagOf(created));
  CHECK(scene.Az("POST", path + "/attestationmechanism").body == keys.body);
  CHECK(scene.Az("DELETE", path, "", {{"If-Match", "*"}}).status == 204);
  CHECK(scene.Az("GET", path).status == 404);
}

TEST_CASE("service_face: az's query is understood, page by page") {
  Scene scene;
  for (const char* id : {"a", "b", "c"}) {
    const std::string body =
        R"({"registrationId":")" + std::string(id) +
        R"(","attestation":{"type":"symmetricKey","symmetricKey":{}}})";
    REQUIRE(scene.Az("PUT", std::string("/enrollments/") + id, body).status ==
            200);
  }
  // A Python dict in a string: what the current release really sends.
  const std::string query =
      R"({"query":"{'additional_properties': {}, 'query': 'SELECT *'}"})";
  const HttpReply first =
      scene.Az("POST", "/enrollments/query", query,
               {{"x-ms-max-item-count", "2"}, {"Cache-Control", "no-cache"}});
  CHECK(first.status == 200);
  CHECK(first.headers.at("x-ms-item-type") == "Enrollment");
  // With --top 3 it asks for the one that is left, by the same token.
  const HttpReply rest =
      scene.Az("POST", "/enrollments/query", query,
               {{"x-ms-max-item-count", "1"},
                {"x-ms-continuation", first.headers.at("x-ms-continuation")}});
  CHECK(Holds(rest, R"("registrationId":"c")"));
  CHECK_FALSE(rest.headers.contains("x-ms-continuation"));
}

TEST_CASE("service_face: az's requests for groups and registrations") {
  Scene scene;
  const std::string group =
      R"({"enrollmentGroupId":"g1","attestation":{"type":"symmetricKey",)"
      R"("symmetricKey":{}},"initialTwin":{"tags":{},"properties":)"
      R"({"desired":{}}},"capabilities":{"iotEdge":false}})";
  REQUIRE(scene.Az("PUT", "/enrollmentGroups/g1", group).status == 200);
  CHECK(scene.Az("POST", "/enrollmentGroups/g1/attestationmechanism").status ==
        200);
  const HttpReply none = scene.Az("POST", "/registrations/g1/query");
  CHECK(none.status == 200);
  CHECK(none.body == "[]");
  CHECK(none.headers.at("x-ms-item-type") == "DeviceRegistration");
  CHECK(scene.Az("GET", "/registrations/dev-1").status == 404);
  CHECK(scene.Az("DELETE", "/registrations/dev-1", "", {{"If-Match", "*"}})
            .status == 404);
  CHECK(scene.Az("DELETE", "/enrollmentGroups/g1", "", {{"If-Match", "*"}})
            .status == 204);
}

TEST_CASE("service_face: every api-version is served, none is 400") {
  Scene scene;
  for (const char* version :
       {"2018-04-01", "2019-03-31", "2021-06-01", "2021-10-01"}) {
    HttpCall call = Get("/enrollments/a");
    call.query = {{"api-version", version}};
    CHECK(scene.Send(call).status == 404);
  }
  HttpCall call = Get("/enrollments/a");
  call.query = {{"api-version", ""}};
  CHECK(scene.Send(call).status == 400);
}

TEST_CASE("service_face: a stranger gets 401, an unknown host 404") {
  Scene scene({.default_instance = "gone"});
  HttpCall call = Get("/enrollments/a");
  call.headers = {{"Authorization", "SharedAccessSignature sr=x"}};
  const HttpReply refused = scene.Send(call);
  CHECK(refused.status == 401);
  CHECK(refused.headers.at("x-ms-error-code") == "401000");
  CHECK(Holds(refused, refused.headers.at("x-ms-request-id")));
  call.headers = {{"Host", "other.example"},
                  {"Authorization", TokenFor("other.example")}};
  CHECK(scene.Send(call).status == 404);
  call.headers = {{"Host", ""}};
  CHECK(scene.Send(call).status == 404);
}

TEST_CASE(
    "service_face: one call more than the limit waits for the next minute") {
  Scene scene({.default_instance = {}, .calls_per_minute = 3});
  for (int i = 0; i < 3; ++i) {
    CHECK(scene.Send(Get("/enrollments/a")).status == 404);
  }
  scene.clock.Advance(std::chrono::seconds{20});
  const HttpReply refused = scene.Send(Get("/enrollments/a"));
  CHECK(refused.status == 429);
  CHECK(refused.headers.at("Retry-After") == "40");
  CHECK(refused.headers.at("x-ms-error-code") == "429001");
  scene.clock.Advance(std::chrono::seconds{40});
  CHECK(scene.Send(Get("/enrollments/a")).status == 404);
}

TEST_CASE(
    "service_face: only who is let in may send a body beyond a document") {
  Scene scene;
  CHECK(scene.BodyMaxOf("PUT", "/latencyTable") ==
        limits::kLatencyTableBytesMax);
  CHECK(scene.BodyMaxOf("PUT", "/latencyTable", "SharedAccessSignature sr=a") ==
        limits::kDocumentMax);
  CHECK(scene.BodyMaxOf("GET", "/latencyTable") == limits::kDocumentMax);
  CHECK(scene.BodyMaxOf("PUT", "/enrollments/dev-1") == limits::kDocumentMax);
  CHECK(scene.BodyMaxOf("PUT", "/nothing") == limits::kDocumentMax);
}

TEST_CASE("service_face: who is not let in uses up no calls") {
  Scene scene({.default_instance = {}, .calls_per_minute = 1});
  HttpCall stranger = Get("/enrollments/a");
  stranger.headers = {{"Authorization", "x"}};
  for (int i = 0; i < 5; ++i) CHECK(scene.Send(stranger).status == 401);
  CHECK(scene.Send(Get("/enrollments/a")).status == 404);
  CHECK(scene.Send(Get("/enrollments/a")).status == 429);
}

}  // namespace dps
