// SPDX-License-Identifier: Apache-2.0
// What becomes of enrollments that an operator puts or removes, decided on one
// snapshot. Document is IndividualEnrollment or EnrollmentGroup.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/linked_hub.h"
#include "core/service_api/call.h"
#include "core/service_api/enrollment_kind.h"
#include "core/service_api/precondition.h"
#include "core/store/store.h"

namespace dps {

// `enrollment dev-1`, for messages.
template <class Document>
std::string NameOf(const typename EnrollmentKind<Document>::Id& id) {
  return std::string(EnrollmentKind<Document>::kNoun) + " " + id.text();
}

// A document as it is to be stored: complete, with an etag of its own.
template <class Document>
struct PlannedPut {
  Document document;
  std::optional<Document> stored;  // what it takes the place of
  Expect expect;
  // Of the scope, if it was judged by other documents, too.
  std::optional<std::uint64_t> config_version;

  // Whether it says anything that the stored one does not.
  bool Changes() const;
  void AddTo(const IdScope& scope, Batch& batch) &&;
};

// Decides one document after the other; what it must read for all of them, it
// reads once. What was added to a batch meanwhile it does not see.
template <class Document>
class EnrollmentChanges {
 public:
  using Id = typename EnrollmentKind<Document>::Id;

  // Both must outlive it.
  EnrollmentChanges(Snapshot& snapshot, const Call& call)
      : snapshot_(snapshot), call_(call) {}

  // Keys not given are kept, or made up for a new document; the id keeps the
  // letter case it was created with. A hub of iotHubs must be linked, or named
  // by the stored document already: unlinking a hub must not keep an operator
  // from disabling the enrollments that name it. Errors: kInvalidArgument,
  // kForbidden (limits::kSymmetricKeyGroupsMax), and those of
  // Precondition::ForPut, CheckAttestation and Snapshot.
  [[nodiscard]] Result<PlannedPut<Document>> PlanPut(
      Document document, const Precondition& precondition);

  // An individual enrollment takes its device's registration along, readable or
  // not; a group leaves those of its devices. Errors: those of
  // Precondition::ForDelete and Snapshot.
  [[nodiscard]] Status AddRemoval(const Id& id,
                                  const Precondition& precondition,
                                  Batch& batch);

 private:
  [[nodiscard]] Status CheckHubs(const std::vector<HubName>& hubs,
                                 const std::vector<HubName>& known);
  [[nodiscard]] Status CheckRoomForGroup(const std::string& key);
  // Whether other documents had a say.
  [[nodiscard]] Result<bool> Judge(const Document& document,
                                   const std::optional<Document>& stored);
  [[nodiscard]] Status AddRegistration(const RegistrationId& id, Batch& batch);

  Snapshot& snapshot_;
  const Call& call_;
  std::optional<std::vector<LinkedHub>> linked_;  // once it was asked for
};

}  // namespace dps
