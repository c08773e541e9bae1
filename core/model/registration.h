// SPDX-License-Identifier: Apache-2.0
// The registration record: what became of a device's last registration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/enrolled_certificate.h"
#include "core/model/ids.h"

namespace dps {

enum class RegistrationStatus { kAssigning, kAssigned, kFailed, kDisabled };

enum class RegistrationSubstatus {
  kNone,
  kInitialAssignment,
  kReprovisionedToInitialAssignment,
  kDeviceDataMigrated,
  kDeviceDataReset,
};

// The certificates a device with X.509 attestation was accepted by.
struct X509Evidence {
  CertificateInfo certificate;                         // the device's own
  std::optional<CertificateInfo> signing_certificate;  // the group's

  friend bool operator==(const X509Evidence&, const X509Evidence&) = default;
};

// One per (id scope, registration id), written when an operation has ended, and
// as `assigning` when it has to do something at a hub first (service-api
// section 1.3).
struct RegistrationRecord {
  RegistrationId registration_id;
  RegistrationStatus status = RegistrationStatus::kAssigned;
  RegistrationSubstatus substatus = RegistrationSubstatus::kNone;
  // The last assignment. Outlives a later failed or disabled registration, but
  // is shown to devices only while the status is assigned.
  std::string assigned_hub;
  std::string device_id;
  int error_code = 0;  // 0 = none
  std::string error_message;
  std::string tracking_id;  // of the log's line about the failure

  // The operation that wrote this record, and what it was given.
  std::string operation_id;
  std::string request_payload_json;  // the device's `payload`, empty = none
  // What a webhook said beside the hub, empty = nothing: for the device; and
  // for its twin, if it is to start with another one than its enrollment's.
  std::string payload_json;
  std::string initial_twin_json;
  // The group whose key was accepted; absent for an individual enrollment.
  std::optional<EnrollmentGroupId> enrollment_group_id;
  std::optional<X509Evidence> x509;  // absent: a symmetric key

  std::string etag_text;
  UtcTime created{};
  UtcTime last_updated{};

  const std::string& key() const { return registration_id.key(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const RegistrationRecord&,
                         const RegistrationRecord&) = default;
};

std::string_view ToText(RegistrationStatus status);
// Empty for kNone.
std::string_view ToText(RegistrationSubstatus substatus);

// kDevice: `registrationState` of a device's answer (device-protocol section
// 4); its `x509` names the group only, for some devices' buffers are small.
// kOperator: adds `enrollmentGroupId`, `requestPayload`, `initialTwin`,
// `trackingId`, the certificates' info and, unless the status is assigned,
// where the device still is: `lastAssignedHub`, `lastDeviceId`. kStored: adds
// `operationId`. No form holds a null member.
enum class RegistrationView { kDevice, kOperator, kStored };
std::string ToJson(const RegistrationRecord& record, RegistrationView view);

// Reads the stored form. Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<RegistrationRecord> ParseRegistrationRecord(
    std::string_view json);

}  // namespace dps
