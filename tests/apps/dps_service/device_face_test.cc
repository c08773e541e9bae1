// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/device_face.h"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "core/base/json.h"
#include "core/store/memory_store.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/fleet.h"
#include "tests/support/patience.h"

namespace dps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct Rig {
  explicit Rig(const DeviceFaceOptions& wish = {}) : options(wish) {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
  }

  HttpCall Call(std::string method, std::string_view rest,
                std::string_view id = "dev-1") {
    return {.method = std::move(method),
            .path = "/" + std::string(kScopeText) + "/registrations/" +
                    std::string(id) + std::string(rest),
            .query = {{"api-version", "2021-06-01"}},
            .headers = {{"Authorization", GroupTokenFor(id, kNoon + hours(1))}},
            .body = "",
            .peer_address = "127.0.0.1",
            .client_certificates = {}};
  }
  HttpCall RegisterCall(std::string_view id = "dev-1") {
    return Call("PUT", "/register", id);
  }
  HttpCall PollCall(const std::string& operation_id,
                    std::string_view id = "dev-1") {
    return Call("GET", "/operations/" + operation_id, id);
  }

  // Polls until it is done; every reply before must be 202.
  HttpReply Finish(const std::string& operation_id,
                   std::string_view id = "dev-1") {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    HttpReply reply = face.Answer(PollCall(operation_id, id));
    while (reply.status != 200) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      REQUIRE(reply.status == 202);
      clock.Advance(seconds(3));
      std::this_thread::yield();
      reply = face.Answer(PollCall(operation_id, id));
    }
    return reply;
  }

  DeviceFaceOptions options;
  FakeClock clock;
  FakeLog log;
  MemoryStore store;
  RegistrationWriter writer{
      store,
      clock,
      log,
      {.pending_max = 100, .linger = std::chrono::milliseconds(0)}};
  RegistrationService service{store, writer, clock, log, {}};
  DeviceFace face{service, clock, log, options};
};

std::string Member(const HttpReply& reply, std::string_view name) {
  const auto document = JsonDocument::ParseObject(reply.body);
  REQUIRE(document);
  const auto member = document->root().Find(name);
  return member ? member->Text() : "";
}

std::string OperationOf(const HttpReply& reply) {
  const auto document = JsonDocument::ParseObject(reply.body);
  REQUIRE(document);
  return document->root().String("operationId").value_or("");
}

void CheckStranger(Rig& rig, const HttpCall& call, std::string_view code,
                   std::string_view reason) {
  const HttpReply reply = rig.face.Answer(call);
  CHECK(reply.status == 401);
  CHECK(Member(reply, "errorCode") == code);
  CHECK(reply.headers.at("Connection") == "close");
  CHECK_FALSE(reply.headers.contains("Retry-After"));
  // The reason is for the log alone, under the id the device was told.
  CHECK(reply.body.find(reason) == std::string::npos);
  const std::string line = rig.log.lines().back();
  CAPTURE(line);
  CHECK(line.find(reason) != std::string::npos);
  CHECK(line.find(reply.headers.at("x-ms-request-id")) != std::string::npos);
}

TEST_CASE("device_face: 202 first, then the assignment where it says") {
  Rig rig;
  const HttpReply accepted = rig.face.Answer(rig.RegisterCall());
  CHECK(accepted.status == 202);
  CHECK(Member(accepted, "status") == "\"assigning\"");
  CHECK(accepted.headers.at("Retry-After") == "3");
  CHECK(accepted.headers.at("Content-Type") ==
        "application/json; charset=utf-8");
  CHECK(accepted.headers.at("x-ms-request-id").size() == 36);
  const std::string operation = OperationOf(accepted);
  CHECK(accepted.headers.at("Location") ==
        "/0ne00ABCDEF/registrations/dev-1/operations/" + operation +
            "?api-version=2021-06-01");
  const HttpReply done = rig.Finish(operation);
  CHECK(Member(done, "status") == "\"assigned\"");
  CHECK_FALSE(done.headers.contains("Retry-After"));
  CHECK_FALSE(done.headers.contains("Location"));
}

TEST_CASE("device_face: a look-up tells the record, and 404 before there is") {
  Rig rig;
  CHECK(rig.face.Answer(rig.Call("POST", "")).status == 404);
  rig.Finish(OperationOf(rig.face.Answer(rig.RegisterCall())));
  const HttpReply found = rig.face.Answer(rig.Call("POST", "/"));
  CHECK(found.status == 200);
  CHECK(Member(found, "status") == "\"assigned\"");
  CHECK(Member(found, "registrationId") == "\"dev-1\"");
}

TEST_CASE("device_face: forceRegistration is taken, as a fresh start") {
  Rig rig;
  HttpCall call = rig.RegisterCall();
  call.query["forceRegistration"] = "true";
  const HttpReply first = rig.face.Answer(call);
  CHECK(first.status == 202);
  rig.Finish(OperationOf(first));
  const HttpReply second = rig.face.Answer(call);
  CHECK(second.status == 202);
  CHECK(OperationOf(second) != OperationOf(first));
}

TEST_CASE("device_face: a disabled device is told so at the end, as in MQTT") {
  Rig rig;
  IndividualEnrollment enrollment = EnrollmentOf("dev-2");
  enrollment.terms.provisioning_status = ProvisioningStatus::kDisabled;
  Save(rig.store, enrollment);
  HttpCall call = rig.RegisterCall("dev-2");
  const std::string token = TokenFor("dev-2", TestKey('p'), kNoon + hours(1));
  call.headers["Authorization"] = token;
  const HttpReply accepted = rig.face.Answer(call);
  REQUIRE(accepted.status == 202);
  HttpCall poll = rig.PollCall(OperationOf(accepted), "dev-2");
  poll.headers["Authorization"] = token;
  HttpReply done = rig.face.Answer(poll);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (done.status == 202 && std::chrono::steady_clock::now() < deadline) {
    rig.clock.Advance(seconds(3));
    done = rig.face.Answer(poll);
  }
  CHECK(done.status == 200);
  CHECK(Member(done, "status") == "\"disabled\"");
}

TEST_CASE("device_face: what is no device's path or method is 404 or 405") {
  Rig rig;
  CHECK(rig.face.Answer(rig.Call("PUT", "/registers")).status == 404);
  for (const char* method : {"GET", "POST", "DELETE", "HEAD", "put"}) {
    const HttpReply reply = rig.face.Answer(rig.Call(method, "/register"));
    CHECK(reply.status == 405);
    CHECK(reply.headers.at("Allow") == "PUT");
  }
  CHECK(
      rig.face.Answer(rig.Call("PUT", "/operations/4.a")).headers.at("Allow") ==
      "GET");
  CHECK(rig.face.Answer(rig.Call("GET", "")).headers.at("Allow") == "POST");
}

TEST_CASE("device_face: an api-version is demanded, and read by the rule") {
  Rig rig({.api_versions = ApiVersionRule::kKnown});
  HttpCall call = rig.RegisterCall();
  CHECK(rig.face.Answer(call).status == 202);
  call.query["api-version"] = "2020-01-01";
  CHECK(rig.face.Answer(call).status == 400);
  call.query.clear();
  CHECK(rig.face.Answer(call).status == 400);
}

TEST_CASE("device_face: strangers are told no reason") {
  Rig rig;
  HttpCall call = rig.RegisterCall();
  call.headers.clear();
  CheckStranger(rig, call, "401000", "no SAS token");
  call.headers["Authorization"] = "Bearer junk";
  CheckStranger(rig, call, "401000", "SAS token");
  call.headers["Authorization"] =
      TokenFor("dev-1", TestKey('x'), kNoon + hours(1));
  CheckStranger(rig, call, "401000", "key");
  // Of another device, of another scope, of yesterday.
  call.headers["Authorization"] = GroupTokenFor("dev-2", kNoon + hours(1));
  CheckStranger(rig, call, "401000", "token is for");
  call.headers["Authorization"] =
      GroupTokenFor("dev-1", kNoon + hours(1), "0ne00OTHER1");
  CheckStranger(rig, call, "401000", "token is for");
  call.headers["Authorization"] = GroupTokenFor("dev-1", kNoon - hours(24));
  CheckStranger(rig, call, "401000", "expired");
  call.path = "/0ne00NOBODY/registrations/dev-1/register";
  CheckStranger(rig, call, "401000", "scope");
}

TEST_CASE("device_face: a token's secret is in no reply and no log") {
  Rig rig;
  HttpCall call = rig.RegisterCall();
  const std::string token = TokenFor("dev-1", TestKey('x'), kNoon + hours(1));
  call.headers["Authorization"] = token;
  const HttpReply reply = rig.face.Answer(call);
  const std::string signature = token.substr(token.find("sig=") + 4, 20);
  CHECK(reply.body.find(signature) == std::string::npos);
  CHECK_FALSE(rig.log.Holds(signature));
}

TEST_CASE("device_face: another device's operation is none") {
  Rig rig;
  const std::string operation =
      OperationOf(rig.face.Answer(rig.RegisterCall()));
  const HttpReply reply = rig.face.Answer(rig.PollCall(operation, "dev-2"));
  CHECK(reply.status == 404);
  CHECK(Member(reply, "errorCode") == "404203");
  CHECK(rig.face.Answer(rig.PollCall("%2e%2e")).status == 404);
  CHECK(rig.face.Answer(rig.PollCall(std::string(900, 'a'))).status == 404);
}

TEST_CASE("device_face: bodies that are none of a device's are refused") {
  Rig rig;
  HttpCall call = rig.RegisterCall();
  call.body = std::string(limits::kMessageMax + 1, ' ');
  const HttpReply large = rig.face.Answer(call);
  CHECK(large.status == 413);
  CHECK(Member(large, "errorCode") == "413000");
  call.body = std::string(limits::kMessageMax, ' ');
  CHECK(rig.face.Answer(call).status == 202);
  for (const char* body : {"{", "[]", "null", "{\"payload\":1}}",
                           "{\"registrationId\":\"dev-2\"}"}) {
    CAPTURE(body);
    call.body = body;
    CHECK(rig.face.Answer(call).status == 400);
  }
  call.body = std::string(1000, '[');
  CHECK(rig.face.Answer(call).status == 400);
}

TEST_CASE("device_face: a TPM is told that there is nothing for it") {
  Rig rig;
  HttpCall call = rig.RegisterCall();
  call.headers.clear();
  call.body =
      R"({"registrationId":"dev-1","tpm":{"endorsementKey":"a","storageRootKey":"b"}})";
  const HttpReply reply = rig.face.Answer(call);
  CHECK(reply.status == 400);
  CHECK(reply.body.find("TPM attestation is not supported") !=
        std::string::npos);
}

TEST_CASE("device_face: a flood of polls is held off, one device at a time") {
  Rig rig;
  const std::string operation =
      OperationOf(rig.face.Answer(rig.RegisterCall()));
  for (int i = 0; i < 5; ++i) {
    CHECK(rig.face.Answer(rig.PollCall(operation)).status != 429);
  }
  const HttpReply refused = rig.face.Answer(rig.PollCall(operation));
  CHECK(refused.status == 429);
  CHECK(refused.headers.at("Retry-After") == "3");
  CHECK(refused.headers.at("x-ms-request-id").size() == 36);
  // By another name it is the same device.
  CHECK(rig.face.Answer(rig.PollCall(operation, "DEV-1")).status == 429);
  CHECK(rig.face.Answer(rig.RegisterCall()).status == 202);
  CHECK(rig.face.Answer(rig.RegisterCall("dev-2")).status == 202);
  CHECK(rig.face.Answer(rig.PollCall("4.a", "dev-2")).status == 404);
  rig.clock.Advance(seconds(10));
  CHECK(rig.face.Answer(rig.PollCall(operation)).status != 429);
}

TEST_CASE("device_face: nobody who is refused uses up a device's polls") {
  Rig rig;
  HttpCall forged = rig.PollCall("4.a");
  forged.headers["Authorization"] =
      TokenFor("dev-1", TestKey('x'), kNoon + hours(1));
  for (int i = 0; i < 20; ++i) {
    CHECK(rig.face.Answer(forged).status == 401);
  }
  CHECK(rig.face.Answer(rig.PollCall("4.a")).status == 404);
}

TEST_CASE("device_face: many devices at once are all assigned") {
  Rig rig;
  constexpr int kThreads = 4;
  constexpr int kDevices = 20;
  std::atomic<int> assigned = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&rig, &assigned, t] {
      for (int i = 0; i < kDevices; ++i) {
        const std::string id =
            "dev-" + std::to_string(t) + "-" + std::to_string(i);
        const HttpReply accepted = rig.face.Answer(rig.RegisterCall(id));
        const auto body = JsonDocument::ParseObject(accepted.body);
        const std::string operation =
            body ? body->root().String("operationId").value_or("") : "";
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        int status = 202;
        while (status != 200 && std::chrono::steady_clock::now() < deadline) {
          status = rig.face.Answer(rig.PollCall(operation, id)).status;
          if (status != 200) std::this_thread::yield();
          if (status == 429) rig.clock.Advance(seconds(1));
        }
        if (status == 200) ++assigned;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(assigned == kThreads * kDevices);
}

struct X509Rig : Rig {
  X509Rig() {
    EnrollmentGroup group = GroupOf("line");
    group.terms.attestation =
        X509Attestation{.kind = X509Attestation::Kind::kSigningCertificates,
                        .primary = Enroll(ca.certificate)};
    Save(store, group);
  }
  HttpCall With(HttpCall call, std::vector<std::string> certificates) {
    call.headers.clear();
    call.client_certificates = std::move(certificates);
    return call;
  }
  Forged ca = Forge(CaSpec("line-1"));
  Forged device = Forge(LeafSpec("cert-1", &ca));
};

TEST_CASE("device_face: a certificate is proof, and goes before a token") {
  X509Rig rig;
  const std::string der = rig.device.certificate.Der();
  const HttpReply accepted =
      rig.face.Answer(rig.With(rig.RegisterCall("cert-1"), {der}));
  CHECK(accepted.status == 202);
  // A good token beside a certificate of somebody else.
  HttpCall both = rig.RegisterCall("dev-1");
  both.client_certificates = {der};
  CheckStranger(rig, both, "401002", "cert-1");
  // A bad token beside a good certificate.
  HttpCall good = rig.With(rig.RegisterCall("cert-1"), {der});
  good.headers["Authorization"] = "junk";
  CHECK(rig.face.Answer(good).status == 202);
}

TEST_CASE("device_face: certificates of others, of nobody, and of no kind") {
  X509Rig rig;
  const Forged stranger = Forge(LeafSpec("cert-1"));
  CheckStranger(
      rig, rig.With(rig.RegisterCall("cert-1"), {stranger.certificate.Der()}),
      "401002", "not enrolled");
  const std::vector<std::string> too_many(limits::kPresentedChainMax + 1,
                                          rig.device.certificate.Der());
  for (const auto& chain : {std::vector<std::string>{"junk"}, too_many}) {
    const HttpReply reply =
        rig.face.Answer(rig.With(rig.RegisterCall("cert-1"), chain));
    CHECK(reply.status == 401);
    CHECK(Member(reply, "errorCode") == "401002");
    CHECK(reply.headers.at("Connection") == "close");
  }
}

}  // namespace
}  // namespace dps
