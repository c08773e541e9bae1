// SPDX-License-Identifier: Apache-2.0
#include "core/model/registration.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/certificate_forge.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

std::string Stored(const RegistrationRecord& record) {
  return ToJson(record, RegistrationView::kStored);
}

}  // namespace

TEST_CASE("registration: the stored form gives back every member") {
  RegistrationRecord record = RecordDocument("Dev-1", "Line-7");
  record.request_payload_json = R"({"model":"x","n":[1,null,"\u00E9"]})";
  record.payload_json = R"([1,"two"])";
  record.initial_twin_json = R"({"tags":{"a":1}})";
  record.tracking_id = "tracking-1";
  CHECK(ParseRegistrationRecord(Stored(record)) == record);
  CHECK(ParseRegistrationRecord(Stored(record))->registration_id.text() ==
        "Dev-1");
  record = RecordDocument("Dev-1");
  record.status = RegistrationStatus::kFailed;
  record.substatus = RegistrationSubstatus::kNone;
  record.error_code = 400207;
  record.error_message = "no hub \"x\" \n is linked";
  CHECK(ParseRegistrationRecord(Stored(record)) == record);
}

TEST_CASE("registration: every status and substatus is read as written") {
  RegistrationRecord record = RecordDocument("d");
  for (const auto status :
       {RegistrationStatus::kAssigning, RegistrationStatus::kAssigned,
        RegistrationStatus::kFailed, RegistrationStatus::kDisabled}) {
    record.status = status;
    CHECK(ParseRegistrationRecord(Stored(record)) == record);
  }
  for (const auto substatus :
       {RegistrationSubstatus::kNone, RegistrationSubstatus::kInitialAssignment,
        RegistrationSubstatus::kReprovisionedToInitialAssignment}) {
    record.substatus = substatus;
    CHECK(ParseRegistrationRecord(Stored(record)) == record);
  }
}

TEST_CASE("registration: a payload of any JSON type is kept") {
  for (const char* payload : {"{}", "[]", "7", "-1.5", "true", R"("text")"}) {
    RegistrationRecord record = RecordDocument("d");
    record.request_payload_json = payload;
    CHECK(ParseRegistrationRecord(Stored(record)) == record);
  }
}

TEST_CASE("registration: each reader sees the members meant for it") {
  RegistrationRecord record = RecordDocument("d", "g");
  record.request_payload_json = "{}";
  record.payload_json = "{}";
  record.initial_twin_json = "{}";
  record.tracking_id = "tracking-1";
  const auto shows = [&](RegistrationView view, std::string_view member) {
    return ToJson(record, view).find(member) != std::string::npos;
  };
  for (const char* member : {"\"enrollmentGroupId\"", "\"requestPayload\"",
                             "\"initialTwin\"", "\"trackingId\""}) {
    CHECK_FALSE(shows(RegistrationView::kDevice, member));
    CHECK(shows(RegistrationView::kOperator, member));
    CHECK(shows(RegistrationView::kStored, member));
  }
  CHECK(shows(RegistrationView::kDevice, "\"payload\":{}"));
  CHECK_FALSE(shows(RegistrationView::kDevice, "\"operationId\""));
  CHECK_FALSE(shows(RegistrationView::kOperator, "\"operationId\""));
  CHECK(shows(RegistrationView::kStored, "\"operationId\""));
}

TEST_CASE("registration: the certificates are kept as they were seen") {
  RegistrationRecord record = RecordDocument("d");
  record.x509 = X509Evidence{.certificate = Forge({}).certificate.Info(),
                             .signing_certificate = {}};
  CHECK(ParseRegistrationRecord(Stored(record)) == record);
  record = RecordDocument("d", "g");
  record.x509 = X509Evidence{
      .certificate = Forge({}).certificate.Info(),
      .signing_certificate = Forge(CaSpec("CA")).certificate.Info()};
  CHECK(ParseRegistrationRecord(Stored(record)) == record);
}

TEST_CASE(
    "registration: a device reads its group, operators the certificates") {
  RegistrationRecord record = RecordDocument("d", "Line-7");
  record.x509 = X509Evidence{
      .certificate = Forge({}).certificate.Info(),
      .signing_certificate = Forge(CaSpec("CA")).certificate.Info()};
  const std::string device = ToJson(record, RegistrationView::kDevice);
  CHECK(device.ends_with(R"(,"x509":{"enrollmentGroupId":"Line-7"}})"));
  CHECK(device.size() < 640);  // the buffer of Azure's SDK for C
  const std::string shown = ToJson(record, RegistrationView::kOperator);
  CHECK(shown.find(R"("certificateInfo":{"subjectName":"CN=dev-01")") !=
        shown.npos);
  CHECK(shown.find(R"("signingCertificateInfo":{"subjectName":"CN=CA")") !=
        shown.npos);
  CHECK(shown.find("null") == shown.npos);
  record.enrollment_group_id.reset();
  CHECK(ToJson(record, RegistrationView::kDevice).ends_with(R"(,"x509":{}})"));
}

TEST_CASE("registration: no form holds a null or an empty member") {
  const RegistrationRecord record{.registration_id = Device("d"),
                                  .status = RegistrationStatus::kFailed};
  for (const auto view :
       {RegistrationView::kDevice, RegistrationView::kOperator,
        RegistrationView::kStored}) {
    CHECK(ToJson(record, view) ==
          R"({"registrationId":"d","status":"failed"})");
  }
}

TEST_CASE("registration: an old assignment is kept but no longer shown") {
  RegistrationRecord record = RecordDocument("d");
  record.status = RegistrationStatus::kDisabled;
  CHECK(ToJson(record, RegistrationView::kDevice).find("hub-1.example") ==
        std::string::npos);
  CHECK(ParseRegistrationRecord(Stored(record))->assigned_hub ==
        "hub-1.example");
}

TEST_CASE("registration: operators see where a device still is") {
  RegistrationRecord record = RecordDocument("d");
  record.device_id = "at-hub";
  const std::string last =
      R"("lastAssignedHub":"hub-1.example","lastDeviceId":"at-hub")";
  const auto shows = [&](RegistrationView view) {
    return ToJson(record, view).find(last) != std::string::npos;
  };
  for (const auto status :
       {RegistrationStatus::kAssigning, RegistrationStatus::kFailed,
        RegistrationStatus::kDisabled}) {
    record.status = status;
    CHECK(shows(RegistrationView::kOperator));
    CHECK_FALSE(shows(RegistrationView::kDevice));
    CHECK_FALSE(shows(RegistrationView::kStored));
    CHECK(ToJson(record, RegistrationView::kOperator).find("assignedHub") ==
          std::string::npos);
  }
  record.status = RegistrationStatus::kAssigned;
  CHECK_FALSE(shows(RegistrationView::kOperator));
}

TEST_CASE("registration: a damaged record is refused") {
  for (const char* json :
       {"{}", R"({"registrationId":"d"})", R"({"status":"assigned"})",
        R"({"registrationId":"d","status":"lost"})",
        R"({"registrationId":"d","status":"Assigned"})",
        R"({"registrationId":"d","status":7})",
        R"({"registrationId":"a/b","status":"assigned"})",
        R"({"registrationId":"d","status":"assigned","substatus":"x"})",
        R"({"registrationId":"d","status":"assigned","assignedHub":7})",
        R"({"registrationId":"d","status":"failed","errorCode":"1"})",
        R"({"registrationId":"d","status":"failed","errorCode":-1})",
        R"({"registrationId":"d","status":"failed","errorCode":2147483648})",
        R"({"registrationId":"d","status":"assigned","enrollmentGroupId":""})",
        R"({"registrationId":"d","status":"assigned","enrollmentGroupId":7})",
        R"({"registrationId":"d","status":"assigned","etag":{}})",
        R"({"registrationId":"d","status":"assigned","x509":7})",
        R"({"registrationId":"d","status":"assigned","x509":{}})",
        R"({"registrationId":"d","status":"assigned",)"
        R"("x509":{"certificateInfo":{}}})",
        R"({"registrationId":"d","status":"assigned",)"
        R"("lastUpdatedDateTimeUtc":"2020"})"}) {
    CAPTURE(json);
    CHECK(ParseRegistrationRecord(json).error().code == Errc::kInvalidArgument);
  }
  CHECK(ParseRegistrationRecord("{").error().code == Errc::kMalformedJson);
}

}  // namespace dps
