// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/registrations.h"

#include "core/service_api/decision.h"
#include "core/service_api/paging.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

std::string Named(const RegistrationId& id) {
  return "registration of " + id.text();
}

Result<Response> Query(const Call& call,
                       const std::optional<EnrollmentGroupId>& group) {
  DPS_TRY(const Page page, ParsePage(call.request));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(auto records,
          snapshot->ListRegistrations(call.scope(), group, AndOneMore(page)));
  Response response =
      PageResponse(std::move(records), page, [](const auto& record) {
        return ToJson(record, RegistrationView::kOperator);
      });
  response.headers["x-ms-item-type"] = "DeviceRegistration";
  return response;
}

}  // namespace

Result<Response> GetRegistration(const Call& call) {
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(call.id));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto record, snapshot->FindRegistration(call.scope(), id));
  if (!record) return Fail(Errc::kNotFound, "there is no " + Named(id));
  return DocumentResponse(ToJson(*record, RegistrationView::kOperator),
                          record->etag());
}

Result<Response> DeleteRegistration(const Call& call) {
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(call.id));
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        const auto etag = snapshot.FindRegistration(call.scope(), id)
                              .map(EtagOf<RegistrationRecord>);
        DPS_TRY(
            const Expect expect,
            Precondition::Of(call.request.headers).ForDelete(etag, Named(id)));
        Decision decision{.response = EmptyResponse()};
        decision.batch.changes = {
            Remove<RegistrationRecord>{call.scope(), id.key(), expect}};
        return decision;
      });
}

Result<Response> QueryGroupRegistrations(const Call& call) {
  DPS_TRY(const EnrollmentGroupId group, EnrollmentGroupId::Parse(call.id));
  return Query(call, group);
}

Result<Response> QueryRegistrations(const Call& call) {
  return Query(call, std::nullopt);
}

}  // namespace dps
