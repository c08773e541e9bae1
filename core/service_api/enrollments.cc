// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollments.h"

#include "core/service_api/decision.h"
#include "core/service_api/enrollment_changes.h"
#include "core/service_api/enrollment_kind.h"
#include "core/service_api/fitting.h"
#include "core/service_api/list_filter.h"
#include "core/service_api/paging.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

template <class Document>
Result<Document> PresentEnrollment(const Call& call, Snapshot& snapshot) {
  using Kind = EnrollmentKind<Document>;
  DPS_TRY(const auto id, Kind::Id::Parse(call.id));
  DPS_TRY(auto document, Kind::Find(snapshot, call.scope(), id));
  if (!document) {
    return Fail(Errc::kNotFound, "there is no " + NameOf<Document>(id));
  }
  return *std::move(document);
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

}  // namespace

template <class Document>
Result<Response> PutEnrollment(const Call& call) {
  using Kind = EnrollmentKind<Document>;
  DPS_TRY(const auto id, Kind::Id::Parse(call.id));
  DPS_TRY(Document document, Kind::Parse(call.request.body));
  if (Kind::IdOf(document) != id) {
    return Fail(Errc::kInvalidArgument,
                "the path names " + NameOf<Document>(id) + ", but " +
                    std::string(Kind::kIdMember) + " in the body is " +
                    Kind::IdOf(document).text());
  }
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        EnrollmentChanges<Document> changes(snapshot, call);
        DPS_TRY(
            auto planned,
            changes.PlanPut(document, Precondition::Of(call.request.headers)));
        Decision decision{.response = DocumentResponse(
                              ToJson(planned.document, Secrets::kShow),
                              planned.document.etag())};
        std::move(planned).AddTo(call.scope(), decision.batch);
        return decision;
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
        Decision decision{.response = EmptyResponse()};
        EnrollmentChanges<Document> changes(snapshot, call);
        DPS_CHECK(changes.AddRemoval(id, Precondition::Of(call.request.headers),
                                     decision.batch));
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
