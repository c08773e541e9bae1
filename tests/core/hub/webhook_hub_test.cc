// SPDX-License-Identifier: Apache-2.0
#include "core/hub/webhook_hub.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"

namespace dps {
namespace {

constexpr const char* kBase = "https://hub.example:8443/dps";

struct WebhookRig {
  explicit WebhookRig(const std::string& url = kBase, SecretBytes key = {}) {
    auto made = WebhookHub::Create({.url = url,
                                    .signing_key = std::move(key),
                                    .ca_file = "/ca.pem",
                                    .stop = {}},
                                   client, clock);
    REQUIRE_MESSAGE(made, made.error().message);
    hub = *std::move(made);
  }
  void WillAnswer(std::vector<Result<HttpAnswer>> answers) {
    client.answers.assign(answers.begin(), answers.end());
  }
  std::string LastLine() const {
    const HttpRequest& request = client.requests.back();
    return NameOf(request.method) + std::string(" ") + request.target.url();
  }
  // "" if it was not sent.
  std::string Header(const std::string& name) const {
    for (const std::string& header : client.requests.back().headers) {
      if (header.starts_with(name + ": ")) {
        return header.substr(name.size() + 2);
      }
    }
    return {};
  }

  ScriptedHttpClient client;
  FakeClock clock;
  std::unique_ptr<HubConnector> hub;
};

HubDevice CertificateDevice() {
  return {.device_id = "dev/1",
          .credential = DeviceCertificate{"dev/1", "AB12"},
          .capabilities_json = {}};
}

}  // namespace

TEST_CASE("webhook_hub: a device is told with its certificate or keys") {
  WebhookRig rig;
  rig.WillAnswer({HttpAnswer{201, "whatever"}, HttpAnswer{204, ""}});
  CHECK(rig.hub->EnsureDevice(CertificateDevice()));
  CHECK(rig.LastLine() == "PUT https://hub.example:8443/dps/devices/dev%2F1");
  CHECK(rig.client.requests.back().ca_file == "/ca.pem");
  CHECK(rig.client.requests.back().body ==
        R"({"deviceId":"dev/1","status":"enabled","authentication":{)"
        R"("type":"selfSigned","commonName":"dev/1","x509Thumbprint":{)"
        R"("primaryThumbprint":"AB12","secondaryThumbprint":"AB12"}}})");
  HubDevice device = CertificateDevice();
  // With one key only, it stands in both places.
  device.credential = DeviceKeys{SecretBytes("0123456789abcdef"), {}};
  CHECK(rig.hub->EnsureDevice(device));
  CHECK(rig.client.requests.back().body ==
        R"({"deviceId":"dev/1","status":"enabled","authentication":{)"
        R"("type":"sas","symmetricKey":{)"
        R"("primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg==",)"
        R"("secondaryKey":"MDEyMzQ1Njc4OWFiY2RlZg=="}}})");
}

TEST_CASE("webhook_hub: a state goes out whole and comes in whole") {
  WebhookRig rig;
  const DeviceState state{.tags = R"({"a":1})",
                          .desired = R"({"b":[2]})",
                          .reported = R"({"c":"\u00e9"})"};
  rig.WillAnswer({HttpAnswer{204, ""}});
  CHECK(rig.hub->WriteState("dev-1", state));
  CHECK(rig.LastLine() ==
        "PUT https://hub.example:8443/dps/devices/dev-1/state");
  const std::string body = rig.client.requests.back().body;
  CHECK(body == R"({"tags":{"a":1},"properties":{"desired":{"b":[2]},)"
                R"("reported":{"c":"\u00E9"}}})");
  rig.WillAnswer(
      {HttpAnswer{200, body}, HttpAnswer{404, ""}, HttpAnswer{200, "{}"}});
  const auto read = rig.hub->ReadState("dev-1");
  CHECK(rig.LastLine() ==
        "GET https://hub.example:8443/dps/devices/dev-1/state");
  REQUIRE(read);
  REQUIRE(*read);
  CHECK((*read)->desired == state.desired);
  CHECK((*read)->reported == R"({"c":"\u00E9"})");
  CHECK(rig.hub->ReadState("dev-1") == std::nullopt);
  CHECK(rig.hub->ReadState("dev-1") == DeviceState{});
}

TEST_CASE("webhook_hub: a device that is gone is removed") {
  WebhookRig rig;
  rig.WillAnswer({HttpAnswer{200, ""}, HttpAnswer{404, ""}});
  CHECK(rig.hub->RemoveDevice("dev-1"));
  CHECK(rig.LastLine() == "DELETE https://hub.example:8443/dps/devices/dev-1");
  CHECK(rig.hub->RemoveDevice("dev-1"));
}

TEST_CASE("webhook_hub: 404 elsewhere is a mistake") {
  WebhookRig rig;
  rig.WillAnswer({HttpAnswer{404, ""}, HttpAnswer{404, ""}, HttpAnswer{404, ""},
                  HttpAnswer{404, ""}});
  for (const Status& status :
       {rig.hub->EnsureDevice(CertificateDevice()),
        rig.hub->WriteState("dev-1", {}), rig.hub->CheckHealth(),
        rig.hub->Notify("dev-1")}) {
    REQUIRE_FALSE(status);
    CHECK(status.error() ==
          Error{Errc::kInvalidArgument, "hub.example answered HTTP 404"});
  }
}

TEST_CASE("webhook_hub: a slash at the URL's end is one, a query stays last") {
  WebhookRig rig("https://hub.example/dps/?code=s3cret");
  rig.WillAnswer({HttpAnswer{200, ""}, HttpAnswer{500, ""}});
  CHECK(rig.hub->CheckHealth());
  CHECK(rig.LastLine() == "GET https://hub.example/dps/health?code=s3cret");
  const Status failed = rig.hub->CheckHealth();
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("s3cret") == std::string::npos);
}

TEST_CASE("webhook_hub: a signature covers method and path by the id") {
  const SecretBytes key("0123456789abcdef01234567");
  WebhookRig rig(kBase, key);
  rig.WillAnswer({HttpAnswer{204, ""}, HttpAnswer{204, ""}});
  CHECK(rig.hub->RemoveDevice("dev-1"));
  const std::string id = rig.Header("webhook-id");
  CHECK(id.starts_with("DELETE /devices/dev-1 "));
  const std::string timestamp = rig.Header("webhook-timestamp");
  CHECK(timestamp == "1795262400");
  const SecretBytes signature = HmacSha256(key, id + "." + timestamp + ".");
  CHECK(rig.Header("webhook-signature") ==
        "v1," + Base64Encode(signature.Reveal()));
  CHECK(rig.hub->RemoveDevice("dev-1"));
  CHECK(rig.Header("webhook-id") != id);
}

TEST_CASE("webhook_hub: without a key nothing is signed") {
  WebhookRig rig;
  rig.WillAnswer({HttpAnswer{200, ""}});
  CHECK(rig.hub->CheckHealth());
  CHECK(rig.Header("webhook-id").starts_with("GET /health "));
  CHECK(rig.Header("webhook-signature").empty());
}

TEST_CASE("webhook_hub: a URL that is none makes no hub") {
  ScriptedHttpClient client;
  const FakeClock clock;
  for (const char* url : {"", "ftp://hub.example", "https://u:p@hub.example"}) {
    const auto hub = WebhookHub::Create(
        {.url = url, .signing_key = {}, .ca_file = {}, .stop = {}}, client,
        clock);
    REQUIRE_FALSE(hub);
    CHECK(hub.error().code == Errc::kInvalidArgument);
  }
}

}  // namespace dps
