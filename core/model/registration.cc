// SPDX-License-Identifier: Apache-2.0
#include "core/model/registration.h"

#include <array>
#include <limits>

#include "core/model/json_times.h"
#include "core/model/words.h"

namespace dps {
namespace {

constexpr std::array kStatusWords = {
    Word{RegistrationStatus::kAssigning, "assigning"},
    Word{RegistrationStatus::kAssigned, "assigned"},
    Word{RegistrationStatus::kFailed, "failed"},
    Word{RegistrationStatus::kDisabled, "disabled"},
};

constexpr std::array kSubstatusWords = {
    Word{RegistrationSubstatus::kNone, ""},
    Word{RegistrationSubstatus::kInitialAssignment, "initialAssignment"},
    Word{RegistrationSubstatus::kReprovisionedToInitialAssignment,
         "reprovisionedToInitialAssignment"},
    Word{RegistrationSubstatus::kDeviceDataMigrated, "deviceDataMigrated"},
    Word{RegistrationSubstatus::kDeviceDataReset, "deviceDataReset"},
};

}  // namespace

std::string_view ToText(RegistrationStatus status) {
  return TextOf(kStatusWords, status);
}

std::string_view ToText(RegistrationSubstatus substatus) {
  return TextOf(kSubstatusWords, substatus);
}

namespace {

void WriteX509(JsonWriter& json, const RegistrationRecord& record,
               RegistrationView view) {
  json.Key("x509").StartObject();
  if (record.enrollment_group_id) {
    json.Member("enrollmentGroupId", record.enrollment_group_id->text());
  }
  if (view != RegistrationView::kDevice) {
    json.Key("certificateInfo");
    WriteCertificateInfo(json, record.x509->certificate);
    if (const auto& signing = record.x509->signing_certificate) {
      json.Key("signingCertificateInfo");
      WriteCertificateInfo(json, *signing);
    }
  }
  json.EndObject();
}

Result<std::optional<X509Evidence>> ParseEvidence(JsonView object) {
  DPS_TRY(const auto x509, object.OptionalObject("x509"));
  if (!x509) return std::nullopt;
  X509Evidence evidence;
  DPS_TRY(const auto own, x509->OptionalObject("certificateInfo"));
  if (!own) {
    return Fail(Errc::kInvalidArgument, "member certificateInfo is missing");
  }
  DPS_TRY(evidence.certificate, ParseCertificateInfo(*own));
  DPS_TRY(const auto signing, x509->OptionalObject("signingCertificateInfo"));
  if (signing) {
    DPS_TRY(evidence.signing_certificate, ParseCertificateInfo(*signing));
  }
  return evidence;
}

}  // namespace

std::string ToJson(const RegistrationRecord& record, RegistrationView view) {
  JsonWriter json;
  json.StartObject();
  json.Member("registrationId", record.registration_id.text());
  if (record.created != UtcTime{}) {
    json.Member("createdDateTimeUtc", FormatUtc(record.created));
  }
  if (record.status == RegistrationStatus::kAssigned ||
      view == RegistrationView::kStored) {
    json.MemberNonempty("assignedHub", record.assigned_hub);
    json.MemberNonempty("deviceId", record.device_id);
  }
  json.Member("status", ToText(record.status));
  json.MemberNonempty("substatus", ToText(record.substatus));
  if (record.error_code != 0) json.Key("errorCode").Int(record.error_code);
  json.MemberNonempty("errorMessage", record.error_message);
  if (record.last_updated != UtcTime{}) {
    json.Member("lastUpdatedDateTimeUtc", FormatUtc(record.last_updated));
  }
  json.MemberNonempty("etag", record.etag_text);
  if (record.x509) WriteX509(json, record, view);
  if (!record.payload_json.empty()) {
    json.Key("payload").Raw(record.payload_json);
  }
  if (view == RegistrationView::kOperator &&
      record.status != RegistrationStatus::kAssigned) {
    json.MemberNonempty("lastAssignedHub", record.assigned_hub);
    json.MemberNonempty("lastDeviceId", record.device_id);
  }
  if (view != RegistrationView::kDevice) {
    if (record.enrollment_group_id) {
      json.Member("enrollmentGroupId", record.enrollment_group_id->text());
    }
    if (!record.request_payload_json.empty()) {
      json.Key("requestPayload").Raw(record.request_payload_json);
    }
    if (!record.initial_twin_json.empty()) {
      json.Key("initialTwin").Raw(record.initial_twin_json);
    }
    json.MemberNonempty("trackingId", record.tracking_id);
  }
  if (view == RegistrationView::kStored) {
    json.MemberNonempty("operationId", record.operation_id);
  }
  return json.EndObject().Take();
}

Result<RegistrationRecord> ParseRegistrationRecord(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string id_text, object.String("registrationId"));
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(id_text));
  RegistrationRecord record{.registration_id = id};
  DPS_TRY(const std::string status, object.String("status"));
  DPS_TRY(record.status,
          ParseWord(kStatusWords, status, "registration status"));
  DPS_TRY(const auto substatus, object.OptionalString("substatus"));
  DPS_TRY(record.substatus, ParseWord(kSubstatusWords, substatus.value_or(""),
                                      "registration substatus"));
  for (const auto& [name, target] :
       {std::pair{"assignedHub", &record.assigned_hub},
        {"deviceId", &record.device_id},
        {"errorMessage", &record.error_message},
        {"operationId", &record.operation_id},
        {"trackingId", &record.tracking_id},
        {"etag", &record.etag_text}}) {
    DPS_TRY(const auto text, object.OptionalString(name));
    *target = text.value_or("");
  }
  DPS_TRY(const auto error_code,
          object.OptionalInt("errorCode", 0, std::numeric_limits<int>::max()));
  record.error_code = static_cast<int>(error_code.value_or(0));
  for (const auto& [name, target] :
       {std::pair{"requestPayload", &record.request_payload_json},
        {"payload", &record.payload_json},
        {"initialTwin", &record.initial_twin_json}}) {
    if (const auto value = object.Find(name)) *target = value->Text();
  }
  DPS_TRY(const auto group, object.OptionalString("enrollmentGroupId"));
  if (group) {
    DPS_TRY(record.enrollment_group_id, EnrollmentGroupId::Parse(*group));
  }
  DPS_TRY(record.x509, ParseEvidence(object));
  DPS_TRY(record.created, ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(record.last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return record;
}

}  // namespace dps
