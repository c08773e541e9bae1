// SPDX-License-Identifier: Apache-2.0
#include "core/model/enrollment.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/json_times.h"

namespace dps {
namespace {

Result<ProvisioningStatus> ParseProvisioningStatus(JsonView object) {
  DPS_TRY(const auto text, object.OptionalString("provisioningStatus"));
  if (!text || EqualsIgnoreCase(*text, "enabled")) {
    return ProvisioningStatus::kEnabled;
  }
  if (EqualsIgnoreCase(*text, "disabled")) return ProvisioningStatus::kDisabled;
  return Fail(Errc::kInvalidArgument,
              "provisioningStatus must be enabled or disabled");
}

Result<std::optional<ReprovisionPolicy>> ParseReprovisionPolicy(
    JsonView object) {
  DPS_TRY(const auto policy, object.OptionalObject("reprovisionPolicy"));
  if (!policy) return std::nullopt;
  DPS_TRY(const auto update, policy->OptionalBool("updateHubAssignment"));
  DPS_TRY(const auto migrate, policy->OptionalBool("migrateDeviceData"));
  if (!update || !migrate) {
    return Fail(Errc::kInvalidArgument,
                "reprovisionPolicy needs updateHubAssignment and "
                "migrateDeviceData");
  }
  return ReprovisionPolicy{*update, *migrate};
}

Result<std::vector<HubName>> ParseIotHubs(JsonView object) {
  DPS_TRY(const auto texts, object.OptionalStrings("iotHubs"));
  std::vector<HubName> hubs;
  for (const std::string& text : texts) {
    DPS_TRY(const HubName hub, HubName::Parse(text));
    if (std::ranges::find(hubs, hub) == hubs.end()) hubs.push_back(hub);
  }
  return hubs;
}

Result<std::string> ParseOpaqueObject(JsonView object, std::string_view name) {
  DPS_TRY(const auto member, object.OptionalObject(name));
  return member ? member->Text() : std::string();
}

Result<EnrollmentTerms> ParseTerms(JsonView object, DocumentSource source) {
  EnrollmentTerms terms;
  DPS_TRY(const auto attestation, object.OptionalObject("attestation"));
  if (!attestation) {
    return Fail(Errc::kInvalidArgument, "member attestation is missing");
  }
  DPS_TRY(terms.attestation, ParseAttestation(*attestation, source));
  DPS_TRY(terms.provisioning_status, ParseProvisioningStatus(object));
  DPS_TRY(const auto policy, object.OptionalString("allocationPolicy"));
  if (policy && !policy->empty()) {
    DPS_TRY(terms.allocation_policy, ParseAllocationPolicy(*policy));
  }
  DPS_TRY(terms.custom_allocation, ParseCustomAllocation(object));
  if (terms.allocation_policy == AllocationPolicy::kCustom &&
      !terms.custom_allocation) {
    return Fail(Errc::kIncompleteCustomPolicy,
                "allocationPolicy custom needs customAllocationDefinition");
  }
  DPS_TRY(terms.iot_hubs, ParseIotHubs(object));
  DPS_TRY(terms.reprovision_policy, ParseReprovisionPolicy(object));
  DPS_TRY(terms.capabilities_json, ParseOpaqueObject(object, "capabilities"));
  DPS_TRY(terms.initial_twin_json, ParseOpaqueObject(object, "initialTwin"));
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  terms.etag = etag.value_or("");
  DPS_TRY(terms.created, ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(terms.last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return terms;
}

void WriteOpaqueObject(JsonWriter& json, std::string_view name,
                       const std::string& text) {
  if (!text.empty()) json.Key(name).Raw(text);
}

void WriteTerms(JsonWriter& json, const EnrollmentTerms& terms,
                Secrets secrets) {
  json.Key("attestation");
  WriteAttestation(json, terms.attestation, secrets);
  json.Member("provisioningStatus",
              terms.provisioning_status == ProvisioningStatus::kEnabled
                  ? "enabled"
                  : "disabled");
  if (terms.allocation_policy) {
    json.Member("allocationPolicy", ToText(*terms.allocation_policy));
  }
  if (const auto& custom = terms.custom_allocation) {
    WriteCustomAllocation(json, *custom);
  }
  if (!terms.iot_hubs.empty()) {
    json.Key("iotHubs").StartArray();
    for (const HubName& hub : terms.iot_hubs) json.String(hub.text());
    json.EndArray();
  }
  if (const auto& policy = terms.reprovision_policy) {
    json.Key("reprovisionPolicy").StartObject();
    json.Key("updateHubAssignment").Bool(policy->update_hub_assignment);
    json.Key("migrateDeviceData").Bool(policy->migrate_device_data);
    json.EndObject();
  }
  WriteOpaqueObject(json, "capabilities", terms.capabilities_json);
  WriteOpaqueObject(json, "initialTwin", terms.initial_twin_json);
  json.MemberNonempty("etag", terms.etag);
  WriteTimes(json, terms.created, terms.last_updated);
}

}  // namespace

std::string ToJson(const IndividualEnrollment& enrollment, Secrets secrets) {
  JsonWriter json;
  json.StartObject();
  json.Member("registrationId", enrollment.registration_id.text());
  json.MemberNonempty("deviceId", enrollment.device_id);
  WriteOpaqueObject(json, "optionalDeviceInformation",
                    enrollment.optional_device_information_json);
  WriteTerms(json, enrollment.terms, secrets);
  return json.EndObject().Take();
}

std::string ToJson(const EnrollmentGroup& group, Secrets secrets) {
  JsonWriter json;
  json.StartObject();
  json.Member("enrollmentGroupId", group.enrollment_group_id.text());
  WriteTerms(json, group.terms, secrets);
  return json.EndObject().Take();
}

Result<IndividualEnrollment> ParseIndividualEnrollment(std::string_view json,
                                                       DocumentSource source) {
  // Operators send back what GET showed, with the device's registration one
  // level down; a deep payload of the device must not keep them from it.
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(json, limits::kJsonDepthMax + 1));
  const JsonView object = document.root();
  DPS_TRY(const std::string id_text, object.String("registrationId"));
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(id_text));
  DPS_TRY(const auto device_id, object.OptionalString("deviceId"));
  if (device_id && !device_id->empty()) DPS_CHECK(CheckDeviceId(*device_id));
  DPS_TRY(std::string information,
          ParseOpaqueObject(object, "optionalDeviceInformation"));
  DPS_TRY(EnrollmentTerms terms, ParseTerms(object, source));
  if (const auto* x509 = std::get_if<X509Attestation>(&terms.attestation);
      x509 && x509->kind != X509Attestation::Kind::kClientCertificates) {
    return Fail(Errc::kInvalidArgument,
                "an individual enrollment takes clientCertificates; "
                "signingCertificates and caReferences are for groups");
  }
  return IndividualEnrollment{
      .registration_id = id,
      .device_id = device_id.value_or(""),
      .optional_device_information_json = std::move(information),
      .terms = std::move(terms)};
}

Result<EnrollmentGroup> ParseEnrollmentGroup(std::string_view json,
                                             DocumentSource source) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string id_text, object.String("enrollmentGroupId"));
  DPS_TRY(const EnrollmentGroupId id, EnrollmentGroupId::Parse(id_text));
  DPS_TRY(EnrollmentTerms terms, ParseTerms(object, source));
  if (const auto* x509 = std::get_if<X509Attestation>(&terms.attestation);
      x509 && x509->kind == X509Attestation::Kind::kClientCertificates) {
    return Fail(Errc::kInvalidArgument,
                "an enrollment group takes signingCertificates or "
                "caReferences; clientCertificates are for individual "
                "enrollments");
  }
  return EnrollmentGroup{.enrollment_group_id = id, .terms = std::move(terms)};
}

}  // namespace dps
