// SPDX-License-Identifier: Apache-2.0
// Enrollments: which devices may register, and on what terms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/allocation_policy.h"
#include "core/model/attestation.h"
#include "core/model/ids.h"

namespace dps {

enum class ProvisioningStatus { kEnabled, kDisabled };

// service-api section 5: true/true migrate, true/false reset, false/false
// never. Absent in the enrollment = migrate.
struct ReprovisionPolicy {
  bool update_hub_assignment = true;
  bool migrate_device_data = true;

  friend bool operator==(const ReprovisionPolicy&,
                         const ReprovisionPolicy&) = default;
};

// What individual enrollments and enrollment groups have in common
// (service-api section 1.1).
struct EnrollmentTerms {
  Attestation attestation;
  ProvisioningStatus provisioning_status = ProvisioningStatus::kEnabled;
  std::optional<AllocationPolicy> allocation_policy;  // absent = instance's
  // There whenever the policy is custom; else kept for the day it is.
  std::optional<CustomAllocation> custom_allocation;
  std::vector<HubName> iot_hubs;  // empty = all linked
  std::optional<ReprovisionPolicy> reprovision_policy;
  // Kept for the operator as compact JSON objects, empty = absent.
  std::string capabilities_json;
  std::string initial_twin_json;

  std::string etag;
  UtcTime created{};
  UtcTime last_updated{};

  friend bool operator==(const EnrollmentTerms&,
                         const EnrollmentTerms&) = default;
};

struct IndividualEnrollment {
  RegistrationId registration_id;
  std::string device_id;                         // empty = the registration id
  std::string optional_device_information_json;  // empty = absent
  EnrollmentTerms terms;

  const std::string& key() const { return registration_id.key(); }
  const std::string& etag() const { return terms.etag; }
  friend bool operator==(const IndividualEnrollment&,
                         const IndividualEnrollment&) = default;
};

struct EnrollmentGroup {
  EnrollmentGroupId enrollment_group_id;
  EnrollmentTerms terms;

  const std::string& key() const { return enrollment_group_id.key(); }
  const std::string& etag() const { return terms.etag; }
  friend bool operator==(const EnrollmentGroup&,
                         const EnrollmentGroup&) = default;
};

// JSON in the shape of Azure's service API. kAll is the stored form.
std::string ToJson(const IndividualEnrollment& enrollment, Secrets secrets);
std::string ToJson(const EnrollmentGroup& group, Secrets secrets);

// Reads that shape, stored or as an operator sends it: server-made members
// (etag and times) may be absent. Errors: kMalformedJson, kInvalidArgument,
// kIncompleteCustomPolicy.
[[nodiscard]] Result<IndividualEnrollment> ParseIndividualEnrollment(
    std::string_view json, DocumentSource source = DocumentSource::kOperator);
[[nodiscard]] Result<EnrollmentGroup> ParseEnrollmentGroup(
    std::string_view json, DocumentSource source = DocumentSource::kOperator);

}  // namespace dps
