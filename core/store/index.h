// SPDX-License-Identifier: Apache-2.0
// The store's index: terms under which a document is found by what it holds,
// kept in the same commit as the document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/ca_certificate.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"

namespace dps {

// A term as text; texts of different meanings never collide. Goes to disk:
// never change the prefixes.
class IndexTerm {
 public:
  // Every document that holds the certificate; upper-case hex SHA-256.
  static IndexTerm Thumbprint(std::string_view thumbprint) {
    return {"t:", thumbprint};
  }
  // CA certificates with that subject, of groups and of the instance.
  static IndexTerm CaSubject(std::string_view subject_digest) {
    return {"n:", subject_digest};
  }
  // Groups that refer to the instance's certificate.
  static IndexTerm CaReference(const CertificateName& name) {
    return {"r:", name.key()};
  }
  // Lists of revoked certificates that hold the serial of the issuer.
  static IndexTerm Revoked(std::string_view issuer_digest,
                           std::string_view serial) {
    return {"v:", std::string(issuer_digest) + ":" + std::string(serial)};
  }
  // Enrollments and groups whose iotHubs name the hub.
  static IndexTerm NamesHub(const HubName& hub) { return {"h:", hub.text()}; }
  // Groups with symmetric keys.
  static IndexTerm SymmetricKeyGroups() { return {"k", ""}; }

  const std::string& text() const { return text_; }

 private:
  IndexTerm(std::string_view prefix, std::string_view rest)
      : text_(std::string(prefix).append(rest)) {}

  std::string text_;
};

// The kinds of documents the index leads to. Go to disk: never renumber.
enum class IndexedKind : char {
  kIndividualEnrollment = 'e',
  kEnrollmentGroup = 'g',
  kCaCertificate = 'c',
  kRevokedCertificates = 'v',
};

// A document that holds a term.
struct IndexEntry {
  IdScope scope;
  IndexedKind kind;
  std::string key;  // Document::key()
  // Of the certificate with that subject, for IndexTerm::CaSubject; else "".
  std::string thumbprint;

  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

// The name of the group, or CA certificate, that the entry leads to; of the CA
// certificate also where it leads to the list of what it revoked. Errors:
// kInternal (a broken index: names are checked before they are written).
[[nodiscard]] Result<EnrollmentGroupId> GroupIdOf(const IndexEntry& entry);
[[nodiscard]] Result<CertificateName> CertificateNameOf(
    const IndexEntry& entry);

// One term of a document, with the thumbprint of its IndexEntry.
struct IndexMark {
  IndexTerm term;
  std::string thumbprint;
};

// All terms of a document; a term may occur twice with different thumbprints.
std::vector<IndexMark> MarksOf(const IndividualEnrollment& enrollment);
std::vector<IndexMark> MarksOf(const EnrollmentGroup& group);
std::vector<IndexMark> MarksOf(const CaCertificate& certificate);
std::vector<IndexMark> MarksOf(const RevokedCertificates& revoked);

}  // namespace dps
