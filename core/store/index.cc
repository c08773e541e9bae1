// SPDX-License-Identifier: Apache-2.0
#include "core/store/index.h"

#include <variant>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

void MarkCertificate(std::vector<IndexMark>& marks,
                     const EnrolledCertificate& certificate) {
  marks.push_back({IndexTerm::Thumbprint(certificate.thumbprint()), ""});
}

void MarkCa(std::vector<IndexMark>& marks,
            const EnrolledCertificate& certificate) {
  MarkCertificate(marks, certificate);
  marks.push_back({IndexTerm::CaSubject(certificate.subject_digest),
                   certificate.thumbprint()});
}

std::vector<IndexMark> MarksOfHubs(const EnrollmentTerms& terms) {
  std::vector<IndexMark> marks;
  for (const HubName& hub : terms.iot_hubs) {
    marks.push_back({IndexTerm::NamesHub(hub), ""});
  }
  return marks;
}

template <class Name>
Result<Name> NameOf(const IndexEntry& entry, IndexedKind kind) {
  auto name = Name::Parse(entry.key);
  if (entry.kind == kind && name) return name;
  return Fail(Errc::kInternal,
              "the store's index leads to no document: " +
                  Printable(entry.key, limits::kRegistrationIdMax));
}

}  // namespace

Result<EnrollmentGroupId> GroupIdOf(const IndexEntry& entry) {
  return NameOf<EnrollmentGroupId>(entry, IndexedKind::kEnrollmentGroup);
}

Result<CertificateName> CertificateNameOf(const IndexEntry& entry) {
  return NameOf<CertificateName>(entry,
                                 entry.kind == IndexedKind::kRevokedCertificates
                                     ? IndexedKind::kRevokedCertificates
                                     : IndexedKind::kCaCertificate);
}

std::vector<IndexMark> MarksOf(const IndividualEnrollment& enrollment) {
  std::vector<IndexMark> marks = MarksOfHubs(enrollment.terms);
  const auto* x509 =
      std::get_if<X509Attestation>(&enrollment.terms.attestation);
  if (x509 == nullptr) return marks;
  if (x509->primary) MarkCertificate(marks, *x509->primary);
  if (x509->secondary) MarkCertificate(marks, *x509->secondary);
  return marks;
}

std::vector<IndexMark> MarksOf(const EnrollmentGroup& group) {
  std::vector<IndexMark> marks = MarksOfHubs(group.terms);
  const auto* x509 = std::get_if<X509Attestation>(&group.terms.attestation);
  if (x509 == nullptr) {
    marks.push_back({IndexTerm::SymmetricKeyGroups(), ""});
    return marks;
  }
  if (x509->primary) MarkCa(marks, *x509->primary);
  if (x509->secondary) MarkCa(marks, *x509->secondary);
  for (const auto& name : {x509->primary_ca, x509->secondary_ca}) {
    if (name) marks.push_back({IndexTerm::CaReference(*name), ""});
  }
  return marks;
}

std::vector<IndexMark> MarksOf(const CaCertificate& certificate) {
  std::vector<IndexMark> marks;
  MarkCa(marks, certificate.certificate);
  return marks;
}

std::vector<IndexMark> MarksOf(const RevokedCertificates& revoked) {
  std::vector<IndexMark> marks;
  marks.reserve(revoked.serials.size());
  for (const std::string& serial : revoked.serials) {
    marks.push_back({IndexTerm::Revoked(revoked.subject_digest, serial), ""});
  }
  return marks;
}

}  // namespace dps
