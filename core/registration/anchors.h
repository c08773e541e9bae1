// SPDX-License-Identifier: Apache-2.0
// The CA certificates an ID scope trusts, and the groups that hold them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/certificate.h"
#include "core/base/certificate_cache.h"
#include "core/base/recent_map.h"
#include "core/base/result.h"
#include "core/model/ca_certificate.h"
#include "core/model/enrollment.h"
#include "core/store/store.h"

namespace dps {

// Shared, for a selection may outlive the group's place in a bounded memory.
using SharedGroup = std::shared_ptr<const EnrollmentGroup>;

// A CA certificate that a device's chain may end at.
struct Anchor {
  Certificate certificate;
  SharedGroup group;  // never null
  // Set: the group refers to this certificate of the instance, which is not
  // verified, so the group accepts nobody.
  std::optional<CertificateName> unverified;
};

// What the AnchorBooks of all scopes have read: at most twice `max` subjects,
// each with limits::kCaCertificatesOfSubjectMax anchors, twice `max` groups and
// twice `max` certificates. The last are the same whatever the configuration,
// so a change of it costs no parsing of certificates.
struct AnchorMemory {
  explicit AnchorMemory(std::size_t max)
      : by_subject(max), groups(max), certificates(max) {}

  void Clear() {
    by_subject.Clear();
    groups.Clear();
    certificates.Clear();
  }

  RecentMap<std::vector<Anchor>> by_subject;
  RecentMap<SharedGroup> groups;
  CertificateCache certificates;
};

// Reads anchors and their groups when first asked for and keeps them, so that
// a handshake parses no certificate of ours; for one scope at one config
// version. Not thread-safe. Errors of all calls: those of Snapshot.
class AnchorBook {
 public:
  // `memory` must outlive the book.
  AnchorBook(IdScope scope, std::uint64_t config_version, AnchorMemory& memory);

  // All with that subject (Certificate::subject_digest), those of disabled
  // groups first. Valid until the next call to a book with that memory.
  [[nodiscard]] Result<const std::vector<Anchor>*> OfSubject(
      Snapshot& snapshot, const std::string& subject_digest);

  // Null if there is none.
  [[nodiscard]] Result<SharedGroup> Group(Snapshot& snapshot,
                                          const EnrollmentGroupId& id);

 private:
  [[nodiscard]] Result<std::vector<Anchor>> Load(
      Snapshot& snapshot, const std::string& subject_digest);
  // The one that a group holds itself.
  [[nodiscard]] Status AddSigning(Snapshot& snapshot, const IndexEntry& entry,
                                  std::vector<Anchor>& anchors);
  // The one that is a certificate of the instance, for a group that refers to
  // it.
  [[nodiscard]] Status AddReferences(Snapshot& snapshot,
                                     const IndexEntry& entry,
                                     std::vector<Anchor>& anchors);

  IdScope scope_;
  std::string place_;  // in the memory: what keys start with
  AnchorMemory* memory_;
};

}  // namespace dps
