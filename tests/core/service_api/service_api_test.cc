// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/service_api.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/base/limits.h"
#include "core/store/lmdb_store.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

struct ApiBench {
  Response Handle(const Request& request) {
    return ServiceApi(admin.memory(), admin.clock, admin.secrets, admin.log)
        .Handle(request);
  }
  OperatorAtWork admin;
};

}  // namespace

TEST_CASE("service_api: an error has Azure's body and headers") {
  OperatorAtWork admin;
  const Response error = admin.Get("/enrollments/none");
  CHECK(error.status == 404);
  CHECK(error.headers.at("Content-Type") == "application/json; charset=utf-8");
  CHECK(error.headers.at("x-ms-error-code") == "404201");
  CHECK(error.headers.at("x-ms-request-id") == Member(error, "trackingId"));
  CHECK(Message(error) == "there is no enrollment none");
  CHECK(Member(error, "timestampUtc").starts_with("2026-11-21T12:00:00"));
}

TEST_CASE("service_api: unknown paths are 404, unknown verbs 405") {
  OperatorAtWork admin;
  for (const char* path : {"", "/", "/x", "/devices/a"}) {
    const Response error = admin.Get(path);
    CHECK(error.status == 404);
    CHECK(error.headers.at("x-ms-error-code") == "404202");
  }
  CHECK(admin.Get("/enrollments").status == 405);
  CHECK(admin.Send("PATCH", "/enrollments/a").status == 405);
  CHECK(admin.Send("GET", "/enrollments/a/attestationmechanism").status == 405);
  CHECK(admin.Send("DELETE", "/instances/test").status == 405);
}

TEST_CASE(
    "service_api: every api-version is served, a request without is not") {
  ApiBench bench;
  Request request{.method = "GET",
                  .path = "/linkedHubs",
                  .id_scope = bench.admin.scope,
                  .caller = Caller::Owner()};
  CHECK(bench.Handle(request).status == 400);
  for (const char* version :
       {"2018-04-01", "2019-03-31", "2021-10-01", "2026-04-01"}) {
    request.query["api-version"] = version;
    CHECK(bench.Handle(request).status == 200);
  }
}

TEST_CASE("service_api: a request for no or an unknown instance is 404") {
  ApiBench bench;
  Request request{.method = "GET",
                  .path = "/linkedHubs",
                  .query = {{"api-version", "2021-10-01"}},
                  .caller = Caller::Owner()};
  CHECK(bench.Handle(request).status == 404);
  request.id_scope = *IdScope::Parse("0neNONE");
  const Response unknown = bench.Handle(request);
  CHECK(unknown.status == 404);
  CHECK(Message(unknown) == "there is no instance with ID scope 0neNONE");
  request.path = "/instances";
  CHECK(bench.Handle(request).status == 200);
}

TEST_CASE("service_api: a body over the limit is refused before it is parsed") {
  OperatorAtWork admin;
  const std::string body(limits::kDocumentMax + 1, ' ');
  CHECK(admin.Put("/enrollments/a", body).status == 413);
}

TEST_CASE("service_api: what a stranger wrote is shown harmlessly") {
  OperatorAtWork admin;
  const Response error = admin.Get("/\x1b[0m\"\xff");
  CHECK(error.status == 404);
  CHECK(Message(error) == "GET /\\x1b[0m\"\\xff does not exist");
}

TEST_CASE("service_api: a damaged document can be named and deleted") {
  const TempDir temp;
  const auto store =
      LmdbStore::Open({.directory = temp.path(), .create = true}).value();
  OperatorAtWork admin(*store);
  IndividualEnrollment enrollment = EnrollmentDocument("d");
  EnrollmentGroup group = GroupDocument("g");
  RegistrationRecord record = RecordDocument("r", "g");
  LinkedHub hub = HubDocument("damaged.example");
  // What makes their stored forms unreadable.
  enrollment.terms.capabilities_json = group.terms.capabilities_json = "{";
  record.request_payload_json = "{";
  hub.allocation_weight = 0;
  CaCertificate certificate{.name = CertificateName::Parse("c").value(),
                            .certificate = {},
                            .etag_text = "etag-1"};
  certificate.revocations = RevocationInfo{
      .number = "", .entries = std::numeric_limits<std::size_t>::max()};
  REQUIRE(store->Commit(
      {.changes = {Put<IndividualEnrollment>{admin.scope, enrollment, {}},
                   Put<EnrollmentGroup>{admin.scope, group, {}},
                   Put<RegistrationRecord>{admin.scope, record, {}},
                   Put<CaCertificate>{admin.scope, certificate, {}},
                   Put<LinkedHub>{admin.scope, hub, {}}}}));
  for (const char* path :
       {"/enrollments/d", "/enrollmentGroups/g", "/registrations/r",
        "/certificates/c", "/linkedHubs/damaged.example"}) {
    CAPTURE(path);
    CHECK(admin.Get(path).status == 500);
    CHECK(admin.Delete(path, "etag-1").status == 500);
    CHECK(admin.Delete(path).status == 204);
    CHECK(admin.Get(path).status == 404);
  }
  CHECK(admin.Get("/linkedHubs/a.example").status == 200);
}

}  // namespace dps
