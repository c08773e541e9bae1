// SPDX-License-Identifier: Apache-2.0
#include "core/model/enrollment.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/support/sample_documents.h"

namespace dps {
namespace {

// The smallest enrollment, and one more member.
std::string EnrollmentWith(std::string_view member) {
  return R"({"registrationId":"d","attestation":{"type":"symmetricKey"})" +
         std::string(member.empty() ? "" : ",") + std::string(member) + "}";
}

EnrollmentTerms FullTerms() {
  EnrollmentTerms terms = SampleTerms();
  terms.provisioning_status = ProvisioningStatus::kDisabled;
  terms.allocation_policy = AllocationPolicy::kHashed;
  terms.iot_hubs = {*HubName::Parse("hub-2.example"),
                    *HubName::Parse("hub-1.example")};
  terms.reprovision_policy = ReprovisionPolicy{.update_hub_assignment = false,
                                               .migrate_device_data = false};
  terms.capabilities_json = R"({"iotEdge":true})";
  terms.initial_twin_json =
      R"({"tags":{"a":"\u00E9"},"properties":{"desired":{"n":1.5}}})";
  terms.last_updated = kNoon + std::chrono::milliseconds(1);
  return terms;
}

bool Hides(const std::string& json) {
  const SymmetricKeyAttestation keys = SampleKeys();
  const auto holds = [&](const SecretBytes& key) {
    return json.find(Base64Encode(key.Reveal())) != std::string::npos;
  };
  return !holds(keys.primary_key) && !holds(keys.secondary_key) &&
         json.find("Key\":") == std::string::npos;
}

}  // namespace

TEST_CASE("enrollment: the stored form gives back every member") {
  IndividualEnrollment enrollment = EnrollmentDocument("Dev-1");
  CHECK(ParseIndividualEnrollment(ToJson(enrollment, Secrets::kShow)) ==
        enrollment);
  enrollment.device_id = "Other-Id";
  enrollment.optional_device_information_json = R"({"rack":[1,{"b":null}]})";
  enrollment.terms = FullTerms();
  const auto read =
      ParseIndividualEnrollment(ToJson(enrollment, Secrets::kShow)).value();
  CHECK(read == enrollment);
  CHECK(read.registration_id.text() == "Dev-1");

  EnrollmentGroup group = GroupDocument("Line-7");
  CHECK(ParseEnrollmentGroup(ToJson(group, Secrets::kShow)) == group);
  group.terms = FullTerms();
  CHECK(ParseEnrollmentGroup(ToJson(group, Secrets::kShow)) == group);
}

TEST_CASE("enrollment: hidden secrets are in no form of it") {
  IndividualEnrollment enrollment = EnrollmentDocument("d");
  enrollment.terms = FullTerms();
  CHECK(Hides(ToJson(enrollment, Secrets::kHide)));
  CHECK(Hides(ToJson(GroupDocument("g"), Secrets::kHide)));
  CHECK_FALSE(Hides(ToJson(GroupDocument("g"), Secrets::kShow)));
}

TEST_CASE("enrollment: what an operator leaves out has Azure's defaults") {
  const auto enrollment = ParseIndividualEnrollment(EnrollmentWith("")).value();
  CHECK(enrollment.device_id.empty());
  CHECK(enrollment.terms.provisioning_status == ProvisioningStatus::kEnabled);
  CHECK_FALSE(enrollment.terms.allocation_policy);
  CHECK_FALSE(enrollment.terms.reprovision_policy);
  CHECK(enrollment.terms.iot_hubs.empty());
  CHECK(enrollment.terms.etag.empty());
  CHECK(enrollment.terms.created == UtcTime{});
}

TEST_CASE("enrollment: null counts as left out, unknown members are ignored") {
  const auto plain = ParseIndividualEnrollment(EnrollmentWith("")).value();
  for (const char* member :
       {R"("deviceId":null)", R"("deviceId":"")", R"("iotHubs":null)",
        R"("iotHubs":[])", R"("allocationPolicy":null)",
        R"("allocationPolicy":"")", R"("reprovisionPolicy":null)",
        R"("capabilities":null)", R"("initialTwin":null)", R"("etag":null)",
        R"("createdDateTimeUtc":null)", R"("future":{"a":[1]})"}) {
    CAPTURE(member);
    CHECK(ParseIndividualEnrollment(EnrollmentWith(member)) == plain);
  }
}

TEST_CASE("enrollment: words are read in any letter case") {
  const auto terms =
      ParseIndividualEnrollment(
          EnrollmentWith(
              R"("provisioningStatus":"DISABLED","allocationPolicy":"Hashed")"))
          ->terms;
  CHECK(terms.provisioning_status == ProvisioningStatus::kDisabled);
  CHECK(terms.allocation_policy == AllocationPolicy::kHashed);
}

TEST_CASE("enrollment: hubs are kept in order, each once") {
  const auto terms = ParseIndividualEnrollment(
                         EnrollmentWith(R"("iotHubs":["b.x","A.x","B.X"])"))
                         ->terms;
  REQUIRE(terms.iot_hubs.size() == 2);
  CHECK(terms.iot_hubs[0].text() == "b.x");
  CHECK(terms.iot_hubs[1].text() == "a.x");
}

TEST_CASE("enrollment: a wrong member is refused, whatever it is") {
  for (
      const char* member :
      {R"("deviceId":7)",
       R"("deviceId":"a/b")",
       R"("deviceId":"a b")",
       R"("provisioningStatus":"off")",
       R"("provisioningStatus":true)",
       R"("provisioningStatus":"")",
       R"("allocationPolicy":"random")",
       R"("allocationPolicy":{})",
       R"("iotHubs":"a.x")",
       R"("iotHubs":[7])",
       R"("iotHubs":["a b"])",
       R"("iotHubs":[""])",
       R"("iotHubs":[null])",
       R"("reprovisionPolicy":{})",
       R"("reprovisionPolicy":{"updateHubAssignment":true})",
       R"("reprovisionPolicy":{"updateHubAssignment":1,"migrateDeviceData":1})",
       R"("reprovisionPolicy":"never")",
       R"("capabilities":[])",
       R"("capabilities":"x")",
       R"("initialTwin":7)",
       R"("etag":7)",
       R"("optionalDeviceInformation":[])",
       R"("createdDateTimeUtc":"today")",
       R"("lastUpdatedDateTimeUtc":0)"}) {
    CAPTURE(member);
    CHECK(ParseIndividualEnrollment(EnrollmentWith(member)).error().code ==
          Errc::kInvalidArgument);
  }
}

TEST_CASE("enrollment: id and attestation are needed") {
  for (const char* json :
       {"{}", R"({"registrationId":"d"})",
        R"({"registrationId":"d","attestation":null})",
        R"({"registrationId":"d","attestation":[]})",
        R"({"attestation":{"type":"symmetricKey"}})",
        R"({"registrationId":"","attestation":{"type":"symmetricKey"}})",
        R"({"registrationId":"a/b","attestation":{"type":"symmetricKey"}})",
        R"({"registrationId":7,"attestation":{"type":"symmetricKey"}})"}) {
    CAPTURE(json);
    CHECK(ParseIndividualEnrollment(json).error().code ==
          Errc::kInvalidArgument);
    CHECK(ParseEnrollmentGroup(json).error().code == Errc::kInvalidArgument);
  }
  for (const char* json : {"", "null", "[]", "{", "7", "{}{}", "{'a':1}"}) {
    CAPTURE(json);
    CHECK(ParseIndividualEnrollment(json).error().code == Errc::kMalformedJson);
    CHECK(ParseEnrollmentGroup(json).error().code == Errc::kMalformedJson);
  }
}

TEST_CASE("enrollment: policy custom needs its webhook") {
  const auto parse = [](const std::string& members) {
    return ParseIndividualEnrollment(
        R"({"registrationId":"d","attestation":{"type":"symmetricKey"},)" +
        members + "}");
  };
  for (const char* members :
       {R"("allocationPolicy":"custom")",
        R"("allocationPolicy":"custom","customAllocationDefinition":null)",
        R"("allocationPolicy":"Custom","customAllocationDefinition":{})"}) {
    CAPTURE(members);
    CHECK(parse(members).error().code == Errc::kIncompleteCustomPolicy);
  }
  for (const char* definition :
       {R"({"webhookUrl":"https://h.example/f"})", R"({"apiVersion":"1"})",
        R"({"webhookUrl":1,"apiVersion":"1"})",
        R"({"webhookUrl":"https://h.example/f","apiVersion":"x\ny"})", "[]"}) {
    CAPTURE(definition);
    CHECK(parse(R"("customAllocationDefinition":)" + std::string(definition))
              .error()
              .code == Errc::kInvalidArgument);
  }
  const auto hashed = parse(
      R"("allocationPolicy":"hashed","customAllocationDefinition":)"
      R"({"webhookUrl":"https://h.example/f?code=x","apiVersion":"2021-10-01"})");
  REQUIRE(hashed);
  CHECK(hashed->terms.custom_allocation->webhook_url ==
        "https://h.example/f?code=x");
  CHECK(ParseIndividualEnrollment(ToJson(*hashed, Secrets::kAll)) == hashed);
}

}  // namespace dps
