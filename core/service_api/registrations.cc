// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/registrations.h"

#include <algorithm>

#include "core/base/crypto.h"
#include "core/service_api/decision.h"
#include "core/service_api/deprovisioning.h"
#include "core/service_api/fitting.h"
#include "core/service_api/list_filter.h"
#include "core/service_api/paging.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

// Of one commit, with all that goes along.
constexpr std::size_t kDeletedAtOnceMax = 100;

std::string RegistrationText(const RegistrationId& id) {
  return "registration of " + id.text();
}

Result<Fitting<RegistrationRecord>> FindRecords(
    Snapshot& snapshot, const Call& call, const Page& page,
    const RegistrationFilter& filter) {
  return FindFitting<RegistrationRecord>(
      page,
      [&](const Page& piece) {
        return snapshot.ListRegistrations(call.scope(), filter.group, piece);
      },
      [&](const RegistrationRecord& record) { return filter.Fits(record); });
}

// `group` is the path's.
Result<Response> QueryFittingRegistrations(
    const Call& call, const Page& page,
    const std::optional<EnrollmentGroupId>& group,
    const RegistrationFilter& filter) {
  // Each piece on a snapshot of its own.
  const auto read =
      [&](const Page& piece) -> Result<std::vector<RegistrationRecord>> {
    DPS_TRY(const auto snapshot, call.store.Read());
    return snapshot->ListRegistrations(call.scope(),
                                       group ? group : filter.group, piece);
  };
  const auto fits = [&](const RegistrationRecord& record) {
    return filter.Fits(record);
  };
  DPS_TRY(const auto found, FindFitting<RegistrationRecord>(page, read, fits));
  Response response = FittingResponse(found, [](const auto& record) {
    return ToJson(record, RegistrationView::kOperator);
  });
  response.headers["x-ms-item-type"] = "DeviceRegistration";
  return response;
}

Result<Response> Query(const Call& call,
                       const std::optional<EnrollmentGroupId>& group) {
  DPS_TRY(const Page page, ParsePage(call.request));
  DPS_TRY(const RegistrationFilter filter,
          ParseRegistrationFilter(call.request));
  if (filter.any()) return QueryFittingRegistrations(call, page, group, filter);
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
Result<Decision> DecideRegistrationDelete(Snapshot& snapshot, const Call& call,
                                          const RegistrationId& id,
                                          const Deprovisioning& options) {
  const auto record = snapshot.FindRegistration(call.scope(), id);
  DPS_TRY(const Expect expect,
          Precondition::Of(call.request.headers)
              .ForDelete(record.map(EtagOf<RegistrationRecord>),
                         RegistrationText(id)));
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

Result<Decision> DecideDeleteAll(Snapshot& snapshot, const Call& call,
                                 const Fitting<RegistrationRecord>& found,
                                 const Deprovisioning& options) {
  Decision decision;
  JsonWriter rows;
  rows.StartArray();
  for (const RegistrationRecord& record : found.documents) {
    decision.batch.changes.emplace_back(Remove<RegistrationRecord>{
        call.scope(), record.key(), Expect::Etag(record.etag())});
    DPS_TRY(const Deprovisioned device,
            AddDeprovisioning(snapshot, call, record, options, decision.batch));
    rows.Raw(ToJson(device));
  }
  decision.response = JsonResponse(rows.EndArray().Take());
  if (found.next) {
    decision.response.headers["x-ms-continuation"] = Base64Encode(*found.next);
  }
  return decision;
}

Result<Response> DeleteFitting(const Call& call,
                               const RegistrationFilter& filter) {
  DPS_TRY(const Deprovisioning options, ParseDeprovisioning(call.request));
  DPS_TRY(Page page, ParsePage(call.request));
  page.limit = std::min(page.limit, kDeletedAtOnceMax);
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        DPS_TRY(const auto found, FindRecords(snapshot, call, page, filter));
        return DecideDeleteAll(snapshot, call, found, options);
      });
}

}  // namespace

Result<Response> GetRegistration(const Call& call) {
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(call.id));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto record, snapshot->FindRegistration(call.scope(), id));
  if (!record)
    return Fail(Errc::kNotFound, "there is no " + RegistrationText(id));
  return DocumentResponse(ToJson(*record, RegistrationView::kOperator),
                          record->etag());
}

Result<Response> GetAttempts(const Call& call) {
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(call.id));
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(auto device, snapshot->FindDeviceAttempts(call.scope(), id));
  if (!device) device = DeviceAttempts{.registration_id = id};
  return JsonResponse(ToJson(*device));
}

Result<Response> DeleteRegistration(const Call& call) {
  DPS_CHECK(CheckDeletionQuery(call.request));
  DPS_TRY(const RegistrationId id, RegistrationId::Parse(call.id));
  DPS_TRY(const Deprovisioning options, ParseDeprovisioning(call.request));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideRegistrationDelete(snapshot, call, id, options);
  });
}

Result<Response> DeleteGroupRegistrations(const Call& call) {
  DPS_CHECK(CheckDeletionQuery(call.request));
  DPS_TRY(const EnrollmentGroupId group, EnrollmentGroupId::Parse(call.id));
  DPS_TRY(RegistrationFilter filter, ParseRegistrationFilter(call.request));
  if (filter.group && *filter.group != group) {
    return Fail(Errc::kInvalidArgument,
                "the path names another group than enrollmentGroupId");
  }
  filter.group = group;
  return DeleteFitting(call, filter);
}

Result<Response> DeleteRegistrations(const Call& call) {
  DPS_CHECK(CheckDeletionQuery(call.request));
  DPS_TRY(const RegistrationFilter filter,
          ParseRegistrationFilter(call.request));
  if (filter.any()) return DeleteFitting(call, filter);
  return Fail(Errc::kInvalidArgument,
              "to delete many registrations, say which: status, assignedHub, "
              "enrollmentGroupId, updatedSince or updatedBefore");
}

Result<Response> QueryGroupRegistrations(const Call& call) {
  DPS_TRY(const EnrollmentGroupId group, EnrollmentGroupId::Parse(call.id));
  return Query(call, group);
}

Result<Response> QueryRegistrations(const Call& call) {
  return Query(call, std::nullopt);
}

}  // namespace dps
