// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/certificates.h"

#include <algorithm>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/service_api/attestations.h"
#include "core/service_api/certificate_change.h"
#include "core/service_api/decision.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

// What an operator says about a certificate.
struct CertificateWish {
  CertificateName name;
  std::optional<Certificate> certificate;
  std::optional<bool> is_verified;
};

Result<CertificateWish> ParseCertificateWish(const Call& call) {
  DPS_TRY(const auto name, CertificateName::Parse(call.id));
  CertificateWish wish{.name = name, .certificate = {}, .is_verified = {}};
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(call.request.body));
  DPS_TRY(const auto body_name, document.root().OptionalString("name"));
  if (body_name && !EqualsIgnoreCase(*body_name, name.text())) {
    return Fail(Errc::kInvalidArgument, "the path names the " + Named(name) +
                                            ", the body " +
                                            Printable(*body_name));
  }
  DPS_TRY(wish.is_verified, document.root().OptionalBool("isVerified"));
  DPS_TRY(const auto text, document.root().OptionalString("certificate"));
  if (text && !text->empty()) {
    DPS_TRY(Certificate certificate, Certificate::Parse(*text));
    DPS_CHECK(CheckIsCa(certificate));
    wish.certificate = std::move(certificate);
  }
  return wish;
}

Status CheckRoomForCertificate(Snapshot& snapshot, const IdScope& scope) {
  DPS_TRY(const auto all, snapshot.ListCaCertificates(scope));
  if (all.size() < limits::kCaCertificatesMax) return {};
  return Fail(Errc::kForbidden, "an instance can have " +
                                    std::to_string(limits::kCaCertificatesMax) +
                                    " certificates");
}

// The group that refers to the name, if there is one.
Result<std::optional<IndexEntry>> Referring(Snapshot& snapshot,
                                            const IdScope& scope,
                                            const CertificateName& name) {
  DPS_TRY(const auto referring,
          snapshot.FindIndexed(IndexTerm::CaReference(name), scope, 1));
  if (referring.empty()) return std::nullopt;
  return referring.front();
}

// Two names of one certificate would let two groups refer to it.
Status CheckNamedOnce(Snapshot& snapshot, const IdScope& scope,
                      const EnrolledCertificate& certificate,
                      const CertificateName& name) {
  DPS_TRY(const auto holders,
          snapshot.FindIndexed(IndexTerm::Thumbprint(certificate.thumbprint()),
                               scope, limits::kCertificateHoldersMax));
  for (const IndexEntry& holder : holders) {
    if (holder.kind != IndexedKind::kCaCertificate ||
        holder.key == name.key()) {
      continue;
    }
    return Fail(Errc::kConflict,
                "the certificate " + certificate.info.subject_name + " (" +
                    certificate.thumbprint() +
                    ") is there already, as certificate " + holder.key);
  }
  return {};
}

// A group that holds the certificate itself would take revoked devices back if
// the list went by the way.
Status CheckListUnused(Snapshot& snapshot, const IdScope& scope,
                       const CaCertificate& stored) {
  if (!stored.revocations) return {};
  DPS_TRY(const auto holders,
          snapshot.FindIndexed(
              IndexTerm::Thumbprint(stored.certificate.thumbprint()), scope,
              limits::kCertificateHoldersMax));
  const auto group = std::ranges::find(holders, IndexedKind::kEnrollmentGroup,
                                       &IndexEntry::kind);
  if (group == holders.end()) return {};
  return Fail(Errc::kConflict,
              "enrollment group " + group->key + " holds the " +
                  Named(stored.name) +
                  ", too, and would accept again what its revocation list "
                  "refuses (entries: " +
                  std::to_string(stored.revocations->entries) +
                  "); delete the group or the list first");
}

// May `certificate` stand under that name?
Status CheckOther(Snapshot& snapshot, const IdScope& scope,
                  const EnrolledCertificate& certificate,
                  const CertificateName& name) {
  DPS_CHECK(CheckNamedOnce(snapshot, scope, certificate, name));
  DPS_TRY(const auto group, Referring(snapshot, scope, name));
  if (group) {
    DPS_CHECK(CheckHeldOnce(
        snapshot, certificate,
        {.scope = scope, .kind = group->kind, .key = group->key}));
  }
  return CheckRoomForSubject(
      snapshot, certificate,
      {.scope = scope, .kind = IndexedKind::kCaCertificate, .key = name.key()});
}

// Puts another certificate in the place of the one there was, if any.
Status Replace(Snapshot& snapshot, const IdScope& scope,
               const Certificate& certificate, CaCertificate& changed) {
  changed.certificate = Enroll(certificate);
  changed.is_verified = false;
  changed.verification_code.clear();
  changed.revocations.reset();
  return CheckOther(snapshot, scope, changed.certificate, changed.name);
}

Result<Decision> DecideCertificatePut(Snapshot& snapshot, const Call& call,
                                      const CertificateWish& wish) {
  const IdScope& scope = call.scope();
  // Read first: a change between this and the rest must be noticed.
  DPS_TRY(const auto version, snapshot.ConfigVersion(scope));
  DPS_TRY(const auto stored, snapshot.FindCaCertificate(scope, wish.name));
  DPS_TRY(const Expect expect, Precondition::Of(call.request.headers)
                                   .ForPut(EtagOf(stored), Named(wish.name)));
  if (!stored && !wish.certificate) {
    return Fail(Errc::kInvalidArgument, "member certificate is missing");
  }
  if (!stored) DPS_CHECK(CheckRoomForCertificate(snapshot, scope));
  CaCertificate changed =
      stored ? *stored : CaCertificate{.name = wish.name, .certificate = {}};
  Decision decision;
  if (wish.certificate && (!stored || wish.certificate->thumbprint() !=
                                          stored->certificate.thumbprint())) {
    if (stored) DPS_CHECK(CheckListUnused(snapshot, scope, *stored));
    DPS_CHECK(Replace(snapshot, scope, *wish.certificate, changed));
    decision.batch.changes.emplace_back(Remove<RevokedCertificates>{
        scope, wish.name.key(), Expect::Anything()});
  }
  changed.is_verified = wish.is_verified.value_or(changed.is_verified);
  decision.batch.unchanged_config = {{scope, version}};
  decision.response =
      Conclude(call, std::move(changed), expect, decision.batch);
  return decision;
}

Result<Decision> DecideCertificateDelete(Snapshot& snapshot, const Call& call,
                                         const CertificateName& name) {
  const IdScope& scope = call.scope();
  DPS_TRY(const auto version, snapshot.ConfigVersion(scope));
  const auto stored = snapshot.FindCaCertificate(scope, name);
  DPS_TRY(const Expect expect,
          Precondition::Of(call.request.headers)
              .ForDelete(stored.map(EtagOf<CaCertificate>), Named(name)));
  DPS_TRY(const auto group, Referring(snapshot, scope, name));
  if (group) {
    return Fail(Errc::kConflict, "enrollment group " + group->key +
                                     " refers to the " + Named(name) +
                                     "; change or delete the group first");
  }
  if (stored) DPS_CHECK(CheckListUnused(snapshot, scope, **stored));
  Decision decision{.batch = {}, .response = EmptyResponse()};
  decision.batch.changes = {
      Remove<CaCertificate>{scope, name.key(), expect},
      Remove<RevokedCertificates>{scope, name.key(), Expect::Anything()}};
  decision.batch.unchanged_config = {{scope, version}};
  return decision;
}

}  // namespace

Result<Response> PutCertificate(const Call& call) {
  DPS_TRY(const CertificateWish wish, ParseCertificateWish(call));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideCertificatePut(snapshot, call, wish);
  });
}

Result<Response> GetCertificate(const Call& call) {
  DPS_TRY(const auto name, CertificateName::Parse(call.id));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto certificate,
          snapshot->FindCaCertificate(call.scope(), name));
  if (!certificate) {
    return Fail(Errc::kNotFound, "there is no " + Named(name));
  }
  return DocumentResponse(ToJson(*certificate, Secrets::kHide),
                          certificate->etag());
}

Result<Response> ListCertificates(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto all, snapshot->ListCaCertificates(call.scope()));
  JsonWriter rows;
  rows.StartArray();
  for (const CaCertificate& each : all) rows.Raw(ToJson(each, Secrets::kHide));
  return JsonResponse(rows.EndArray().Take());
}

Result<Response> DeleteCertificate(const Call& call) {
  DPS_TRY(const auto name, CertificateName::Parse(call.id));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideCertificateDelete(snapshot, call, name);
  });
}

}  // namespace dps
