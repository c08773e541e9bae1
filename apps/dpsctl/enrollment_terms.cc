// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/enrollment_terms.h"

#include <sstream>

#include "core/base/limits.h"
#include "core/http/target.h"

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

// An empty text goes back to the instance's.
Status ApplyPolicy(const std::string& text,
                   std::optional<AllocationPolicy>& policy) {
  policy.reset();
  if (text.empty()) return {};
  DPS_TRY(policy, ParseAllocationPolicy(text));
  return {};
}

Status ApplyWebhook(const Arguments& arguments,
                    std::optional<CustomAllocation>& custom) {
  if (!arguments.webhook_url && !arguments.api_version) return {};
  if (arguments.webhook_url == "") custom.reset();
  const std::string url =
      arguments.webhook_url.value_or(custom ? custom->webhook_url : "");
  if (url.empty() && arguments.api_version) {
    return Fail(Errc::kInvalidArgument, "--api-version needs --webhook-url");
  }
  if (url.empty()) return {};
  if (!custom) custom = CustomAllocation{.api_version = "2021-10-01"};
  custom->webhook_url = url;
  custom->api_version = arguments.api_version.value_or(custom->api_version);
  return {};
}

Status ApplyAllocation(const Arguments& arguments, EnrollmentTerms& terms) {
  if (arguments.iot_hub_host_name &&
      (arguments.iot_hubs || arguments.allocation_policy)) {
    return Fail(Errc::kInvalidArgument,
                "--iot-hub-host-name stands for policy static and that hub; "
                "give it alone, or --allocation-policy and --iot-hubs");
  }
  if (arguments.allocation_policy) {
    DPS_CHECK(
        ApplyPolicy(*arguments.allocation_policy, terms.allocation_policy));
  }
  DPS_CHECK(ApplyWebhook(arguments, terms.custom_allocation));
  if (arguments.iot_hub_host_name) {
    terms.allocation_policy = AllocationPolicy::kStatic;
    DPS_CHECK(ApplyHubs({*arguments.iot_hub_host_name}, terms.iot_hubs));
  }
  if (!arguments.iot_hubs) return {};
  return ApplyHubs(*arguments.iot_hubs, terms.iot_hubs);
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
  DPS_CHECK(ApplyAllocation(arguments, terms));
  if (arguments.provisioning_status) {
    terms.provisioning_status = *arguments.provisioning_status == "enabled"
                                    ? ProvisioningStatus::kEnabled
                                    : ProvisioningStatus::kDisabled;
  }
  if (arguments.reprovision_policy == "none") {
    terms.reprovision_policy.reset();
  } else if (const auto& policy = arguments.reprovision_policy) {
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

std::string WebhookCell(JsonView row) {
  const auto custom = row.OptionalObject("customAllocationDefinition");
  if (!custom || !*custom) return "";
  const auto url = (*custom)->OptionalString("webhookUrl");
  return url ? MaskQuery(url->value_or("")) : "";
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
