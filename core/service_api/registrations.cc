// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/registrations.h"

#include <algorithm>
#include <span>

#include "core/base/crypto.h"
#include "core/service_api/decision.h"
#include "core/service_api/deprovisioning.h"
#include "core/service_api/paging.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

// Of one commit, with all that goes along.
constexpr std::size_t kDeletedAtOnceMax = 100;

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

// An unreadable record can be deleted if nothing more is asked for.
Result<Decision> DecideDelete(Snapshot& snapshot, const Call& call,
                              const RegistrationId& id,
                              const Deprovisioning& options) {
  const auto record = snapshot.FindRegistration(call.scope(), id);
  DPS_TRY(const Expect expect,
          Precondition::Of(call.request.headers)
              .ForDelete(record.map(EtagOf<RegistrationRecord>), Named(id)));
  Decision decision{.response = EmptyResponse()};
  Batch& batch = decision.batch;
  batch.changes = {Remove<RegistrationRecord>{call.scope(), id.key(), expect}};
  if (!record && !options.any()) {
    EndProvisioning(call, id, batch);
    return decision;
  }
  if (!record) return tl::unexpected(record.error());
  DPS_TRY(const Deprovisioned device,
          AddDeprovisioning(snapshot, call, **record, options, batch));
  if (options.any()) decision.response = JsonResponse(ToJson(device));
  return decision;
}

// As many records as are to be deleted, and one more if there is one.
struct RecordPage {
  const std::vector<RegistrationRecord>& records;
  std::size_t limit;
};

Result<Decision> DecideDeleteAll(Snapshot& snapshot, const Call& call,
                                 const RecordPage& page,
                                 const Deprovisioning& options) {
  Decision decision;
  JsonWriter rows;
  rows.StartArray();
  const std::size_t count = std::min(page.records.size(), page.limit);
  for (const RegistrationRecord& record :
       std::span(page.records).first(count)) {
    decision.batch.changes.emplace_back(Remove<RegistrationRecord>{
        call.scope(), record.key(), Expect::Etag(record.etag())});
    DPS_TRY(const Deprovisioned device,
            AddDeprovisioning(snapshot, call, record, options, decision.batch));
    rows.Raw(ToJson(device));
  }
  decision.response = JsonResponse(rows.EndArray().Take());
  if (count < page.records.size()) {
    decision.response.headers["x-ms-continuation"] =
        Base64Encode(page.records[count - 1].key());
  }
  return decision;
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
  DPS_TRY(const Deprovisioning options, ParseDeprovisioning(call.request));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideDelete(snapshot, call, id, options);
  });
}

Result<Response> DeleteGroupRegistrations(const Call& call) {
  DPS_TRY(const EnrollmentGroupId group, EnrollmentGroupId::Parse(call.id));
  DPS_TRY(const Deprovisioning options, ParseDeprovisioning(call.request));
  DPS_TRY(Page page, ParsePage(call.request));
  page.limit = std::min(page.limit, kDeletedAtOnceMax);
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        DPS_TRY(const auto records, snapshot.ListRegistrations(
                                        call.scope(), group, AndOneMore(page)));
        return DecideDeleteAll(snapshot, call, {records, page.limit}, options);
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
