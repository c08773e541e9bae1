// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/webhook.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

std::string AnswerErrorOf(const std::string& body) {
  const auto answer = ParseWebhookAnswer(body);
  if (answer) return "no error";
  CHECK(answer.error().code == Errc::kWebhookFailed);
  return answer.error().message;
}

std::string TwinOf(const std::string& twin) {
  const auto answer = ParseWebhookAnswer(
      R"({"iotHubHostName":"h.example","initialTwin":)" + twin + "}");
  return answer ? answer->initial_twin_json : answer.error().message;
}

std::string PayloadOf(const std::string& payload) {
  const auto answer = ParseWebhookAnswer(
      R"({"iotHubHostName":"h.example","payload":)" + payload + "}");
  return answer ? answer->payload_json : answer.error().message;
}

// Keys and URL of a webhook that must not be told.
EnrollmentTerms SecretTerms() {
  EnrollmentTerms terms = SampleTerms();
  terms.allocation_policy = AllocationPolicy::kCustom;
  terms.custom_allocation = {.webhook_url = "https://x.example/f?code=s3cret",
                             .api_version = "2021-10-01"};
  terms.iot_hubs = {*HubName::Parse("h1.example")};
  return terms;
}

}  // namespace

TEST_CASE("webhook: the golden question about a group's device that returns") {
  EnrollmentGroup group = GroupDocument("g1");
  group.terms = SecretTerms();
  const std::string body =
      WebhookRequestBody({.group = &group,
                          .registration_id = Device("Dev-1"),
                          .current_hub = "h1.example",
                          .current_device_id = "dev-1",
                          .certificate_der = {},
                          .payload_json = R"({"site":"south"})",
                          .linked_hubs = {*HubName::Parse("h1.example"),
                                          *HubName::Parse("h2.example")}});
  CHECK(body ==
        R"({"enrollmentGroup":{"enrollmentGroupId":"g1",)"
        R"("attestation":{"type":"symmetricKey"},)"
        R"("provisioningStatus":"enabled","allocationPolicy":"custom",)"
        R"("customAllocationDefinition":)"
        R"({"webhookUrl":"https://x.example/f?****",)"
        R"("apiVersion":"2021-10-01"},"iotHubs":["h1.example"],)"
        R"("etag":"etag-1",)"
        R"("createdDateTimeUtc":"2026-11-21T12:00:00.0000000Z",)"
        R"("lastUpdatedDateTimeUtc":"2026-11-21T12:00:00.0000000Z"},)"
        R"("deviceRuntimeContext":{"registrationId":"Dev-1",)"
        R"("currentIotHubHostName":"h1.example","currentDeviceId":"dev-1",)"
        R"("symmetricKey":{},"payload":{"site":"south"}},)"
        R"("linkedHubs":["h1.example","h2.example"]})");
}

TEST_CASE("webhook: a new device with a certificate, of its own enrollment") {
  const IndividualEnrollment enrollment = EnrollmentDocument("dev-1");
  const std::string body =
      WebhookRequestBody({.enrollment = &enrollment,
                          .registration_id = Device("dev-1"),
                          .current_hub = {},
                          .current_device_id = {},
                          .certificate_der = std::string("\x30\0\xff", 3),
                          .payload_json = {},
                          .linked_hubs = {}});
  CHECK(body.find("enrollmentGroup") == std::string::npos);
  CHECK(body.find(R"("individualEnrollment":{"registrationId":"dev-1",)") !=
        std::string::npos);
  CHECK(body.ends_with(R"("deviceRuntimeContext":{"registrationId":"dev-1",)"
                       R"("x509":{"clientCertificate":"MAD/"}},)"
                       R"("linkedHubs":[]})"));
}

TEST_CASE("webhook: no secret is in a question, whoever it is about") {
  IndividualEnrollment enrollment = EnrollmentDocument("dev-1");
  EnrollmentGroup group = GroupDocument("g1");
  enrollment.terms = group.terms = SecretTerms();
  const auto about = [&](bool individual) {
    return WebhookRequestBody({.enrollment = individual ? &enrollment : nullptr,
                               .group = individual ? nullptr : &group,
                               .registration_id = Device("dev-1"),
                               .current_hub = {},
                               .current_device_id = {},
                               .certificate_der = {},
                               .payload_json = {},
                               .linked_hubs = {}});
  };
  const SymmetricKeyAttestation keys = SampleKeys();
  for (const bool individual : {true, false}) {
    const std::string body = about(individual);
    CHECK(JsonDocument::ParseObject(body));
    for (const std::string& secret :
         {std::string("s3cret"), Base64Encode(keys.primary_key.Reveal()),
          Base64Encode(keys.secondary_key.Reveal())}) {
      CHECK(body.find(secret) == std::string::npos);
    }
  }
}

TEST_CASE("webhook: an answer needs a hub and nothing else") {
  const auto answer =
      ParseWebhookAnswer(R"({"iotHubHostName":"Hub-1.Example"})");
  REQUIRE(answer);
  CHECK(answer->hub.text() == "hub-1.example");
  CHECK(answer->payload_json.empty());
  CHECK(answer->initial_twin_json.empty());
}

TEST_CASE("webhook: null is none, and unknown members are ignored") {
  const auto answer = ParseWebhookAnswer(
      R"({"iotHubHostName":"h.example","payload":null,"initialTwin":null,)"
      R"("errors":["x"],"iothubhostname":7})");
  REQUIRE(answer);
  CHECK(answer->payload_json.empty());
  CHECK(answer->initial_twin_json.empty());
}

TEST_CASE("webhook: a payload is any JSON, handed on as compact ASCII") {
  for (const auto& [given, kept] :
       {std::pair<std::string, std::string>{R"({ "a" : [1, 2] })",
                                            R"({"a":[1,2]})"},
        {"\"\xc3\xa9\"", R"("\u00E9")"},
        {"0", "0"},
        {"false", "false"},
        {"[]", "[]"},
        {"{}", "{}"},
        {R"("")", R"("")"}}) {
    CHECK(PayloadOf(given) == kept);
  }
}

TEST_CASE("webhook: a twin is tags and desired properties, either or both") {
  for (const auto& [given, kept] :
       {std::pair<std::string, std::string>{
            R"({"tags":{"a":1},"properties":{"desired":{"b":[2]}}})",
            R"({"tags":{"a":1},"properties":{"desired":{"b":[2]}}})"},
        {R"({"tags":{}})", R"({"tags":{}})"},
        {R"({"properties":{"desired":{}}})",
         R"({"properties":{"desired":{}}})"},
        {R"({"properties":{"desired":{},"reported":{"x":1}},"etag":"*"})",
         R"({"properties":{"desired":{}}})"},
        {R"({"tags":null,"properties":null})", "{}"},
        {"{}", "{}"}}) {
    CHECK(TwinOf(given) == kept);
  }
}

TEST_CASE("webhook: a twin of another shape is refused by its member") {
  for (const auto& [given, reason] :
       {std::pair<std::string, std::string>{"[]", "an initialTwin that is not"},
        {R"("x")", "an initialTwin that is not an object"},
        {R"({"tags":[]})", "an initialTwin whose tags is not an object"},
        {R"({"properties":1})",
         "an initialTwin whose properties is not an object"},
        {R"({"properties":{"desired":"x"}})",
         "an initialTwin whose desired is not an object"}}) {
    CHECK(TwinOf(given).find(reason) != std::string::npos);
  }
}

TEST_CASE("webhook: an answer without a usable hub says what is wrong") {
  for (const auto& row :
       {std::pair<std::string, std::string>{"", "answered without JSON"},
        {"<html>", "answered no JSON object"},
        {"{\"iotHubHostName\":", "answered no JSON object"},
        {"[]", "answered no JSON object"},
        {"\"h.example\"", "answered no JSON object"},
        {"{} {}", "answered no JSON object"},
        {"{}", "answered without an iotHubHostName"},
        {R"({"iotHubHostName":null})", "answered without an iotHubHostName"},
        {R"({"iotHubHostName":5})", "that is not a string"},
        {R"({"iotHubHostName":["h.example"]})", "that is not a string"},
        {R"({"iotHubHostName":""})", "that is no host name"},
        {R"({"iotHubHostName":"a b"})", "that is no host name: a b"},
        {R"({"iotHubHostName":"h\n"})", "that is no host name: h\\x0a"}}) {
    INFO(row.first);
    CHECK(AnswerErrorOf(row.first).find(row.second) != std::string::npos);
  }
}

TEST_CASE("webhook: depth and size of an answer are bounded") {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  CHECK(PayloadOf(deep).find("no JSON object") != std::string::npos);
  const std::string fits(limits::kWebhookPayloadMax - 2, 'x');
  CHECK(PayloadOf('"' + fits + '"').size() == limits::kWebhookPayloadMax);
  CHECK(PayloadOf('"' + fits + "x\"").find("a payload of more than 65536") !=
        std::string::npos);
  CHECK(TwinOf(R"({"tags":{"a":")" + fits + "\"}}")
            .find("an initialTwin of more than 65536") != std::string::npos);
}

}  // namespace dps
