// SPDX-License-Identifier: Apache-2.0
#include "core/model/enrollment_csv.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

constexpr auto kDevices = EnrollmentTable::kIndividual;
constexpr auto kGroups = EnrollmentTable::kGroup;

std::string DocumentOf(EnrollmentTable table,
                       const std::vector<std::string>& header,
                       const std::vector<std::string>& fields) {
  const auto columns = EnrollmentColumns::OfHeader(table, header);
  REQUIRE(columns);
  const auto document = columns->ToDocument(fields);
  REQUIRE(document);
  return *document;
}

std::string RefusalOfRow(const std::vector<std::string>& header,
                         const std::vector<std::string>& fields) {
  const auto columns = EnrollmentColumns::OfHeader(kDevices, header);
  if (!columns) return columns.error().message;
  const auto document = columns->ToDocument(fields);
  REQUIRE_FALSE(document);
  return document.error().message;
}

// What becomes of a document that goes through a table and back.
std::string ThereAndBack(EnrollmentTable table, const std::string& document) {
  const EnrollmentColumns columns = EnrollmentColumns::All(table);
  const auto fields = columns.ToFields(document);
  REQUIRE(fields);
  return DocumentOf(table, columns.Header(), *fields);
}

}  // namespace

TEST_CASE("enrollment_csv: columns in any order make the API's document") {
  CHECK(DocumentOf(kDevices, {"PrimaryKey", "registrationid", "iotHubs"},
                   {"a2V5", "dev-1", " a.example  b.example "}) ==
        R"({"registrationId":"dev-1","attestation":{"type":"symmetricKey",)"
        R"("symmetricKey":{"primaryKey":"a2V5"}},)"
        R"("iotHubs":["a.example","b.example"]})");
  CHECK(DocumentOf(kDevices, {"registrationId"}, {"dev-1"}) ==
        R"({"registrationId":"dev-1","attestation":{"type":"symmetricKey"}})");
  CHECK(DocumentOf(kDevices, {"registrationId", "secondaryThumbprint"},
                   {"dev-1", "AB"}) ==
        R"({"registrationId":"dev-1","attestation":{"type":"x509","x509":)"
        R"({"clientCertificates":{"secondary":{"info":)"
        R"({"sha256Thumbprint":"AB"}}}}}})");
  CHECK(DocumentOf(kGroups, {"enrollmentGroupId", "primaryCaName"},
                   {"line-1", "root"}) ==
        R"({"enrollmentGroupId":"line-1","attestation":{"type":"x509",)"
        R"("x509":{"caReferences":{"primary":"root"}}}})");
}

TEST_CASE("enrollment_csv: a document goes through a table and back") {
  const std::string terms =
      R"("provisioningStatus":"disabled","allocationPolicy":"custom",)"
      R"("customAllocationDefinition":{"webhookUrl":"https://h.example/?a=1,2",)"
      R"("apiVersion":"2021-10-01"},"iotHubs":["a.example","b.example"],)"
      R"("reprovisionPolicy":{"updateHubAssignment":true,)"
      R"("migrateDeviceData":false},"capabilities":{"iotEdge":true},)"
      R"("initialTwin":{"tags":{"a":[1,0.5,"\u00E9\n"]}}})";
  const std::string keys =
      R"({"registrationId":"dev-1","deviceId":"lathe","attestation":)"
      R"({"type":"symmetricKey","symmetricKey":{"primaryKey":"QQ==",)"
      R"("secondaryKey":"Qg=="}},)" +
      terms;
  CHECK(ThereAndBack(kDevices, keys) == keys);
  const std::string certificates =
      R"({"enrollmentGroupId":"g","attestation":{"type":"x509","x509":)"
      R"({"signingCertificates":{"primary":{"certificate":"MII",)"
      R"("info":{"sha256Thumbprint":"AB"}},"secondary":)"
      R"({"info":{"sha256Thumbprint":"CD"}}}}},)" +
      terms;
  CHECK(ThereAndBack(kGroups, certificates) == certificates);
}

TEST_CASE("enrollment_csv: what is wrong is said in the words of the table") {
  CHECK(RefusalOfRow({"registrationId", "primarykeys"}, {})
            .starts_with("there is no column primarykeys; there are "
                         "registrationId, deviceId, "));
  CHECK(RefusalOfRow({"registrationId", "RegistrationId"}, {}) ==
        "column RegistrationId is there twice");
  CHECK(RefusalOfRow({"deviceId"}, {}) ==
        "the first line must name the columns, registrationId among them");
  CHECK(RefusalOfRow({"registrationId"}, {"a", "b"}) ==
        "there are 2 fields, and the first line names 1 columns");
  CHECK(RefusalOfRow({"registrationId", "migrateDeviceData"}, {"a", "yes"}) ==
        "column migrateDeviceData: must be true or false");
  CHECK(RefusalOfRow({"registrationId", "initialTwin"}, {"a", "{"})
            .starts_with("column initialTwin: "));
  CHECK(RefusalOfRow({"enrollmentGroupId"}, {})
            .starts_with("there is no column enrollmentGroupId"));
}

TEST_CASE("enrollment_csv: a document of another form is refused") {
  const EnrollmentColumns columns = EnrollmentColumns::All(kDevices);
  CHECK_FALSE(columns.ToFields("[]"));
  CHECK_FALSE(columns.ToFields(R"({"registrationId":7})"));
  CHECK_FALSE(columns.ToFields(R"({"attestation":"x509"})"));
}

}  // namespace dps
