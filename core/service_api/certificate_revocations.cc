// SPDX-License-Identifier: Apache-2.0
// The revocation list of a CA certificate.
#include <algorithm>

#include "core/attestation/revocation_list.h"
#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/service_api/certificate_change.h"
#include "core/service_api/certificates.h"

namespace dps {
namespace {

// PEM as it is; base64 of PEM or DER decoded.
Result<std::string> ParseListText(std::string_view body) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(body));
  DPS_TRY(std::string text, document.root().String("crl"));
  return Base64DecodeFolded(text).value_or(std::move(text));
}

// Of two numbers in hex.
bool IsLess(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool IsOlder(const RevocationList& list, const RevocationInfo& present) {
  if (list.this_update != present.this_update) {
    return list.this_update < present.this_update;
  }
  // Two of one second are told apart by their numbers, if they have them.
  return !list.number.empty() && !present.number.empty() &&
         IsLess(list.number, present.number);
}

Status CheckAge(const RevocationList& list, const CaCertificate& certificate,
                UtcTime now) {
  const std::string of = "the CRL of " + FormatUtc(list.this_update);
  if (list.this_update > now) {
    return Fail(Errc::kInvalidArgument,
                of + " is of the future; it is " + FormatUtc(now) + " now");
  }
  if (certificate.revocations && IsOlder(list, *certificate.revocations)) {
    return Fail(Errc::kConflict,
                of + " is older than the one the " + Named(certificate.name) +
                    " has, of " +
                    FormatUtc(certificate.revocations->this_update));
  }
  return {};
}

}  // namespace

Result<Response> PutRevocationList(const Call& call) {
  DPS_TRY(const std::string text, ParseListText(call.request.body));
  return ChangeExisting(
      call, [&](CaCertificate& certificate, Batch& batch) -> Status {
        DPS_TRY(const Certificate issuer,
                ToCertificate(certificate.certificate));
        DPS_TRY(RevocationList list, ParseRevocationList(text, issuer));
        DPS_CHECK(CheckAge(list, certificate, call.clock.Now()));
        certificate.revocations =
            RevocationInfo{.this_update = list.this_update,
                           .next_update = list.next_update,
                           .number = list.number,
                           .entries = list.revoked_serials.size()};
        batch.changes.emplace_back(Put<RevokedCertificates>{
            .scope = call.scope(),
            .document = {.name = certificate.name,
                         .subject_digest = issuer.subject_digest(),
                         .serials = std::move(list.revoked_serials),
                         .etag_text = NewGuid()},
            .expect = Expect::Anything()});
        return {};
      });
}

Result<Response> DeleteRevocationList(const Call& call) {
  DPS_CHECK(ChangeExisting(
      call, [&](CaCertificate& certificate, Batch& batch) -> Status {
        if (!certificate.revocations) {
          return Fail(Errc::kNotFound, "the " + Named(certificate.name) +
                                           " has no revocation list");
        }
        certificate.revocations.reset();
        batch.changes.emplace_back(Remove<RevokedCertificates>{
            call.scope(), certificate.name.key(), Expect::Anything()});
        return {};
      }));
  return EmptyResponse();
}

}  // namespace dps
