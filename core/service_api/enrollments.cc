// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollments.h"

#include <algorithm>
#include <type_traits>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/http/target.h"
#include "core/service_api/attestations.h"
#include "core/service_api/decision.h"
#include "core/service_api/deprovisioning.h"
#include "core/service_api/enrollment_kind.h"
#include "core/service_api/fitting.h"
#include "core/service_api/list_filter.h"
#include "core/service_api/paging.h"
#include "core/service_api/precondition.h"
#include "core/store/document.h"

namespace dps {
namespace {

template <class Document>
std::string EnrollmentText(const typename EnrollmentKind<Document>::Id& id) {
  return std::string(EnrollmentKind<Document>::kNoun) + " " + id.text();
}

template <class Document>
Result<Document> PresentEnrollment(const Call& call, Snapshot& snapshot) {
  using Kind = EnrollmentKind<Document>;
  DPS_TRY(const auto id, Kind::Id::Parse(call.id));
  DPS_TRY(auto document, Kind::Find(snapshot, call.scope(), id));
  if (!document) {
    return Fail(Errc::kNotFound, "there is no " + EnrollmentText<Document>(id));
  }
  return *std::move(document);
}

// `known` are the hubs the stored enrollment names.
Status CheckHubs(const std::vector<HubName>& hubs,
                 const std::vector<HubName>& known,
                 const std::vector<LinkedHub>& linked) {
  for (const HubName& hub : hubs) {
    if (std::ranges::find(known, hub) != known.end()) continue;
    if (std::ranges::find(linked, hub, &LinkedHub::name) == linked.end()) {
      return Fail(Errc::kInvalidArgument,
                  "iotHubs names " + hub.text() +
                      ", which is not linked to the instance");
    }
  }
  return {};
}

// `key` is the group's own, which may be among them.
Status CheckRoomForGroup(Snapshot& snapshot, const IdScope& scope,
                         const std::string& key) {
  DPS_TRY(auto groups,
          snapshot.FindIndexed(IndexTerm::SymmetricKeyGroups(), scope,
                               limits::kSymmetricKeyGroupsMax + 1));
  std::erase_if(groups,
                [&](const IndexEntry& group) { return group.key == key; });
  if (groups.size() < limits::kSymmetricKeyGroupsMax) return {};
  return Fail(Errc::kForbidden,
              "an instance can have " +
                  std::to_string(limits::kSymmetricKeyGroupsMax) +
                  " enrollment groups with symmetric keys");
}

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

template <class Document>
Result<Decision> DecideEnrollmentPut(Snapshot& snapshot, const Call& call,
                                     Document document) {
  using Kind = EnrollmentKind<Document>;
  DPS_CHECK(CheckWebhook(document.terms));
  const IdScope& scope = call.scope();
  const auto id = Kind::IdOf(document);
  // Read first: a change between this and the rest must be noticed.
  DPS_TRY(const auto version, snapshot.ConfigVersion(scope));
  DPS_TRY(auto stored, Kind::Find(snapshot, scope, id));
  DPS_TRY(const Expect expect,
          Precondition::Of(call.request.headers)
              .ForPut(EtagOf(stored), EnrollmentText<Document>(id)));
  DPS_TRY(const auto linked, snapshot.ListLinkedHubs(scope));
  DPS_CHECK(CheckHubs(document.terms.iot_hubs,
                      stored ? stored->terms.iot_hubs : std::vector<HubName>(),
                      linked));
  Decision decision;
  if (stored) Kind::IdOf(document) = Kind::IdOf(*stored);
  DPS_CHECK(Complete(document, stored, call.clock.Now()));
  const Attestation& attestation = document.terms.attestation;
  if (std::holds_alternative<X509Attestation>(attestation)) {
    DPS_CHECK(CheckAttestation(snapshot, attestation,
                               {.scope = scope,
                                .kind = DocumentKind<Document>::kIndexed,
                                .key = document.key()}));
    if constexpr (std::is_same_v<Document, IndividualEnrollment>) {
      DPS_CHECK(CheckCommonNames(
          attestation, stored ? &stored->terms.attestation : nullptr, id));
    }
    decision.batch.unchanged_config = {{scope, version}};
  } else if constexpr (std::is_same_v<Document, EnrollmentGroup>) {
    DPS_CHECK(CheckRoomForGroup(snapshot, scope, document.key()));
    decision.batch.unchanged_config = {{scope, version}};
  }
  decision.response =
      DocumentResponse(ToJson(document, Secrets::kShow), document.etag());
  decision.batch.changes = {Put<Document>{scope, document, expect}};
  return decision;
}

Result<std::string> GetJson(const IndividualEnrollment& enrollment,
                            const IdScope& scope, Snapshot& snapshot) {
  DPS_TRY(const auto record,
          snapshot.FindRegistration(scope, enrollment.registration_id));
  std::string json = ToJson(enrollment, Secrets::kHide);
  if (!record) return json;
  return AddMember(json, "registrationState",
                   ToJson(*record, RegistrationView::kOperator));
}

Result<std::string> GetJson(const EnrollmentGroup& group, const IdScope&,
                            Snapshot&) {
  return ToJson(group, Secrets::kHide);
}

// Each piece on a snapshot of its own, and so the rows.
template <class Document>
Result<Response> QueryFittingEnrollments(const Call& call, const Page& page,
                                         const EnrollmentFilter& filter) {
  using Kind = EnrollmentKind<Document>;
  const auto read = [&](const Page& piece) -> Result<std::vector<Document>> {
    DPS_TRY(const auto snapshot, call.store.Read());
    return Kind::List(*snapshot, call.scope(), piece);
  };
  const auto fits = [&](const Document& document) {
    return filter.Fits(document.terms);
  };
  DPS_TRY(const auto found, FindFitting<Document>(page, read, fits));
  DPS_TRY(const auto snapshot, call.store.Read());
  Response response = FittingResponse(found, [&](const Document& document) {
    std::string row = ToJson(document, Secrets::kHide);
    if (!filter.with_state) return row;
    // A record that cannot be read does not spoil the list.
    return GetJson(document, call.scope(), *snapshot).value_or(row);
  });
  response.headers["x-ms-item-type"] = Kind::kItemType;
  return response;
}

// What there is of the device's registration goes along, readable or not.
Status AddRegistration(Snapshot& snapshot, const Call& call,
                       const RegistrationId& id, Batch& batch) {
  const auto record = snapshot.FindRegistration(call.scope(), id);
  if (record && *record) {
    batch.changes.emplace_back(Remove<RegistrationRecord>{
        call.scope(), id.key(), Expect::Etag((*record)->etag())});
    DPS_CHECK(AddDeprovisioning(snapshot, call, **record, {}, batch));
    return {};
  }
  batch.changes.emplace_back(
      Remove<RegistrationRecord>{call.scope(), id.key(), Expect::Anything()});
  EndProvisioning(call, id, batch);
  return {};
}

}  // namespace

template <class Document>
Result<Response> PutEnrollment(const Call& call) {
  using Kind = EnrollmentKind<Document>;
  DPS_TRY(const auto id, Kind::Id::Parse(call.id));
  DPS_TRY(Document document, Kind::Parse(call.request.body));
  if (Kind::IdOf(document) != id) {
    return Fail(Errc::kInvalidArgument,
                "the path names " + EnrollmentText<Document>(id) + ", but " +
                    std::string(Kind::kIdMember) + " in the body is " +
                    Kind::IdOf(document).text());
  }
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideEnrollmentPut(snapshot, call, document);
  });
}

template <class Document>
Result<Response> GetEnrollment(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto document, PresentEnrollment<Document>(call, *snapshot));
  DPS_TRY(std::string json, GetJson(document, call.scope(), *snapshot));
  return DocumentResponse(std::move(json), document.etag());
}

template <class Document>
Result<Response> DeleteEnrollment(const Call& call) {
  using Kind = EnrollmentKind<Document>;
  DPS_TRY(const auto id, Kind::Id::Parse(call.id));
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        const auto etag =
            Kind::Find(snapshot, call.scope(), id).map(EtagOf<Document>);
        DPS_TRY(const Expect expect,
                Precondition::Of(call.request.headers)
                    .ForDelete(etag, EnrollmentText<Document>(id)));
        Decision decision{.response = EmptyResponse()};
        auto& changes = decision.batch.changes;
        changes.emplace_back(Remove<Document>{call.scope(), id.key(), expect});
        if constexpr (std::is_same_v<Document, IndividualEnrollment>) {
          DPS_CHECK(AddRegistration(snapshot, call, id, decision.batch));
        }
        return decision;
      });
}

template <class Document>
Result<Response> QueryEnrollments(const Call& call) {
  using Kind = EnrollmentKind<Document>;
  DPS_TRY(const Page page, ParsePage(call.request));
  DPS_TRY(const EnrollmentFilter filter, ParseEnrollmentFilter(call.request));
  if (filter.any() || filter.with_state) {
    return QueryFittingEnrollments<Document>(call, page, filter);
  }
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(auto documents,
          Kind::List(*snapshot, call.scope(), AndOneMore(page)));
  Response response =
      PageResponse(std::move(documents), page, [](const Document& document) {
        return ToJson(document, Secrets::kHide);
      });
  response.headers["x-ms-item-type"] = Kind::kItemType;
  return response;
}

template <class Document>
Result<Response> GetAttestationMechanism(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto document, PresentEnrollment<Document>(call, *snapshot));
  JsonWriter json;
  WriteAttestation(json, document.terms.attestation, Secrets::kShow);
  return JsonResponse(json.Take());
}

template Result<Response> PutEnrollment<IndividualEnrollment>(const Call&);
template Result<Response> PutEnrollment<EnrollmentGroup>(const Call&);
template Result<Response> GetEnrollment<IndividualEnrollment>(const Call&);
template Result<Response> GetEnrollment<EnrollmentGroup>(const Call&);
template Result<Response> DeleteEnrollment<IndividualEnrollment>(const Call&);
template Result<Response> DeleteEnrollment<EnrollmentGroup>(const Call&);
template Result<Response> QueryEnrollments<IndividualEnrollment>(const Call&);
template Result<Response> QueryEnrollments<EnrollmentGroup>(const Call&);
template Result<Response> GetAttestationMechanism<IndividualEnrollment>(
    const Call&);
template Result<Response> GetAttestationMechanism<EnrollmentGroup>(const Call&);

}  // namespace dps
