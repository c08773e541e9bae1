// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_device.h"

#include <optional>
#include <utility>
#include <variant>

#include "core/base/json.h"

namespace dps {
namespace {

tl::unexpected<Error> NoLonger(const char* what) {
  return Fail(Errc::kForbidden, std::string("the enrollment ") + what +
                                    " while the device was being assigned");
}

}  // namespace

Result<EnrollmentTerms> EnrollmentTermsOf(Snapshot& snapshot,
                                          const IdScope& scope,
                                          const RegistrationRecord& record) {
  std::optional<EnrollmentTerms> terms;
  if (const auto& name = record.enrollment_group_id) {
    DPS_TRY(auto group, snapshot.FindEnrollmentGroup(scope, *name));
    if (group) terms = std::move(group->terms);
  } else {
    DPS_TRY(auto individual,
            snapshot.FindIndividualEnrollment(scope, record.registration_id));
    if (individual) terms = std::move(individual->terms);
  }
  if (!terms) return NoLonger("was deleted");
  if (terms->provisioning_status == ProvisioningStatus::kDisabled) {
    return NoLonger("was disabled");
  }
  return *std::move(terms);
}

namespace {

DeviceKeys DeviceKeysOf(const SymmetricKeyAttestation& attestation,
                        const RegistrationRecord& record, SymmetricKeyUse use) {
  DeviceKeys keys{.primary = attestation.primary_key,
                  .secondary = attestation.secondary_key,
                  .used_secondary = use.secondary};
  if (!record.enrollment_group_id) return keys;
  const RegistrationId& id = record.registration_id;
  for (SecretBytes* key : {&keys.primary, &keys.secondary}) {
    if (key->empty()) continue;
    *key = DeriveDeviceKey(*key, use.over_lower_case ? id.key() : id.text());
  }
  return keys;
}

// An empty object is no state.
std::string StateText(JsonView object) {
  std::string text = object.Text();
  return text == "{}" ? "" : text;
}

}  // namespace

Result<HubDevice> DeviceOf(Snapshot& snapshot, const IdScope& scope,
                           const HubTask& task) {
  const RegistrationRecord& record = *task.record;
  DPS_TRY(const EnrollmentTerms terms,
          EnrollmentTermsOf(snapshot, scope, record));
  HubDevice device{.device_id = task.device_id,
                   .credential = {},
                   .capabilities_json = terms.capabilities_json};
  if (record.x509) {
    device.credential = DeviceCertificate{
        .common_name = record.registration_id.text(),
        .sha256_thumbprint = record.x509->certificate.sha256_thumbprint};
    return device;
  }
  const auto* keys = std::get_if<SymmetricKeyAttestation>(&terms.attestation);
  if (keys == nullptr) return NoLonger("got another attestation");
  device.credential = DeviceKeysOf(*keys, record, task.key_use);
  return device;
}

Result<DeviceState> InitialStateOf(Snapshot& snapshot, const IdScope& scope,
                                   const HubTask& task) {
  std::string twin = task.record->initial_twin_json;
  if (twin.empty()) {
    DPS_TRY(EnrollmentTerms terms,
            EnrollmentTermsOf(snapshot, scope, *task.record));
    twin = std::move(terms.initial_twin_json);
  }
  DeviceState state;
  if (twin.empty()) return state;
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(twin));
  DPS_TRY(const auto tags, document.root().OptionalObject("tags"));
  if (tags) state.tags = StateText(*tags);
  DPS_TRY(const auto properties, document.root().OptionalObject("properties"));
  if (!properties) return state;
  DPS_TRY(const auto desired, properties->OptionalObject("desired"));
  if (desired) state.desired = StateText(*desired);
  return state;
}

}  // namespace dps
