// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollment_changes.h"

#include <algorithm>
#include <type_traits>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/http/target.h"
#include "core/service_api/attestations.h"
#include "core/service_api/deprovisioning.h"
#include "core/store/document.h"

namespace dps {
namespace {

// Turns what the operator sent into what is stored.
template <class Document>
Status Complete(Document& document, const std::optional<Document>& stored,
                UtcTime now) {
  EnrollmentTerms& terms = document.terms;
  DPS_CHECK(CompleteAttestation(terms.attestation,
                                stored ? &stored->terms.attestation : nullptr));
  terms.created = stored ? stored->terms.created : now;
  terms.last_updated = now;
  terms.etag = NewGuid();
  return {};
}

// Whoever is at the other end is not asked: that he is there is not needed
// until a device comes.
Status CheckWebhook(const EnrollmentTerms& terms) {
  if (!terms.custom_allocation) return {};
  const auto target = HttpTarget::Parse(terms.custom_allocation->webhook_url);
  if (target) return {};
  return Fail(Errc::kInvalidArgument, "webhookUrl: " + target.error().message);
}

}  // namespace

template <class Document>
bool PlannedPut<Document>::Changes() const {
  if (!stored) return true;
  Document as_stored = document;
  as_stored.terms.etag = stored->terms.etag;
  as_stored.terms.last_updated = stored->terms.last_updated;
  return !(as_stored == *stored);
}

template <class Document>
void PlannedPut<Document>::AddTo(const IdScope& scope, Batch& batch) && {
  if (config_version) batch.unchanged_config[scope] = *config_version;
  batch.changes.emplace_back(
      Put<Document>{scope, std::move(document), std::move(expect)});
}

template <class Document>
Status EnrollmentChanges<Document>::CheckHubs(
    const std::vector<HubName>& hubs, const std::vector<HubName>& known) {
  for (const HubName& hub : hubs) {
    if (std::ranges::find(known, hub) != known.end()) continue;
    if (!linked_) {
      DPS_TRY(linked_, snapshot_.ListLinkedHubs(call_.scope()));
    }
    if (std::ranges::find(*linked_, hub, &LinkedHub::name) == linked_->end()) {
      return Fail(Errc::kInvalidArgument,
                  "iotHubs names " + hub.text() +
                      ", which is not linked to the instance");
    }
  }
  return {};
}

// `key` is the group's own, which may be among them.
template <class Document>
Status EnrollmentChanges<Document>::CheckRoomForGroup(const std::string& key) {
  DPS_TRY(auto groups,
          snapshot_.FindIndexed(IndexTerm::SymmetricKeyGroups(), call_.scope(),
                                limits::kSymmetricKeyGroupsMax + 1));
  std::erase_if(groups,
                [&](const IndexEntry& group) { return group.key == key; });
  if (groups.size() < limits::kSymmetricKeyGroupsMax) return {};
  return Fail(Errc::kForbidden,
              "an instance can have " +
                  std::to_string(limits::kSymmetricKeyGroupsMax) +
                  " enrollment groups with symmetric keys");
}

template <class Document>
Result<bool> EnrollmentChanges<Document>::Judge(
    const Document& document, const std::optional<Document>& stored) {
  constexpr bool kIsGroup = std::is_same_v<Document, EnrollmentGroup>;
  const Attestation& attestation = document.terms.attestation;
  if (std::holds_alternative<X509Attestation>(attestation)) {
    DPS_CHECK(CheckAttestation(snapshot_, attestation,
                               {.scope = call_.scope(),
                                .kind = DocumentKind<Document>::kIndexed,
                                .key = document.key()}));
    if constexpr (!kIsGroup) {
      DPS_CHECK(CheckCommonNames(attestation,
                                 stored ? &stored->terms.attestation : nullptr,
                                 document.registration_id));
    }
    return true;
  }
  if (kIsGroup) DPS_CHECK(CheckRoomForGroup(document.key()));
  return kIsGroup;
}

template <class Document>
Result<PlannedPut<Document>> EnrollmentChanges<Document>::PlanPut(
    Document document, const Precondition& precondition) {
  using Kind = EnrollmentKind<Document>;
  DPS_CHECK(CheckWebhook(document.terms));
  const Id id = Kind::IdOf(document);
  // Read first: a change between this and the rest must be noticed.
  DPS_TRY(const auto version, snapshot_.ConfigVersion(call_.scope()));
  DPS_TRY(auto stored, Kind::Find(snapshot_, call_.scope(), id));
  DPS_TRY(Expect expect,
          precondition.ForPut(EtagOf(stored), NameOf<Document>(id)));
  DPS_CHECK(CheckHubs(document.terms.iot_hubs, stored
                                                   ? stored->terms.iot_hubs
                                                   : std::vector<HubName>()));
  if (stored) Kind::IdOf(document) = Kind::IdOf(*stored);
  DPS_CHECK(Complete(document, stored, call_.clock.Now()));
  DPS_TRY(const bool by_others, Judge(document, stored));
  return PlannedPut<Document>{
      .document = std::move(document),
      .stored = std::move(stored),
      .expect = std::move(expect),
      .config_version = by_others ? std::optional(version) : std::nullopt};
}

template <class Document>
Status EnrollmentChanges<Document>::AddRemoval(const Id& id,
                                               const Precondition& precondition,
                                               Batch& batch) {
  using Kind = EnrollmentKind<Document>;
  const auto etag =
      Kind::Find(snapshot_, call_.scope(), id).map(EtagOf<Document>);
  DPS_TRY(Expect expect, precondition.ForDelete(etag, NameOf<Document>(id)));
  batch.changes.emplace_back(
      Remove<Document>{call_.scope(), id.key(), std::move(expect)});
  if constexpr (std::is_same_v<Document, IndividualEnrollment>) {
    DPS_CHECK(AddRegistration(id, batch));
  }
  return {};
}

template <class Document>
Status EnrollmentChanges<Document>::AddRegistration(const RegistrationId& id,
                                                    Batch& batch) {
  const auto record = snapshot_.FindRegistration(call_.scope(), id);
  if (record && *record) {
    batch.changes.emplace_back(Remove<RegistrationRecord>{
        call_.scope(), id.key(), Expect::Etag((*record)->etag())});
    DPS_CHECK(AddDeprovisioning(snapshot_, call_, **record, {}, batch));
    return {};
  }
  batch.changes.emplace_back(
      Remove<RegistrationRecord>{call_.scope(), id.key(), Expect::Anything()});
  EndProvisioning(call_, id, batch);
  return {};
}

template struct PlannedPut<IndividualEnrollment>;
template struct PlannedPut<EnrollmentGroup>;
template class EnrollmentChanges<IndividualEnrollment>;
template class EnrollmentChanges<EnrollmentGroup>;

}  // namespace dps
