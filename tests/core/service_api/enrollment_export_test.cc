// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollment_export.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/core/service_api/operator_at_work.h"
#include "tests/core/service_api/x509_bodies.h"

namespace dps {
namespace {

constexpr const char* kWithKeys = "true";

Response ExportAll(OperatorAtWork& admin, const std::string& path,
                   const std::string& with_keys = kWithKeys) {
  return admin.Ask("POST", path, {{"withKeys", with_keys}});
}

// As the store has them, but for what every change makes anew.
template <class Document>
std::vector<Document> Timeless(std::vector<Document> documents) {
  for (Document& document : documents) {
    document.terms.etag.clear();
    document.terms.created = {};
    document.terms.last_updated = {};
  }
  return documents;
}

std::vector<IndividualEnrollment> Enrollments(OperatorAtWork& admin) {
  return Timeless(
      *(*admin.memory().Read())->ListIndividualEnrollments(admin.scope, {}));
}
std::vector<EnrollmentGroup> Groups(OperatorAtWork& admin) {
  return Timeless(
      *(*admin.memory().Read())->ListEnrollmentGroups(admin.scope, {}));
}

void EnrollEveryKind(OperatorAtWork& admin) {
  const auto put = [&](const std::string& path, const std::string& body) {
    const Response made = admin.Put(path, body);
    INFO(made.body);
    REQUIRE(made.status == 200);
  };
  const std::string terms =
      R"(,"deviceId":"lathe:7","provisioningStatus":"disabled",)"
      R"("allocationPolicy":"custom","customAllocationDefinition":)"
      R"({"webhookUrl":"https://h.example/?code=k","apiVersion":"2021-10-01"},)"
      R"("iotHubs":["b.example","a.example"],"reprovisionPolicy":)"
      R"({"updateHubAssignment":true,"migrateDeviceData":false},)"
      R"("capabilities":{"iotEdge":true},"initialTwin":{"tags":{"\u00E9":[1,)"
      R"({"x":null}]},"properties":{"desired":{"n":0.1}}},)"
      R"("optionalDeviceInformation":{"line":"\u2028\n"})";
  put("/enrollments/keys", EnrollmentJson("keys", terms, Keys(kKeyA, kKeyB)));
  put("/enrollments/made-up", EnrollmentJson("made-up"));
  put("/enrollments/cert",
      X509EnrollmentJson("cert",
                         Client(SlotsJson(SlotJson(Forge(LeafSpec("cert"))),
                                          SlotJson(Forge(LeafSpec("cert")))))));
  put("/enrollmentGroups/keys",
      GroupJson("keys", R"(,"iotHubs":["a.example"])"));
  put("/enrollmentGroups/ca",
      X509GroupJson("ca", Signing(SlotsJson(SlotJson(Forge(CaSpec("line")))))));
  const Forged root = Forge(CaSpec("root"));
  put("/certificates/root",
      R"({"name":"root","isVerified":true,"certificate":)" +
          Quoted(Pem(root.certificate)) + "}");
  put("/enrollmentGroups/named", X509GroupJson("named", References("root")));
}

}  // namespace

TEST_CASE("enrollment_export: with keys, an import makes the same of it") {
  OperatorAtWork admin;
  EnrollEveryKind(admin);
  const auto enrollments = Enrollments(admin);
  const auto groups = Groups(admin);
  const Response rows = ExportAll(admin, "/enrollments/export");
  const Response group_rows = ExportAll(admin, "/enrollmentGroups/export/");
  CHECK(rows.headers.at("Content-Type") == "application/x-ndjson");
  for (const auto& [path, body] :
       {std::pair{"/enrollments/import", rows.body},
        {"/enrollmentGroups/import", group_rows.body}}) {
    const Response deleted =
        admin.Ask("POST", path, {{"mode", "delete"}}, {}, body);
    REQUIRE(Holds(deleted, R"("isSuccessful":true)"));
  }
  REQUIRE(Enrollments(admin).empty());
  REQUIRE(Groups(admin).empty());
  for (const auto& [path, body] :
       {std::pair{"/enrollments/import", rows.body},
        {"/enrollmentGroups/import", group_rows.body}}) {
    const Response again =
        admin.Ask("POST", path, {{"mode", "create"}}, {}, body);
    INFO(again.body);
    CHECK(Holds(again, R"("isSuccessful":true)"));
    // Nor does a second import find anything to change.
    const Response idle = admin.Ask("POST", path, {}, {}, body);
    CHECK_FALSE(Holds(idle, R"("status":"updated")"));
  }
  CHECK(Enrollments(admin) == enrollments);
  CHECK(Groups(admin) == groups);
}

TEST_CASE("enrollment_export: unless asked it shows no key, no certificate") {
  OperatorAtWork admin;
  EnrollEveryKind(admin);
  const Response rows = admin.Post("/enrollments/export");
  CHECK(rows.status == 200);
  CHECK(Holds(rows, R"("registrationId":"keys")"));
  CHECK_FALSE(Holds(rows, kKeyA));
  CHECK_FALSE(Holds(rows, R"("certificate")"));
  // What is there keeps its keys when that is imported.
  const auto before = Enrollments(admin);
  const Response again =
      admin.Ask("POST", "/enrollments/import", {}, {}, rows.body);
  CHECK(Holds(again, R"("isSuccessful":true)"));
  CHECK_FALSE(Holds(again, "updated"));
  CHECK(Enrollments(admin) == before);
}

TEST_CASE("enrollment_export: keys take the right to write") {
  OperatorAtWork admin;
  EnrollEveryKind(admin);
  admin.caller.rights = *AccessRights::Parse("EnrollmentRead");
  CHECK(admin.Post("/enrollments/export").status == 200);
  const Response refused = ExportAll(admin, "/enrollments/export");
  CHECK(refused.status == 401);
  CHECK_FALSE(Holds(refused, kKeyA));
  CHECK(ExportAll(admin, "/enrollments/export", "yes").status == 400);
  admin.caller.rights = *AccessRights::Parse("RegistrationStatusRead");
  CHECK(admin.Post("/enrollments/export").status == 401);
}

TEST_CASE("enrollment_export: pages follow each other without a gap") {
  OperatorAtWork admin;
  std::string rows;
  for (int i = 0; i < 305; ++i) {
    rows += EnrollmentJson("e" + std::to_string(i)) + "\n";
  }
  admin.Ask("POST", "/enrollments/import", {}, {}, rows);
  const std::string whole = admin.Post("/enrollments/export").body;
  CHECK(std::ranges::count(whole, '\n') == 305);
  for (const std::string size : {"1", "100", "120", "305", "306"}) {
    std::string pages;
    Headers headers = {{"x-ms-max-item-count", size}};
    for (bool more = true; more;) {
      const Response page = admin.Post("/enrollments/export", headers);
      REQUIRE(page.status == 200);
      REQUIRE_FALSE(page.body.empty());
      pages += page.body;
      more = page.headers.contains("x-ms-continuation");
      if (more) {
        headers["x-ms-continuation"] = page.headers.at("x-ms-continuation");
      }
    }
    CHECK(pages == whole);
  }
}

TEST_CASE("enrollment_export: large rows make short pages") {
  OperatorAtWork admin;
  const std::string twin =
      R"(,"initialTwin":{"tags":{"x":")" + std::string(200'000, 'x') + "\"}}";
  for (int i = 10; i < 34; ++i) {
    const std::string id = "e" + std::to_string(i);
    REQUIRE(admin.Put("/enrollments/" + id, EnrollmentJson(id, twin)).status ==
            200);
  }
  const Response page = admin.Post("/enrollments/export");
  CHECK(page.body.size() < kExportBytesMax + 210'000);
  REQUIRE(page.headers.contains("x-ms-continuation"));
  const Response next =
      admin.Post("/enrollments/export",
                 {{"x-ms-continuation", page.headers.at("x-ms-continuation")}});
  CHECK_FALSE(next.headers.contains("x-ms-continuation"));
  CHECK(std::ranges::count(page.body + next.body, '\n') == 24);
}

TEST_CASE("enrollment_export: an enrollment may be called export") {
  OperatorAtWork admin;
  CHECK(admin.Put("/enrollments/export", EnrollmentJson("export")).status ==
        200);
  CHECK(Member(admin.Get("/enrollments/export"), "registrationId") == "export");
  CHECK(admin.Delete("/enrollments/export").status == 204);
}

}  // namespace dps
