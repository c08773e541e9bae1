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

// A number in hex as short as it can be.
std::string_view Short(std::string_view number) {
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number.empty() ? "0" : number;
}

bool IsLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Status CheckAge(const RevocationList& list, const CaCertificate& certificate,
                UtcTime now) {
  const std::string of = "the CRL of " + FormatUtc(list.this_update);
  if (list.this_update > now) {
    return Fail(Errc::kInvalidArgument,
                of + " is of the future; it is " + FormatUtc(now) + " now");
  }
  if (!certificate.revocations) return {};
  const RevocationInfo& present = *certificate.revocations;
  const std::string older =
      of + " is older than the one the " + Named(certificate.name) + " has, ";
  if (list.this_update < present.this_update) {
    return Fail(Errc::kConflict,
                older + "of " + FormatUtc(present.this_update));
  }
  // Two of one second are told apart by their numbers, if they have them.
  const std::string_view number = Short(list.number);
  const std::string_view present_number = Short(present.number);
  if (list.this_update == present.this_update && !list.number.empty() &&
      !present.number.empty() && IsLess(number, present_number)) {
    return Fail(Errc::kConflict, older + "of the same second: number " +
                                     std::string(number) + " is older than " +
                                     std::string(present_number));
  }
  return {};
}

// Whether that is what the certificate has, serial number by serial number. A
// stored list that cannot be read is none: this one mends it.
bool IsThere(Snapshot& snapshot, const IdScope& scope,
             const CaCertificate& certificate, const RevocationInfo& info,
             const RevocationList& list) {
  if (certificate.revocations != info) return false;
  const auto present =
      snapshot.FindRevokedCertificates(scope, certificate.name);
  return present && *present && (*present)->serials == list.revoked_serials;
}

}  // namespace

Result<Response> PutRevocationList(const Call& call) {
  DPS_TRY(const std::string text, ParseListText(call.request.body));
  return ChangeExisting(
      call,
      [&](Snapshot& snapshot, CaCertificate& certificate,
          Batch& batch) -> Status {
        DPS_TRY(const Certificate issuer,
                ToCertificate(certificate.certificate));
        DPS_TRY(RevocationList list, ParseRevocationList(text, issuer));
        DPS_CHECK(CheckAge(list, certificate, call.clock.Now()));
        const RevocationInfo info{.this_update = list.this_update,
                                  .next_update = list.next_update,
                                  .number = list.number,
                                  .entries = list.revoked_serials.size()};
        if (IsThere(snapshot, call.scope(), certificate, info, list)) return {};
        certificate.revocations = info;
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
      call, [&](Snapshot&, CaCertificate& certificate, Batch& batch) -> Status {
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
