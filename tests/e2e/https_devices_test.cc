// SPDX-License-Identifier: Apache-2.0
// Devices over HTTPS, beside a broker on the same store.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/json.h"
#include "tests/e2e/device_certificates.h"
#include "tests/e2e/dps_broker.h"
#include "tests/support/dps_service.h"
#include "tests/support/raw_client.h"

namespace dps {
namespace {

// A store with a broker and a dps-service on it.
struct HttpsDevicesScene {
  explicit HttpsDevicesScene(std::vector<std::string> more = {"--retry-after-s",
                                                              "2"}) {
    const auto made = MakeTestCa(directory.path());
    REQUIRE(made);
    ca = *made;
    auto started = DpsService::Start({.program = DPS_SERVICE,
                                      .store = dps.store_directory(),
                                      .ca = ca,
                                      .listen = "127.0.0.1:0",
                                      .more = std::move(more)});
    REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
    service = *std::move(started);
  }

  Endpoint Https() const {
    return {.port = service->port(), .ca_file = ca.ca_file};
  }
  std::string Dpsctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), DPSCTL);
    const auto result =
        RunCommand({.argv = arguments,
                    .environment = {"DPS_STORE=" + dps.store_directory()}});
    REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
    REQUIRE_MESSAGE(result->exit_code == 0, result->err);
    return result->out;
  }

  DpsBroker dps;
  TempDir directory;
  TestCa ca;
  std::unique_ptr<DpsService> service;
};

// A device's connection; its calls require that they are answered.
class HttpsDevice {
 public:
  using Reply = RawClient::Reply;

  // Without a token: what it shows in TLS is its proof.
  HttpsDevice(const Endpoint& endpoint, std::string id, std::string token)
      : endpoint_(endpoint), id_(std::move(id)), token_(std::move(token)) {}
  HttpsDevice(const Endpoint& endpoint, const std::string& id)
      : HttpsDevice(endpoint, id, FreshToken(id)) {}

  Reply Ask(const std::string& method, const std::string& rest,
            const std::string& body = "") {
    std::string request = method + " /" + std::string(kScopeText) +
                          "/registrations/" + id_ + rest +
                          "?api-version=2021-06-01 HTTP/1.1\r\nHost: localhost"
                          "\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n";
    if (!token_.empty()) request += "Authorization: " + token_ + "\r\n";
    return RawClient(endpoint_).Ask(request + "\r\n" + body);
  }

  // The operation's id.
  std::string Register(const std::string& body = "") {
    const Reply reply = Ask("PUT", "/register", body);
    REQUIRE_MESSAGE(reply.status == 202, reply.body);
    return Member(reply, "operationId");
  }
  Reply Poll(const std::string& operation_id) {
    return Ask("GET", "/operations/" + operation_id);
  }
  Reply PollUntilDone(const std::string& operation_id) {
    const SteadyTime end = Deadline();
    Reply reply = Poll(operation_id);
    while (reply.status == 202 || reply.status == 429) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      reply = Poll(operation_id);
    }
    return reply;
  }

  static std::string Member(const Reply& reply, std::string_view name) {
    const auto document = JsonDocument::ParseObject(reply.body);
    REQUIRE_MESSAGE(document, reply.body);
    return document->root().String(name).value_or("");
  }
  static std::string State(const Reply& reply, std::string_view name) {
    const auto document = JsonDocument::ParseObject(reply.body);
    REQUIRE_MESSAGE(document, reply.body);
    const auto state = document->root().Find("registrationState");
    return state ? state->String(name).value_or("") : "";
  }

 private:
  const Endpoint endpoint_;
  const std::string id_;
  const std::string token_;
};

}  // namespace

TEST_CASE("https_devices: what is registered over HTTPS is known over MQTT") {
  HttpsDevicesScene scene;
  HttpsDevice https(scene.Https(), "dev-1");
  const std::string operation = https.Register(R"({"payload":{"a":1}})");
  const auto done = https.PollUntilDone(operation);
  CHECK(done.status == 200);
  CHECK(HttpsDevice::Member(done, "status") == "assigned");
  const std::string hub = HttpsDevice::State(done, "assignedHub");
  Device mqtt(scene.dps.broker().Tls(), "dev-1");
  const Answer polled = mqtt.Poll(operation);
  CHECK(polled.status == 200);
  CHECK(polled.State("assignedHub") == hub);
  const std::string record =
      scene.Dpsctl({"registration", "show", "--registration-id", "dev-1"});
  CHECK(record.find(hub) != std::string::npos);
  CHECK(record.find("requestPayload") != std::string::npos);
  CHECK(mqtt.Provision().State("assignedHub") == hub);
}

TEST_CASE("https_devices: what is registered over MQTT is known over HTTPS") {
  HttpsDevicesScene scene;
  HttpsDevice https(scene.Https(), "dev-1");
  CHECK(https.Ask("POST", "", "{}").status == 404);
  Device mqtt(scene.dps.broker().Tls(), "dev-1");
  const std::string operation = mqtt.Register().Text("operationId");
  const auto done = https.PollUntilDone(operation);
  CHECK(done.status == 200);
  CHECK(HttpsDevice::Member(done, "status") == "assigned");
  const auto found = https.Ask("POST", "", R"({"registrationId":"dev-1"})");
  CHECK(found.status == 200);
  CHECK(HttpsDevice::Member(found, "assignedHub") ==
        HttpsDevice::State(done, "assignedHub"));
}

TEST_CASE("https_devices: one device over both at once has one assignment") {
  HttpsDevicesScene scene;
  constexpr int kDevices = 20;
  for (int i = 0; i < kDevices; ++i) {
    const std::string id = "dev-" + std::to_string(i);
    Device mqtt(scene.dps.broker().Tls(), id);
    HttpsDevice https(scene.Https(), id);
    auto other = std::async(std::launch::async, [&https] {
      return https.PollUntilDone(https.Register());
    });
    const Answer done = mqtt.Provision();
    const auto done_too = other.get();
    const auto record = scene.dps.RecordOf(id);
    REQUIRE(record);
    CHECK(record->status == RegistrationStatus::kAssigned);
    CHECK(done.State("assignedHub") == record->assigned_hub);
    CHECK(HttpsDevice::State(done_too, "assignedHub") == record->assigned_hub);
  }
  std::uint64_t assigned = 0;
  const auto snapshot = scene.dps.store().Read();
  const auto counts = (*snapshot)->CountAssigned(TestScope());
  REQUIRE(counts);
  for (const auto& [hub, count] : *counts) {
    assigned += count;
  }
  CHECK(assigned == kDevices);
}

TEST_CASE("https_devices: what a broker accepted outlives it over HTTPS") {
  HttpsDevicesScene scene;
  std::string operation;
  {
    Device mqtt(scene.dps.broker().Tls(), "dev-1");
    operation = mqtt.Register().Text("operationId");
    scene.dps.broker().Kill();
  }
  HttpsDevice https(scene.Https(), "dev-1");
  const auto done = https.PollUntilDone(operation);
  CHECK(done.status == 200);
  CHECK(HttpsDevice::Member(done, "status") == "assigned");
}

TEST_CASE("https_devices: a certificate registers, of another name it is 401") {
  HttpsDevicesScene scene;
  DeviceCertificates files;
  const Forged root = files.Root("root");
  const Forged middle = files.Ca("middle", root);
  EnrollCa(scene.dps.store(), "line-1", root.certificate);
  const Endpoint endpoint = files.As(
      scene.Https(), files.Device("cert-1", middle), {middle.certificate});
  HttpsDevice device(endpoint, "cert-1", "");
  const auto done = device.PollUntilDone(device.Register());
  CHECK(HttpsDevice::Member(done, "status") == "assigned");
  HttpsDevice thief(endpoint, "cert-2", "");
  const auto refused = thief.Ask("PUT", "/register");
  CHECK(refused.status == 401);
  CHECK(refused.body.find("401002") != std::string::npos);
  // A good token does not help a bad certificate.
  HttpsDevice both(endpoint, "dev-1");
  CHECK(both.Ask("PUT", "/register").status == 401);
  HttpsDevice nobody(scene.Https(), "cert-1", "");
  CHECK(nobody.Ask("PUT", "/register").status == 401);
}

TEST_CASE("https_devices: the hostile are refused, the others are served") {
  HttpsDevicesScene scene;
  HttpsDevice device(scene.Https(), "dev-1");
  CHECK(device.Ask("PUT", "/register", "{nonsense").status == 400);
  CHECK(
      device.Ask("PUT", "/register", std::string(96 * 1024 + 1, ' ')).status ==
      413);
  CHECK(device.Ask("DELETE", "").status == 405);
  CHECK(device.Ask("PUT", "/registered").status == 404);
  HttpsDevice thief(scene.Https(), "dev-1", FreshToken("dev-2"));
  CHECK(thief.Ask("PUT", "/register").status == 401);
  const std::string operation = device.Register();
  HttpsDevice other(scene.Https(), "dev-2");
  CHECK(other.Poll(operation).status == 404);
  int throttled = 0;
  for (int i = 0; i < 20; ++i) {
    const auto reply = device.Poll(operation);
    if (reply.status != 429) continue;
    ++throttled;
    CHECK(reply.headers.at("Retry-After") == "2");
  }
  CHECK(throttled == 15);
  CHECK(HttpsDevice::Member(other.PollUntilDone(other.Register()), "status") ==
        "assigned");
}

TEST_CASE("https_devices: options are those of the plugin, and are checked") {
  HttpsDevicesScene scene(
      {"--api-versions", "known", "--registrations-per-10s", "1"});
  HttpsDevice device(scene.Https(), "dev-1");
  device.Register();
  CHECK(device.Ask("PUT", "/register").status == 429);
  const auto wrong = RunCommand(
      {.argv = {DPS_SERVICE, "--store", scene.dps.store_directory(), "--listen",
                "127.0.0.1:0", "--cert", scene.ca.certificate_file, "--key",
                scene.ca.key_file, "--webhook-ca-file", scene.ca.key_file},
       .environment = {}});
  REQUIRE(wrong);
  CHECK(wrong->exit_code == 1);
  CHECK(wrong->err.find("--webhook-ca-file") != std::string::npos);
}

}  // namespace dps
