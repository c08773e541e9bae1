// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollment_import.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/core/service_api/x509_bodies.h"
#include "tests/support/faulty_store.h"

namespace dps {
namespace {

Response SendRows(OperatorAtWork& admin, const std::string& rows,
                  const std::string& mode = "",
                  const std::string& path = "/enrollments/import") {
  return admin.Ask("POST", path, {{"mode", mode}}, {}, rows);
}

// What was answered about the rows, without the messages.
std::string Outcomes(const Response& answer) {
  REQUIRE(answer.status == 200);
  const auto body = JsonDocument::ParseObject(answer.body);
  REQUIRE(body);
  const auto results = body->root().OptionalArray("results");
  REQUIRE(results);
  std::string text;
  for (const JsonView result : *results) {
    const auto row = result.OptionalInt("row", 1, 1'000'000);
    const auto code = result.OptionalInt("errorCode", 0, 1'000'000);
    REQUIRE((row && code));
    text += std::to_string(row->value_or(0)) + " " +
            result.String("status").value_or("?");
    if (*code) text += " " + std::to_string(**code);
    text += "\n";
  }
  return text;
}

std::string NumberedRows(int count) {
  std::string rows;
  for (int i = 0; i < count; ++i) {
    rows += EnrollmentJson("e" + std::to_string(i)) + "\n";
  }
  return rows;
}

}  // namespace

TEST_CASE("enrollment_import: good rows are stored whatever others are") {
  OperatorAtWork admin;
  const Response answer = SendRows(
      admin, EnrollmentJson("a") + "\n{not json\n\r\n" +
                 R"({"registrationId":"b"})" + "\n" +
                 EnrollmentJson("c", R"(,"iotHubs":["no.example"])") + "\r\n" +
                 EnrollmentJson("b c") + "\n" + EnrollmentJson("d"));
  CHECK(Outcomes(answer) ==
        "1 created\n2 refused 400003\n4 refused 400002\n5 refused 400002\n"
        "6 refused 400002\n7 created\n");
  CHECK(Holds(answer, R"({"isSuccessful":false,"results":[{"row":1,)"
                      R"("registrationId":"a","status":"created"})"));
  CHECK(Holds(answer, R"({"row":4,"registrationId":"b","status":"refused",)"
                      R"("errorCode":400002,"message":"member attestation )"
                      R"(is missing"})"));
  CHECK(Holds(answer, R"("registrationId":"b c")"));
  CHECK(admin.Get("/enrollments/a").status == 200);
  CHECK(admin.Get("/enrollments/c").status == 404);
  CHECK(admin.Get("/enrollments/d").status == 200);
}

TEST_CASE("enrollment_import: the mode says what may be there and what not") {
  OperatorAtWork admin;
  const std::string a = EnrollmentJson("a");
  const std::string off = EnrollmentJson("a", R"(,"deviceId":"lathe")");
  CHECK(Outcomes(SendRows(admin, a, "update")) == "1 refused 404201\n");
  CHECK(Outcomes(SendRows(admin, a, "CREATE")) == "1 created\n");
  CHECK(Outcomes(SendRows(admin, a, "create")) == "1 refused 409000\n");
  CHECK(Outcomes(SendRows(admin, off, "update")) == "1 updated\n");
  CHECK(Outcomes(SendRows(admin, a, "createOrUpdate")) == "1 updated\n");
  CHECK(Outcomes(SendRows(admin, R"({"registrationId":"A"})", "delete")) ==
        "1 deleted\n");
  CHECK(Outcomes(SendRows(admin, a, "delete")) == "1 refused 404201\n");
  CHECK(Outcomes(SendRows(admin, "{}\n7", "delete")) ==
        "1 refused 400002\n2 refused 400003\n");
  CHECK(SendRows(admin, a, "upsert").status == 400);
  CHECK(admin.Post("/enrollments/query").body == "[]");
}

TEST_CASE("enrollment_import: the same rows again change nothing") {
  OperatorAtWork admin;
  const std::string rows =
      EnrollmentJson("a") + "\n" +
      EnrollmentJson("b", R"(,"initialTwin":{"tags":{"x":1.5}})",
                     Keys(kKeyA, kKeyB));
  CHECK(SendRows(admin, rows).status == 200);
  const std::string before = admin.Post("/enrollments/query").body;
  const auto version = *(*admin.memory().Read())->ConfigVersion(admin.scope);
  CHECK(Outcomes(SendRows(admin, rows)) == "1 unchanged\n2 unchanged\n");
  CHECK(admin.Post("/enrollments/query").body == before);
  CHECK(*(*admin.memory().Read())->ConfigVersion(admin.scope) == version);
  CHECK(Outcomes(SendRows(admin, rows, "update")) == "1 updated\n2 updated\n");
}

TEST_CASE("enrollment_import: of rows with one id the later sees the earlier") {
  OperatorAtWork admin;
  const std::string twice = EnrollmentJson("a") + "\n" +
                            EnrollmentJson("A", R"(,"deviceId":"lathe")");
  CHECK(Outcomes(SendRows(admin, twice, "create")) ==
        "1 created\n2 refused 409000\n");
  CHECK(Outcomes(SendRows(admin, twice)) == "1 unchanged\n2 updated\n");
  CHECK(Member(admin.Get("/enrollments/a"), "deviceId") == "lathe");
  CHECK(Outcomes(SendRows(admin, twice, "delete")) ==
        "1 deleted\n2 refused 404201\n");
}

TEST_CASE(
    "enrollment_import: rows share no certificate, but may hand it over") {
  OperatorAtWork admin;
  const Forged first = Forge(LeafSpec("a"));
  const std::string a =
      X509EnrollmentJson("a", Client(SlotsJson(SlotJson(first))));
  const std::string other =
      X509EnrollmentJson("b", Client(SlotsJson(SlotJson(first))));
  CHECK(Outcomes(SendRows(admin, a + "\n" + other)) ==
        "1 created\n2 refused 409000\n");
  const Forged ca = Forge(CaSpec("line"));
  const Forged ca_next = Forge(CaSpec("line 2"));
  const auto group = [](const std::string& id, const Forged& of) {
    return X509GroupJson(id, Signing(SlotsJson(SlotJson(of))));
  };
  const std::string groups = "/enrollmentGroups/import";
  CHECK(Outcomes(SendRows(admin, group("g", ca) + "\n" + group("h", ca), "",
                          groups)) == "1 created\n2 refused 409000\n");
  CHECK(Outcomes(SendRows(admin, group("g", ca_next) + "\n" + group("h", ca),
                          "", groups)) == "1 updated\n2 created\n");
}

TEST_CASE("enrollment_import: groups of one request are counted one by one") {
  OperatorAtWork admin;
  std::string rows;
  for (std::size_t i = 0; i <= limits::kSymmetricKeyGroupsMax; ++i) {
    rows += GroupJson("g" + std::to_string(i)) + "\n";
  }
  const std::string outcomes =
      Outcomes(SendRows(admin, rows, "", "/enrollmentgroups/import"));
  CHECK(outcomes.find("256 created\n257 refused 403") != outcomes.npos);
}

TEST_CASE("enrollment_import: a thousand rows are stored by few commits") {
  FaultyStore store;
  OperatorAtWork admin(store);
  const int before = store.commits();
  const Response answer = SendRows(admin, NumberedRows(1000));
  CHECK(Holds(answer, R"({"isSuccessful":true,)"));
  CHECK(store.commits() - before == 4);
  CHECK(Outcomes(SendRows(admin, NumberedRows(1000), "delete")).size() > 1000);
  CHECK(admin.Post("/enrollments/query").body == "[]");
}

TEST_CASE("enrollment_import: rows too many or too large are refused") {
  OperatorAtWork admin;
  CHECK(SendRows(admin, NumberedRows(1001)).status == 400);
  CHECK(SendRows(admin, std::string(kImportBytesMax + 1, ' ')).status == 413);
  CHECK(admin.Post("/enrollments/query").body == "[]");
  const std::string large =
      EnrollmentJson("a", R"(,"initialTwin":{"tags":{"x":")" +
                              std::string(limits::kDocumentMax, 'x') + "\"}}");
  const std::string outcomes =
      Outcomes(SendRows(admin, large + "\n" + EnrollmentJson("b")));
  CHECK(outcomes == "1 refused 413000\n2 created\n");
  CHECK(SendRows(admin, "").body == R"({"isSuccessful":true,"results":[]})");
}

TEST_CASE("enrollment_import: who loses a race decides anew on what is there") {
  FaultyStore store;
  OperatorAtWork admin(store);
  store.BeforeNextCommit(
      [&] { admin.Put("/enrollments/e7", EnrollmentJson("e7")); });
  const std::string outcomes =
      Outcomes(SendRows(admin, NumberedRows(300), "create"));
  CHECK(outcomes.find("7 created\n8 refused 409000\n9 created") !=
        outcomes.npos);
  CHECK(admin.Get("/enrollments/e299").status == 200);
}

TEST_CASE(
    "enrollment_import: a full disk is an error, and another try goes on") {
  FaultyStore store;
  OperatorAtWork admin(store);
  store.FailCommit(store.commits() + 2, {Errc::kUnavailable, "disk full"});
  CHECK(SendRows(admin, NumberedRows(300)).status == 503);
  CHECK(admin.Get("/enrollments/e249").status == 200);
  CHECK(admin.Get("/enrollments/e250").status == 404);
  CHECK(
      Outcomes(SendRows(admin, NumberedRows(300))).ends_with("300 created\n"));
}

TEST_CASE("enrollment_import: it takes the right to write") {
  OperatorAtWork admin;
  admin.caller.rights = *AccessRights::Parse("EnrollmentRead");
  CHECK(SendRows(admin, EnrollmentJson("a")).status == 401);
}

}  // namespace dps
