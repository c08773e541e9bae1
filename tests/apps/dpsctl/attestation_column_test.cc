// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/attestation_column.h"

#include <doctest/doctest.h>

#include "core/model/enrollment.h"
#include "tests/support/certificate_forge.h"

namespace dps {
namespace {

// Of an enrollment as an answer shows it.
std::string CellOf(const Attestation& attestation) {
  IndividualEnrollment enrollment{
      .registration_id = RegistrationId::Parse("dev-1").value(), .terms = {}};
  enrollment.terms.attestation = attestation;
  const auto document =
      JsonDocument::ParseObject(ToJson(enrollment, Secrets::kHide));
  REQUIRE(document);
  return AttestationCell(document->root());
}

std::string CellOfText(const std::string& json) {
  return AttestationCell(JsonDocument::ParseObject(json).value().root());
}

}  // namespace

TEST_CASE("attestation_column: keys are a word, certificates their subjects") {
  CHECK(CellOf(SymmetricKeyAttestation{}) == "symmetricKey");
  const auto one = Enroll(Forge(CaSpec("Line 1 CA")).certificate);
  const auto two = Enroll(Forge(CaSpec("Line 2 CA")).certificate);
  using Kind = X509Attestation::Kind;
  CHECK(CellOf(X509Attestation{.kind = Kind::kSigningCertificates,
                               .secondary = one}) == "x509 CN=Line 1 CA");
  CHECK(CellOf(X509Attestation{.primary = one, .secondary = two}) ==
        "x509 CN=Line 1 CA, CN=Line 2 CA");
}

TEST_CASE("attestation_column: references are marked as names") {
  CHECK(CellOf(X509Attestation{
            .kind = X509Attestation::Kind::kCaReferences,
            .primary_ca = CertificateName::Parse("root").value(),
            .secondary_ca = CertificateName::Parse("next").value()}) ==
        "x509 ca:root, ca:next");
}

TEST_CASE("attestation_column: what is no attestation leaves the cell empty") {
  for (const char* json :
       {"{}", R"({"attestation":7})", R"({"attestation":{"type":"tpm"}})"}) {
    CHECK(CellOfText(json).empty());
  }
}

}  // namespace dps
