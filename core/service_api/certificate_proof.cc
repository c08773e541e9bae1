// SPDX-License-Identifier: Apache-2.0
// Proof of possession: that an operator holds the key of a CA certificate.
#include <array>

#include "core/attestation/device_certificate.h"
#include "core/attestation/x509_chain.h"
#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/service_api/certificate_change.h"
#include "core/service_api/certificates.h"

namespace dps {
namespace {

// As Azure's control plane demands.
Status CheckHasIfMatch(const Headers& headers) {
  const auto if_match = headers.find("If-Match");
  if (if_match != headers.end() && !if_match->second.empty()) return {};
  return Fail(Errc::kInvalidArgument,
              "If-Match must hold the etag of the certificate, or *");
}

tl::unexpected<Error> NotProven(const std::string& reason) {
  return Fail(Errc::kInvalidArgument, "this proves no possession: " + reason);
}

Status CheckProof(const Certificate& proof, const CaCertificate& stored,
                  UtcTime now) {
  if (stored.verification_code.empty()) {
    return Fail(Errc::kInvalidArgument,
                "the " + Named(stored.name) +
                    " has no verification code; generate one first");
  }
  auto common_name = RegistrationIdOf(proof);
  if (!common_name) return NotProven(common_name.error().message);
  if (common_name->text() != stored.verification_code) {
    return NotProven(proof.Subject() +
                     " does not have the verification code of the " +
                     Named(stored.name) + " as its common name (CN)");
  }
  DPS_TRY(const Certificate ca, ToCertificate(stored.certificate));
  const auto path = VerifyChain({.leaf = proof, .others = {}}, std::array{ca},
                                kLaxestPolicy, now);
  return path ? Status() : NotProven(path.error().message);
}

}  // namespace

Result<Response> GenerateVerificationCode(const Call& call) {
  DPS_CHECK(CheckHasIfMatch(call.request.headers));
  const std::string code =
      HexEncode(RandomSecret(limits::kVerificationCodeBytes).Reveal());
  DPS_TRY(
      Response response,
      ChangeExisting(call, [&](Snapshot&, CaCertificate& certificate, Batch&) {
        certificate.verification_code = code;
        return Status();
      }));
  response.body =
      AddMember(response.body, "verificationCode", '"' + code + '"');
  return response;
}

Result<Response> VerifyCertificate(const Call& call) {
  DPS_CHECK(CheckHasIfMatch(call.request.headers));
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(call.request.body));
  DPS_TRY(const std::string text, document.root().String("certificate"));
  DPS_TRY(const Certificate proof, Certificate::Parse(text));
  return ChangeExisting(
      call, [&](Snapshot&, CaCertificate& certificate, Batch&) -> Status {
        DPS_CHECK(CheckProof(proof, certificate, call.clock.Now()));
        certificate.is_verified = true;
        certificate.verification_code.clear();
        return {};
      });
}

}  // namespace dps
