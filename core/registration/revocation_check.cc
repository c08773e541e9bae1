// SPDX-License-Identifier: Apache-2.0
#include "core/registration/revocation_check.h"

#include <algorithm>

#include "core/attestation/refusal.h"
#include "core/attestation/signatures.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/store/index.h"

namespace dps {
namespace {

struct Issued {
  const Certificate& certificate;
  const Certificate* issuer;  // null if it is not known
};

Result<bool> IsOf(const CaCertificate& ca, const Issued& issued) {
  if (issued.issuer != nullptr &&
      issued.issuer->thumbprint() == ca.certificate.thumbprint()) {
    return true;
  }
  DPS_TRY(const Certificate certificate, ToCertificate(ca.certificate));
  return Signatures().Signed(certificate, issued.certificate);
}

class RevocationCheck {
 public:
  RevocationCheck(Snapshot& snapshot, const IdScope& scope,
                  const Moment& moment)
      : snapshot_(snapshot), scope_(scope), moment_(moment) {}

  Status Check(const Issued& issued) {
    DPS_CHECK(CheckSerial(issued));
    DPS_TRY(const auto holders,
            snapshot_.FindIndexed(
                IndexTerm::CaSubject(issued.certificate.issuer_digest()),
                scope_, limits::kCaCertificatesOfSubjectMax));
    for (const IndexEntry& holder : holders) {
      if (holder.kind != IndexedKind::kCaCertificate) continue;
      DPS_TRY(const auto ca, CaOf(holder));
      if (ca) DPS_CHECK(CheckList(*ca, issued));
    }
    return {};
  }

  const RevocationRemarks& remarks() const { return remarks_; }

 private:
  Result<std::optional<CaCertificate>> CaOf(const IndexEntry& entry) {
    DPS_TRY(const auto name, CertificateNameOf(entry));
    return snapshot_.FindCaCertificate(scope_, name);
  }

  Status CheckSerial(const Issued& issued) {
    const Certificate& certificate = issued.certificate;
    DPS_TRY(
        const auto lists,
        snapshot_.FindIndexed(IndexTerm::Revoked(certificate.issuer_digest(),
                                                 certificate.SerialNumber()),
                              scope_, limits::kCaCertificatesOfSubjectMax));
    for (const IndexEntry& list : lists) {
      DPS_TRY(const auto ca, CaOf(list));
      if (ca) {
        DPS_TRY(const bool is_of, IsOf(*ca, issued));
        if (!is_of) continue;
      }
      return Refuse(certificate.Subject() + ", serial number " +
                    certificate.SerialNumber() + ", is revoked by " +
                    certificate.Issuer());
    }
    return {};
  }

  Status CheckList(const CaCertificate& ca, const Issued& issued) {
    if (!ca.revocations || !ca.revocations->next_update) return {};
    const UtcTime next_update = *ca.revocations->next_update;
    if (moment_.now <= next_update) {
      // Another's list would only make the verdict be asked for again.
      remarks_.valid_until = std::min(remarks_.valid_until, next_update);
      return {};
    }
    DPS_TRY(const bool is_of, IsOf(ca, issued));
    if (!is_of) return {};
    remarks_.remark = "the revocation list of certificate " + ca.name.text() +
                      " expired at " + FormatUtc(next_update);
    const bool bears =
        moment_.rules.expired_list != ExpiredRevocationList::kRefuse;
    return bears ? Status() : Refuse(remarks_.remark);
  }

  Snapshot& snapshot_;
  const IdScope& scope_;
  const Moment& moment_;
  RevocationRemarks remarks_;
};

}  // namespace

Result<RevocationRemarks> CheckRevocations(Snapshot& snapshot,
                                           const IdScope& scope,
                                           std::span<const Certificate> path,
                                           const Moment& moment) {
  RevocationCheck check(snapshot, scope, moment);
  if (path.size() == 1) {
    DPS_CHECK(check.Check({.certificate = path[0], .issuer = nullptr}));
  }
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    DPS_CHECK(check.Check({.certificate = path[i], .issuer = &path[i + 1]}));
  }
  return check.remarks();
}

}  // namespace dps
