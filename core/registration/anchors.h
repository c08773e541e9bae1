// SPDX-License-Identifier: Apache-2.0
// The CA certificates an ID scope trusts, and the groups that hold them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/certificate.h"
#include "core/base/result.h"
#include "core/model/ca_certificate.h"
#include "core/model/enrollment.h"
#include "core/store/store.h"

namespace dps {

// A CA certificate that a device's chain may end at.
struct Anchor {
  Certificate certificate;
  const EnrollmentGroup* group;  // in the AnchorBook
  // Set: the group refers to this certificate of the instance, which is not
  // verified, so the group accepts nobody.
  std::optional<CertificateName> unverified;
};

// Reads anchors and their groups when first asked for and keeps them, so that
// a handshake parses no certificate of ours; for one scope at one config
// version. Not thread-safe. Errors of all calls: kInternal.
class AnchorBook {
 public:
  explicit AnchorBook(IdScope scope) : scope_(std::move(scope)) {}

  // All with that subject (Certificate::subject_digest), those of disabled
  // groups first. Valid until the book goes.
  [[nodiscard]] Result<const std::vector<Anchor>*> OfSubject(
      Snapshot& snapshot, const std::string& subject_digest);

  // Null if there is none.
  [[nodiscard]] Result<const EnrollmentGroup*> Group(
      Snapshot& snapshot, const EnrollmentGroupId& id);

 private:
  [[nodiscard]] Result<std::vector<Anchor>> Load(
      Snapshot& snapshot, const std::string& subject_digest);
  // Those a certificate of the instance is for the groups that refer to it.
  [[nodiscard]] Status AddReferences(Snapshot& snapshot,
                                     const std::string& name,
                                     std::vector<Anchor>& anchors);

  IdScope scope_;
  std::map<std::string, std::vector<Anchor>> by_subject_;
  std::map<std::string, std::unique_ptr<const EnrollmentGroup>> groups_;
};

}  // namespace dps
