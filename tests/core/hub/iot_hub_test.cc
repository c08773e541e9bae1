// SPDX-License-Identifier: Apache-2.0
#include "core/hub/iot_hub.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"

namespace dps {
namespace {

using std::chrono::seconds;

constexpr const char* kConnection =
    "HostName=hub.example:8443;SharedAccessKeyName=dps;"
    "SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr const char* kIdentity = R"({"deviceId":"dev-1","etag":"x"})";

HubDevice EdgeDevice() {
  return {.device_id = "dev-1",
          .credential = DeviceKeys{SecretBytes("0123456789abcdef"),
                                   SecretBytes("fedcba9876543210")},
          .capabilities_json = R"({"iotEdge":true})"};
}

struct IotHubRig {
  IotHubRig() {
    auto made = IotHub::Create({.connection_string = SecretBytes(kConnection),
                                .ca_file = "/ca.pem",
                                .stop = {}},
                               client, clock);
    REQUIRE_MESSAGE(made, made.error().message);
    hub = *std::move(made);
  }
  void WillAnswer(std::vector<Result<HttpAnswer>> answers) {
    client.answers.assign(answers.begin(), answers.end());
  }
  // `PUT https://...`, one for each.
  std::vector<std::string> Asked() const {
    std::vector<std::string> lines;
    for (const HttpRequest& request : client.requests) {
      lines.push_back(NameOf(request.method) + std::string(" ") +
                      request.target.url());
    }
    return lines;
  }
  bool Sent(std::size_t index, const std::string& header) const {
    const auto& headers = client.requests.at(index).headers;
    return std::ranges::find(headers, header) != headers.end();
  }

  ScriptedHttpClient client;
  FakeClock clock;
  std::unique_ptr<HubConnector> hub;
};

void CheckFails(const Status& status, Errc code, std::string_view reason) {
  REQUIRE_FALSE(status);
  CHECK(status.error().code == code);
  CHECK(status.error().message == reason);
}

constexpr const char* kAny = "If-Match: \"*\"";
constexpr const char* kSeen = "If-Match: \"x\"";  // kIdentity's
const std::string kDeviceUrl =
    "https://hub.example:8443/devices/dev-1?api-version=2021-04-12";
const std::string kTwinUrl =
    "https://hub.example:8443/twins/dev-1?api-version=2021-04-12";

}  // namespace

TEST_CASE("iot_hub: a device that is not there is made, with its keys") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{404, "{}"}, HttpAnswer{200, kIdentity}});
  CHECK(rig.hub->EnsureDevice(EdgeDevice()));
  CHECK(rig.Asked() == std::vector{"GET " + kDeviceUrl, "PUT " + kDeviceUrl});
  CHECK_FALSE(rig.Sent(1, kAny));
  CHECK(rig.client.requests[1].ca_file == "/ca.pem");
  CHECK(rig.client.requests[1].body ==
        R"({"deviceId":"dev-1","status":"enabled","authentication":{)"
        R"("type":"sas","symmetricKey":{)"
        R"("primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg==",)"
        R"("secondaryKey":"ZmVkY2JhOTg3NjU0MzIxMA=="}},)"
        R"("capabilities":{"iotEdge":true}})");
}

TEST_CASE("iot_hub: a device that is there gets its certificate, for any tag") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{200, kIdentity}, HttpAnswer{200, kIdentity}});
  HubDevice device = EdgeDevice();
  device.credential = DeviceCertificate{"dev-1", "AB12"};
  device.capabilities_json.clear();
  CHECK(rig.hub->EnsureDevice(device));
  CHECK(rig.Sent(1, kAny));
  CHECK(rig.client.requests[1].body ==
        R"({"deviceId":"dev-1","status":"enabled","authentication":{)"
        R"("type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"AB12",)"
        R"("secondaryThumbprint":"AB12"}}})");
}

TEST_CASE("iot_hub: a race for the identity is run once more and not again") {
  for (const int status : {404, 409, 412}) {
    CAPTURE(status);
    IotHubRig rig;
    rig.WillAnswer({HttpAnswer{404, ""}, HttpAnswer{status, ""},
                    HttpAnswer{200, kIdentity}, HttpAnswer{200, kIdentity}});
    CHECK(rig.hub->EnsureDevice(EdgeDevice()));
    CHECK(rig.Sent(3, kAny));
    rig.WillAnswer({HttpAnswer{404, ""}, HttpAnswer{status, ""},
                    HttpAnswer{404, ""}, HttpAnswer{status, ""}});
    CheckFails(rig.hub->EnsureDevice(EdgeDevice()), Errc::kUnavailable,
               "others change the device's identity at the hub");
  }
}

TEST_CASE("iot_hub: success without the device's identity is none") {
  for (const char* body :
       {"", "<html>welcome</html>", "[]", "{}", R"({"deviceId":"dev-2"})"}) {
    IotHubRig rig;
    rig.WillAnswer({HttpAnswer{404, ""}, HttpAnswer{200, body}});
    const Status made = rig.hub->EnsureDevice(EdgeDevice());
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::kInternal);
    CHECK(made.error().message.starts_with(
        "hub.example answered what makes no sense: "));
  }
}

TEST_CASE("iot_hub: a device id with any character goes into a path") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{404, ""}});
  CHECK(rig.hub->ReadState("a/b?c#%d") == std::nullopt);
  CHECK(rig.Asked().back() ==
        "GET https://hub.example:8443/twins/a%2Fb%3Fc%23%25d"
        "?api-version=2021-04-12");
}

TEST_CASE("iot_hub: the state is the twin without what the hub adds") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{
      200, R"({"deviceId":"dev-1","version":3,"tags":{"site":"south"},)"
           R"("properties":{"desired":{"a":{"$version":1},"$metadata":{},)"
           R"("$version":4},"reported":{"$metadata":{},"$version":1}}})"}});
  const auto state = rig.hub->ReadState("dev-1");
  REQUIRE(state);
  CHECK(*state == DeviceState{.tags = R"({"site":"south"})",
                              .desired = R"({"a":{"$version":1}})",
                              .reported = ""});
  CHECK(rig.Asked() == std::vector{"GET " + kTwinUrl});
}

TEST_CASE("iot_hub: a written state replaces tags and desired properties") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{200, kIdentity}, HttpAnswer{200, kIdentity}});
  CHECK(rig.hub->WriteState("dev-1", {.tags = R"({"site":"south"})",
                                      .desired = R"({"a":1})",
                                      .reported = R"({"b":2})"}));
  CHECK(rig.hub->WriteState("dev-1", {}));
  CHECK(rig.Asked() == std::vector{"PUT " + kTwinUrl, "PUT " + kTwinUrl});
  CHECK(rig.Sent(0, kAny));
  CHECK(rig.client.requests[0].body ==
        R"({"tags":{"site":"south"},"properties":{"desired":{"a":1}}})");
  CHECK(rig.client.requests[1].body ==
        R"({"tags":{},"properties":{"desired":{}}})");
}

TEST_CASE("iot_hub: a state of a hub without JSON is not written") {
  IotHubRig rig;
  for (const char* text : {"hello", "[1]", "{\"a\":1},\"reported\":{}"}) {
    const Status written = rig.hub->WriteState(
        "dev-1", {.tags = text, .desired = {}, .reported = {}});
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Errc::kInvalidArgument);
    CHECK(written.error().message.starts_with(
        "the device's tags cannot be moved here: "));
  }
  CHECK(rig.client.requests.empty());
}

TEST_CASE("iot_hub: a device is removed as it was seen, and gone is removed") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{200, kIdentity}, HttpAnswer{204, ""},
                  HttpAnswer{200, kIdentity}, HttpAnswer{404, ""},
                  HttpAnswer{404, ""}});
  for (int i = 0; i < 3; ++i) CHECK(rig.hub->RemoveDevice("dev-1"));
  CHECK(rig.Asked() == std::vector{"GET " + kDeviceUrl, "DELETE " + kDeviceUrl,
                                   "GET " + kDeviceUrl, "DELETE " + kDeviceUrl,
                                   "GET " + kDeviceUrl});
  CHECK(rig.Sent(1, kSeen));
}

TEST_CASE("iot_hub: a device that others changed is removed another time") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{200, kIdentity}, HttpAnswer{412, ""},
                  HttpAnswer{200, R"({"deviceId":"dev-1"})"}});
  CheckFails(rig.hub->RemoveDevice("dev-1"), Errc::kUnavailable,
             "others change the device's identity at the hub");
  CHECK(rig.hub->RemoveDevice("dev-1").error().code == Errc::kInternal);
  CHECK(rig.client.requests.size() == 3);
}

TEST_CASE("iot_hub: a device is suspended by its status, as it was seen") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{200, kIdentity}, HttpAnswer{200, kIdentity}});
  CHECK(rig.hub->SuspendDevice("dev-1"));
  CHECK(rig.Asked() == std::vector{"GET " + kDeviceUrl, "PUT " + kDeviceUrl});
  CHECK(rig.Sent(1, kSeen));
  CHECK(rig.client.requests[1].body ==
        R"({"deviceId":"dev-1","etag":"x","status":"disabled"})");
}

TEST_CASE("iot_hub: nothing is written to suspend what is gone or disabled") {
  IotHubRig rig;
  rig.WillAnswer(
      {HttpAnswer{404, ""},
       HttpAnswer{200,
                  R"({"deviceId":"dev-1","etag":"x","status":"disabled"})"}});
  CHECK(rig.hub->SuspendDevice("dev-1"));
  CHECK(rig.hub->SuspendDevice("dev-1"));
  CHECK(rig.client.requests.size() == 2);
  rig.WillAnswer({HttpAnswer{200, kIdentity}, HttpAnswer{404, ""},
                  HttpAnswer{200, kIdentity}, HttpAnswer{412, ""}});
  CHECK(rig.hub->SuspendDevice("dev-1"));
  CheckFails(rig.hub->SuspendDevice("dev-1"), Errc::kUnavailable,
             "others change the device's identity at the hub");
}

TEST_CASE("iot_hub: a hub that counts its devices is healthy") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{200, R"({"totalDeviceCount":1})"},
                  HttpAnswer{200, "<html>"}, HttpAnswer{401, ""}});
  CHECK(rig.hub->CheckHealth());
  CHECK(rig.Asked().back() ==
        "GET https://hub.example:8443/statistics/devices"
        "?api-version=2021-04-12");
  CheckFails(rig.hub->CheckHealth(), Errc::kInternal,
             "hub.example answered what is no JSON");
  CheckFails(rig.hub->CheckHealth(), Errc::kForbidden,
             "hub.example answered HTTP 401");
}

TEST_CASE("iot_hub: there are no notices") {
  IotHubRig rig;
  CHECK(rig.hub->Notify("dev-1").error().code == Errc::kMethodNotAllowed);
}

TEST_CASE("iot_hub: the token of a call is good at its time") {
  IotHubRig rig;
  rig.WillAnswer({HttpAnswer{404, ""}, HttpAnswer{404, ""}});
  CHECK(rig.hub->ReadState("dev-1"));
  rig.clock.Advance(std::chrono::hours(2));
  CHECK(rig.hub->ReadState("dev-1"));
  const auto& requests = rig.client.requests;
  CHECK(requests[0].headers[0].starts_with(
      "Authorization: SharedAccessSignature sr=hub.example&sig="));
  CHECK(requests[0].headers[0] != requests[1].headers[0]);
}

TEST_CASE("iot_hub: a connection string that will not do makes no hub") {
  ScriptedHttpClient client;
  const FakeClock clock;
  const auto hub =
      IotHub::Create({.connection_string = SecretBytes("HostName=hub.example"),
                      .ca_file = {},
                      .stop = {}},
                     client, clock);
  REQUIRE_FALSE(hub);
  CHECK(hub.error().code == Errc::kInvalidArgument);
}

TEST_CASE("iot_hub: 429 is a pause, as long as the hub says or ten seconds") {
  IotHubRig rig;
  CHECK(rig.hub->pause() == seconds(0));
  rig.WillAnswer({HttpAnswer{429, "", {}}, HttpAnswer{429, "", seconds(7)},
                  HttpAnswer{429, "", seconds(60)},
                  HttpAnswer{429, "", std::chrono::hours(24)}});
  CHECK(rig.hub->CheckHealth().error().code == Errc::kThrottled);
  CHECK(rig.hub->pause() == seconds(10));
  CHECK(rig.hub->CheckHealth().error().code == Errc::kThrottled);
  CHECK(rig.hub->pause() == seconds(10));
  rig.clock.Advance(seconds(4));
  CHECK(rig.hub->pause() == seconds(6));
  CHECK_FALSE(rig.hub->CheckHealth());
  CHECK(rig.hub->pause() == seconds(60));
  CHECK_FALSE(rig.hub->CheckHealth());
  CHECK(rig.hub->pause() == seconds(3600));
  rig.clock.Advance(seconds(3601));
  CHECK(rig.hub->pause() == seconds(0));
}

}  // namespace dps
