// SPDX-License-Identifier: Apache-2.0
// Valid documents for tests, short to write: HubDocument("hub-1.example").
#pragma once

#include <string>
#include <string_view>

#include "core/model/access_policy.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"
#include "core/model/instance.h"
#include "core/model/linked_hub.h"
#include "core/model/registration.h"
#include "tests/support/fake_clock.h"

namespace dps {

inline IdScope Scope(std::string_view text) { return *IdScope::Parse(text); }
inline RegistrationId Device(std::string_view text) {
  return *RegistrationId::Parse(text);
}
inline EnrollmentGroupId Group(std::string_view text) {
  return *EnrollmentGroupId::Parse(text);
}

inline SymmetricKeyAttestation SampleKeys() {
  return {.primary_key = SecretBytes("primary-key-0123"),
          .secondary_key = SecretBytes("secondary-key-01")};
}

inline Instance InstanceDocument(std::string_view scope) {
  return {.name = "sample",
          .id_scope = Scope(scope),
          .operation_key = SecretBytes("operation-key-of-32-bytes-0123456"),
          .etag_text = "etag-1",
          .created = kNoon,
          .last_updated = kNoon};
}

inline LinkedHub HubDocument(std::string_view name) {
  return {.name = *HubName::Parse(name),
          .etag_text = "etag-1",
          .created = kNoon,
          .last_updated = kNoon};
}

inline AccessPolicy AccessPolicyDocument(std::string_view name) {
  return {.name = *AccessPolicyName::Parse(name),
          .rights = AccessRights::All(),
          .primary_key = SecretBytes("primary-policy-key"),
          .secondary_key = SecretBytes("secondary-policy-key"),
          .etag_text = "etag-1",
          .created = kNoon,
          .last_updated = kNoon};
}

inline EnrollmentTerms SampleTerms() {
  return {.attestation = SampleKeys(),
          .etag = "etag-1",
          .created = kNoon,
          .last_updated = kNoon};
}

inline IndividualEnrollment EnrollmentDocument(std::string_view id) {
  return {.registration_id = Device(id), .terms = SampleTerms()};
}

inline EnrollmentGroup GroupDocument(std::string_view id) {
  return {.enrollment_group_id = Group(id), .terms = SampleTerms()};
}

// Assigned; of enrollment group `group`, or of none if that is "".
inline RegistrationRecord RecordDocument(std::string_view id,
                                         std::string_view group = "") {
  RegistrationRecord record{
      .registration_id = Device(id),
      .substatus = RegistrationSubstatus::kInitialAssignment,
      .assigned_hub = "hub-1.example",
      .device_id = std::string(id),
      .operation_id = "operation-1",
      .etag_text = "etag-1",
      .created = kNoon,
      .last_updated = kNoon};
  if (!group.empty()) record.enrollment_group_id = Group(group);
  return record;
}

}  // namespace dps
