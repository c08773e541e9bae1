// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/enrollment_terms.h"

#include <sstream>

#include "core/base/limits.h"

namespace dps {
namespace {

// Each argument may hold several names: shells and scripts quote them so.
Status ApplyHubs(const std::vector<std::string>& texts,
                 std::vector<HubName>& hubs) {
  hubs.clear();
  for (const std::string& text : texts) {
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      DPS_TRY(const HubName hub, HubName::Parse(word));
      hubs.push_back(hub);
    }
  }
  return {};
}

// A JSON object as it came from an option. Errors name the option.
Result<std::string> ParseJsonOption(const std::string& text,
                                    std::string_view option) {
  auto document = JsonDocument::ParseObject(text);
  if (document) return document->root().Text();
  return Fail(document.error().code,
              std::string(option) + ": " + document.error().message);
}

// The member of an object's text, or an empty object.
Result<std::string> MemberOf(const std::string& object, std::string_view name) {
  if (object.empty()) return std::string("{}");
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(object));
  DPS_TRY(const auto member, document.root().OptionalObject(name));
  return member ? member->Text() : std::string("{}");
}

Status ApplyInitialTwin(const Arguments& arguments, std::string& twin_json) {
  DPS_TRY(std::string tags, MemberOf(twin_json, "tags"));
  DPS_TRY(const std::string properties, MemberOf(twin_json, "properties"));
  DPS_TRY(std::string desired, MemberOf(properties, "desired"));
  if (arguments.initial_twin_tags) {
    DPS_TRY(tags, ParseJsonOption(*arguments.initial_twin_tags,
                                  "--initial-twin-tags"));
  }
  if (arguments.initial_twin_properties) {
    DPS_TRY(desired, ParseJsonOption(*arguments.initial_twin_properties,
                                     "--initial-twin-properties"));
  }
  JsonWriter json;
  json.StartObject().Key("tags").Raw(tags);
  json.Key("properties").StartObject().Key("desired").Raw(desired).EndObject();
  twin_json = json.EndObject().Take();
  return {};
}

}  // namespace

EnrollmentTerms NewTerms(const AttestationWish& wish) {
  EnrollmentTerms terms;
  terms.attestation = NewAttestation(wish);
  terms.reprovision_policy = ReprovisionPolicy{};
  terms.capabilities_json = R"({"iotEdge":false})";
  return terms;
}

Status ApplyTerms(const Arguments& arguments, const AttestationWish& wish,
                  EnrollmentTerms& terms) {
  DPS_CHECK(ApplyAttestation(wish, terms.attestation));
  if (arguments.allocation_policy) {
    DPS_TRY(terms.allocation_policy,
            ParseAllocationPolicy(*arguments.allocation_policy));
  }
  if (arguments.iot_hubs) {
    DPS_CHECK(ApplyHubs(*arguments.iot_hubs, terms.iot_hubs));
  }
  if (arguments.provisioning_status) {
    terms.provisioning_status = *arguments.provisioning_status == "enabled"
                                    ? ProvisioningStatus::kEnabled
                                    : ProvisioningStatus::kDisabled;
  }
  if (const auto& policy = arguments.reprovision_policy) {
    terms.reprovision_policy = ReprovisionPolicy{
        .update_hub_assignment = *policy != "never",
        .migrate_device_data = *policy == "reprovisionandmigratedata"};
  }
  if (arguments.edge_enabled) {
    terms.capabilities_json = *arguments.edge_enabled ? R"({"iotEdge":true})"
                                                      : R"({"iotEdge":false})";
  }
  if (arguments.initial_twin_tags || arguments.initial_twin_properties) {
    DPS_CHECK(ApplyInitialTwin(arguments, terms.initial_twin_json));
  }
  return {};
}

Result<std::string> WithRegistrationOf(std::string_view shown,
                                       const std::string& document) {
  DPS_TRY(const JsonDocument parsed,
          JsonDocument::ParseObject(shown, limits::kJsonDepthMax + 1));
  const auto state = parsed.root().Find("registrationState");
  return state ? AddMember(document, "registrationState", state->Text())
               : document;
}

}  // namespace dps
