// SPDX-License-Identifier: Apache-2.0
#include "core/model/instance.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/sample_documents.h"

namespace dps {

TEST_CASE("instance: the stored form gives back every member") {
  Instance instance = InstanceDocument("0neABC");
  CHECK(ParseInstance(ToJson(instance, Secrets::kAll)) == instance);
  instance.allocation_policy = AllocationPolicy::kGeoLatency;
  instance.load_bound = 1.25;
  instance.latency_tolerance_ms = 5;
  instance.linked_hubs_max = 50;
  instance.latency_table_etag = "etag-of-table";
  instance.webhook_key = SecretBytes("a-webhook-key-of-24-bytes");
  CHECK(ParseInstance(ToJson(instance, Secrets::kAll)) == instance);
}

TEST_CASE("instance: its keys are shown to nobody") {
  Instance instance = InstanceDocument("0neABC");
  CHECK(ToJson(instance, Secrets::kHide).find("webhookSigned") ==
        std::string::npos);
  instance.webhook_key = SecretBytes("a-webhook-key-of-24-bytes");
  const std::string json = ToJson(instance, Secrets::kHide);
  CHECK(json.find("operationKey") == std::string::npos);
  CHECK(json.find(Base64Encode(instance.operation_key.Reveal())) ==
        std::string::npos);
  CHECK(json.find("webhookKey") == std::string::npos);
  CHECK(json.find(Base64Encode(instance.webhook_key.Reveal())) ==
        std::string::npos);
  CHECK(json.find(R"("webhookSigned":true)") != std::string::npos);
  CHECK(json.find(R"("idScope":"0neABC")") != std::string::npos);
}

TEST_CASE("instance: settings say what changes, and zero means none") {
  Instance instance = InstanceDocument("0neABC");
  const auto apply = [&](const char* json) {
    const auto document = JsonDocument::ParseObject(json);
    return ApplySettings(document->root(), instance);
  };
  CHECK(apply(R"({"allocationPolicy":"GEOLATENCY","loadBound":1.5})"));
  CHECK(apply(R"({"latencyToleranceMs":10})"));
  CHECK(instance.allocation_policy == AllocationPolicy::kGeoLatency);
  CHECK(instance.load_bound == 1.5);
  CHECK(instance.latency_tolerance_ms == 10);
  CHECK(apply(R"({"webhookKey":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"})"));
  CHECK(instance.webhook_key == SecretBytes("012345678901234567890123"));
  CHECK(apply(R"({"webhookKey":"whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"})"));
  CHECK(instance.webhook_key == SecretBytes("ABCDEFGHIJKLMNOPQRSTUVWX"));
  CHECK(apply(R"({"loadBound":0,"latencyToleranceMs":0,"webhookKey":""})"));
  CHECK_FALSE(instance.load_bound);
  CHECK(instance.latency_tolerance_ms == 0);
  CHECK(instance.webhook_key.Reveal().empty());
}

TEST_CASE("instance: a setting out of its range is refused") {
  for (const char* json :
       {R"({"allocationPolicy":"custom"})", R"({"allocationPolicy":"nearest"})",
        R"({"allocationPolicy":7})", R"({"loadBound":0.99})",
        R"({"loadBound":-1})", R"({"loadBound":101})", R"({"loadBound":"2"})",
        R"({"latencyToleranceMs":-1})", R"({"latencyToleranceMs":10001})",
        R"({"latencyToleranceMs":1.5})", R"({"webhookKey":"c2hvcnQ="})",
        R"({"linkedHubsMax":0})", R"({"linkedHubsMax":1025})",
        R"({"webhookKey":"*"})", R"({"webhookKey":1})"}) {
    CAPTURE(json);
    Instance instance = InstanceDocument("0neABC");
    const auto document = JsonDocument::ParseObject(json);
    CHECK(ApplySettings(document->root(), instance).error().code ==
          Errc::kInvalidArgument);
  }
}

TEST_CASE("instance: a stored form with a hole or a wrong member is refused") {
  const std::string whole = ToJson(InstanceDocument("0neABC"), Secrets::kAll);
  for (const char* member :
       {"name", "idScope", "allocationPolicy", "operationKey"}) {
    std::string json = whole;
    json.replace(json.find(member), 1, "?");
    CAPTURE(json);
    CHECK(ParseInstance(json).error().code == Errc::kInvalidArgument);
  }
  for (const auto& [good, bad] : {std::pair{"sample", "s"},
                                  {"0neABC", "a/b"},
                                  {"hashed", "custom"},
                                  {"b3Blcm", "*3Blcm"}}) {
    std::string json = whole;
    REQUIRE(json.find(good) != std::string::npos);
    json.replace(json.find(good), std::string(good).size(), bad);
    const auto read = ParseInstance(json);
    CHECK(read.error().code == Errc::kInvalidArgument);
    CHECK(read.error().message.find("3Blcm") == std::string::npos);
  }
  CHECK(ParseInstance("").error().code == Errc::kMalformedJson);
}

TEST_CASE("instance: a name is 3 to 51 letters, digits and inner hyphens") {
  for (const std::string& good :
       {std::string("abc"), std::string("A-1"), std::string(51, 'x')}) {
    CHECK(CheckInstanceName(good));
  }
  for (const std::string& bad :
       {std::string(), std::string("ab"), std::string(52, 'x'),
        std::string("-abc"), std::string("abc-"), std::string("123"),
        std::string("a b"), std::string("a.b"), std::string("a/b"),
        std::string("a\0b", 3), std::string("ab\xff")}) {
    CAPTURE(bad);
    CHECK(CheckInstanceName(bad).error().code == Errc::kInvalidArgument);
  }
}

}  // namespace dps
