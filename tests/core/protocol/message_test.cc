// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/message.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/base/limits.h"
#include "core/protocol/topic.h"
#include "tests/support/fake_clock.h"

namespace dps {
namespace {

// As long as operation ids may be.
const std::string kOperationId(limits::kOperationIdMax, '4');

ConnectRequest Connect(std::string api_version = "2019-03-31") {
  return {.id_scope = *IdScope::Parse("0ne00ABCDEF"),
          .registration_id = *RegistrationId::Parse("Dev-01"),
          .api_version = std::move(api_version),
          .client_version = ""};
}

Result<std::string> Payload(std::string_view body) {
  return ParseRegisterBody(body, Connect()).map([](const RegisterBody& b) {
    return b.payload_json;
  });
}

RegistrationRecord Assigned() {
  return {.registration_id = *RegistrationId::Parse("Dev-01"),
          .status = RegistrationStatus::kAssigned,
          .substatus = RegistrationSubstatus::kInitialAssignment,
          .assigned_hub = "hub-1.example.com",
          .device_id = "Dev-01",
          .operation_id = "not-shown",
          .request_payload_json = R"({"not":"shown"})",
          .etag_text = "e-1",
          .created = kNoon,
          .last_updated = kNoon};
}

}  // namespace

TEST_CASE("message: an empty or blank body asks without a payload") {
  for (const char* body : {"", " ", "\r\n\t ", "{}", R"({"payload":null})"}) {
    CHECK(Payload(body) == "");
  }
}

TEST_CASE("message: a payload of any JSON type is kept, compact and in ASCII") {
  CHECK(Payload(R"({"payload": {"b": [1, null], "a": "\u00e9"}})") ==
        R"({"b":[1,null],"a":"\u00E9"})");
  CHECK(Payload(R"({"payload": 0.1})") == "0.1");
  CHECK(Payload(R"({"payload": false})") == "false");
  CHECK(Payload("{\"payload\": \"\xc3\xa9\"}") == R"("\u00E9")");
}

TEST_CASE("message: a body that is no JSON object is MalformedJson") {
  for (const std::string body :
       {"x", "{", "[]", "null", "1", "\"a\"", "{}x", "{'a':1}", "{\"a\":01}",
        "{\"payload\":\"\xff\"}", "{\"payload\":NaN}", "\xef\xbb\xbf"}) {
    CAPTURE(body);
    CHECK(Payload(body).error().code == Errc::kMalformedJson);
  }
  CHECK(Payload(std::string_view("{}\0{", 4)).error().code ==
        Errc::kMalformedJson);
  const std::string deep(10'000, '[');
  CHECK(Payload("{\"payload\":" + deep).error().code == Errc::kMalformedJson);
}

TEST_CASE("message: a registrationId must be that of the connection") {
  CHECK(Payload(R"({"registrationId":"dEV-01"})"));
  CHECK(Payload(R"({"registrationId":null})"));
  CHECK(Payload(R"({"RegistrationId":"other"})"));  // an unknown member
  for (const char* body :
       {R"({"registrationId":"dev-02"})", R"({"registrationId":""})",
        R"({"registrationId":1})", R"({"registrationId":"dev-01\u0000"})"}) {
    CHECK(Payload(body).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("message: a body over the limit is TooLarge") {
  std::string body = R"({"payload":")";
  body.append(limits::kMessageMax - body.size() - 2, 'x').append("\"}");
  CHECK(Payload(body));
  CHECK(Payload(body + " ").error().code == Errc::kTooLarge);
}

TEST_CASE("message: a payload that grows beyond storing is TooLarge") {
  std::string body = R"({"payload":[1e20)";
  while (body.size() < limits::kMessageMax - 10) body += ",1e20";
  CHECK(Payload(body + "]}").error().code == Errc::kTooLarge);
}

TEST_CASE("message: a csr is refused before 2025-07-01 and then ignored") {
  const auto parse = [](const char* version) {
    return ParseRegisterBody(R"({"csr":"MIIB"})", Connect(version));
  };
  for (const char* old : {"2019-03-31", "2021-10-01", "2025-06-30-preview"}) {
    CHECK(parse(old).error().code == Errc::kInvalidArgument);
  }
  for (const char* later : {"2025-07-01-preview", "2026-11-01"}) {
    CHECK(parse(later));
  }
  CHECK(ParseRegisterBody(R"({"csr":null})", Connect()));
}

TEST_CASE("message: the golden reply to an accepted register request") {
  CHECK(AcceptedBody("4.a") == R"({"operationId":"4.a","status":"assigning"})");
}

TEST_CASE("message: the golden reply to a poll of a running operation") {
  CHECK(AssigningBody("4.a", *RegistrationId::Parse("Dev-01")) ==
        R"({"operationId":"4.a","status":"assigning",)"
        R"("registrationState":{"registrationId":"Dev-01",)"
        R"("status":"assigning"}})");
}

TEST_CASE("message: the golden reply of an assigned device") {
  CHECK(FinishedBody(Assigned(), "4.a", "2019-03-31") ==
        R"({"operationId":"4.a","status":"assigned","registrationState":{)"
        R"("registrationId":"Dev-01",)"
        R"("createdDateTimeUtc":"2026-11-21T12:00:00.0000000Z",)"
        R"("assignedHub":"hub-1.example.com","deviceId":"Dev-01",)"
        R"("status":"assigned","substatus":"initialAssignment",)"
        R"("lastUpdatedDateTimeUtc":"2026-11-21T12:00:00.0000000Z",)"
        R"("etag":"e-1"}})");
}

TEST_CASE("message: the golden reply of a failed registration") {
  RegistrationRecord record = Assigned();
  record.status = RegistrationStatus::kFailed;
  record.substatus = RegistrationSubstatus::kNone;
  record.assigned_hub = record.device_id = "";
  record.error_code = 400208;
  record.error_message = "no linked hub is \xc3\xa9ligible";
  CHECK(FinishedBody(record, "4.a", "2019-03-31") ==
        R"({"operationId":"4.a","status":"failed","registrationState":{)"
        R"("registrationId":"Dev-01",)"
        R"("createdDateTimeUtc":"2026-11-21T12:00:00.0000000Z",)"
        R"("status":"failed","errorCode":400208,)"
        R"("errorMessage":"no linked hub is \u00E9ligible",)"
        R"("lastUpdatedDateTimeUtc":"2026-11-21T12:00:00.0000000Z",)"
        R"("etag":"e-1"}})");
}

TEST_CASE("message: of a webhook's failure the device learns the status only") {
  RegistrationRecord record = Assigned();
  record.status = RegistrationStatus::kFailed;
  record.error_code = 400207;
  record.tracking_id = "tracking-1";
  const auto told = [&](const char* message) {
    record.error_message = message;
    const std::string body = FinishedBody(record, "4.a", "2019-03-31");
    const auto document = JsonDocument::ParseObject(body);
    return *(*document->root().OptionalObject("registrationState"))
                ->String("errorMessage");
  };
  CHECK(told("webhook https://10.0.0.3/key?**** answered HTTP 500 and more") ==
        "custom allocation failed; the webhook answered HTTP 500; tracking id "
        "tracking-1");
  CHECK(told("webhook https://h/key?****: 10.0.0.3 is a private address") ==
        "custom allocation failed; tracking id tracking-1");
}

TEST_CASE("message: of a hub's failure the device learns the kind only") {
  RegistrationRecord record = Assigned();
  record.status = RegistrationStatus::kFailed;
  record.error_message = "the hub 10.0.0.3:1883 said this and that";
  record.tracking_id = "tracking-1";
  for (const auto& [code, message] :
       {std::pair{401001, "the hub cannot be reached; tracking id tracking-1"},
        {400209, "the hub refused the device; tracking id tracking-1"}}) {
    record.error_code = code;
    const std::string body = FinishedBody(record, "4.a", "2019-03-31");
    CHECK(body.find(message) != std::string::npos);
    CHECK(body.find("10.0.0.3") == std::string::npos);
  }
}

TEST_CASE("message: the golden reply of a disabled enrollment") {
  const RegistrationRecord record{
      .registration_id = *RegistrationId::Parse("Dev-01"),
      .status = RegistrationStatus::kDisabled};
  CHECK(FinishedBody(record, "4.a", "2019-03-31") ==
        R"({"operationId":"4.a","status":"disabled","registrationState":{)"
        R"("registrationId":"Dev-01","status":"disabled"}})");
}

TEST_CASE("message: a substatus unknown to old api-versions is the older one") {
  RegistrationRecord record = Assigned();
  record.substatus = RegistrationSubstatus::kReprovisionedToInitialAssignment;
  const auto has = [&](const char* version, const char* substatus) {
    return FinishedBody(record, "4.a", version).find(substatus) !=
           std::string::npos;
  };
  CHECK(has("2019-03-31", R"("substatus":"initialAssignment")"));
  CHECK(has("2018-09-01-preview", R"("substatus":"initialAssignment")"));
  CHECK(has("2021-06-01", R"("substatus":"reprovisionedToInitialAssignment")"));
}

// The worst substatus, a GUID as $rid and as etag. With shorter names there is
// room for longer hubs: twice the id plus the hub must stay below 180.
TEST_CASE("message: an assigned reply fits 640 bytes: id of 64, hub of 50") {
  RegistrationRecord record = Assigned();
  record.registration_id = *RegistrationId::Parse(std::string(64, 'r'));
  record.device_id = std::string(64, 'r');
  record.assigned_hub = std::string(50, 'h');
  record.substatus = RegistrationSubstatus::kReprovisionedToInitialAssignment;
  record.etag_text = std::string(36, 'e');
  const std::string topic =
      ResponseTopic(200, "6f1d2b0e-5a43-4c8e-8d0f-9b7c3e21a4d6", std::nullopt);
  const std::string body = FinishedBody(record, kOperationId, "2021-06-01");
  CHECK(topic.size() + body.size() <= 640);
  CHECK(std::ranges::all_of(body, [](char c) { return c >= ' ' && c <= '~'; }));
}

}  // namespace dps
