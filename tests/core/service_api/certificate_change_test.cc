// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/certificate_change.h"

#include <doctest/doctest.h>

#include "tests/core/service_api/operator_at_work.h"
#include "tests/core/service_api/x509_bodies.h"

namespace dps {
namespace {

const CertificateName kRoot = *CertificateName::Parse("root");

// With a certificate `root`, an hour old.
class ChangeBench {
 public:
  ChangeBench() {
    REQUIRE(admin.Put("/certificates/root", SlotJson(Forge(CaSpec("Root CA"))))
                .status == 200);
    admin.clock.Advance(std::chrono::hours(1));
  }

  CaCertificate Stored() {
    return *admin.memory()
                .Read()
                .value()
                ->FindCaCertificate(admin.scope, kRoot)
                .value();
  }
  Result<Response> Change(const ChangeCertificate& change,
                          const std::string& if_match = "*",
                          const std::string& name = "root") {
    const Request request{.method = "POST",
                          .headers = {{"If-Match", if_match}},
                          .id_scope = admin.scope};
    return ChangeExisting(
        Call{admin.memory(), admin.clock, admin.secrets, request, name},
        change);
  }

  OperatorAtWork admin;
};

Status Verify(Snapshot&, CaCertificate& certificate, Batch&) {
  certificate.is_verified = true;
  return {};
}

}  // namespace

TEST_CASE("certificate_change: a change gets a new etag and time") {
  ChangeBench bench;
  const CaCertificate before = bench.Stored();
  const auto changed = bench.Change(Verify);
  REQUIRE(changed);
  const CaCertificate after = bench.Stored();
  CHECK(after.is_verified);
  CHECK(after.etag() != before.etag());
  CHECK(Member(*changed, "etag") == after.etag());
  CHECK(after.created == before.created);
  CHECK(after.last_updated == before.last_updated + std::chrono::hours(1));
}

TEST_CASE("certificate_change: what a change adds is committed along") {
  ChangeBench bench;
  REQUIRE(bench.Change([&](Snapshot&, CaCertificate& certificate,
                           Batch& batch) {
    batch.changes.emplace_back(Put<RevokedCertificates>{
        .scope = bench.admin.scope,
        .document = {.name = certificate.name,
                     .subject_digest = certificate.certificate.subject_digest,
                     .serials = {"07"},
                     .etag_text = "e"},
        .expect = Expect::Anything()});
    return Status();
  }));
  const auto snapshot = bench.admin.memory().Read().value();
  const auto revoked =
      snapshot->FindRevokedCertificates(bench.admin.scope, kRoot).value();
  REQUIRE(revoked);
  CHECK(revoked->serials == std::vector<std::string>{"07"});
}

TEST_CASE("certificate_change: what is so already is not written again") {
  ChangeBench bench;
  REQUIRE(bench.Change(Verify));
  const CaCertificate before = bench.Stored();
  bench.admin.clock.Advance(std::chrono::hours(1));
  const auto same = bench.Change(Verify);
  REQUIRE(same);
  CHECK(bench.Stored() == before);
  CHECK(Member(*same, "etag") == before.etag());
  CHECK(same->headers.at("ETag") == '"' + before.etag() + '"');
}

TEST_CASE("certificate_change: a change that fails leaves nothing behind") {
  ChangeBench bench;
  const CaCertificate before = bench.Stored();
  const auto refused =
      bench.Change([](Snapshot&, CaCertificate& certificate, Batch&) -> Status {
        certificate.is_verified = true;
        return Fail(Errc::kConflict, "not today");
      });
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == Error{Errc::kConflict, "not today"});
  CHECK(bench.Stored() == before);
}

TEST_CASE("certificate_change: only what is there and as expected is changed") {
  ChangeBench bench;
  const CaCertificate before = bench.Stored();
  CHECK(bench.Change(Verify, "stale").error().code ==
        Errc::kPreconditionFailed);
  CHECK(bench.Change(Verify, "*", "other").error() ==
        Error{Errc::kNotFound, "there is no certificate other"});
  CHECK(bench.Change(Verify, "*", "no/name").error().code ==
        Errc::kInvalidArgument);
  CHECK(bench.Stored() == before);
  CHECK(bench.Change(Verify, before.etag()));
}

}  // namespace dps
