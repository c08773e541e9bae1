// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/list_filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::array kStatuses = {
    RegistrationStatus::kAssigning, RegistrationStatus::kAssigned,
    RegistrationStatus::kFailed, RegistrationStatus::kDisabled};

std::optional<std::string> QueryOf(const Request& request,
                                   const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end() || found->second.empty()) {
    return std::nullopt;
  }
  return found->second;
}

tl::unexpected<Error> Bad(const std::string& name, const std::string& takes,
                          const std::string& text) {
  return Fail(Errc::kInvalidArgument,
              name + " must be " + takes + ", not " + Printable(text));
}

Result<std::optional<UtcTime>> TimeOf(const Request& request,
                                      const std::string& name) {
  const auto text = QueryOf(request, name);
  if (!text) return std::nullopt;
  const auto time = ParseUtc(*text);
  if (!time) return Bad(name, "a time like 2026-11-22T16:00:00Z", *text);
  return *time;
}

Result<std::optional<HubName>> HubOf(const Request& request,
                                     const std::string& name) {
  const auto text = QueryOf(request, name);
  if (!text) return std::nullopt;
  const auto hub = HubName::Parse(*text);
  if (!hub) return Bad(name, "a hub's host name", *text);
  return *hub;
}

Result<UpdatedWithin> ParseUpdated(const Request& request) {
  UpdatedWithin updated;
  DPS_TRY(updated.since, TimeOf(request, "updatedSince"));
  DPS_TRY(updated.before, TimeOf(request, "updatedBefore"));
  return updated;
}

}  // namespace

bool RegistrationFilter::Fits(const RegistrationRecord& record) const {
  return (!status || record.status == *status) &&
         (!assigned_hub || record.assigned_hub == assigned_hub->text()) &&
         (!group || record.enrollment_group_id == *group) &&
         updated.Fits(record.last_updated);
}

Result<RegistrationFilter> ParseRegistrationFilter(const Request& request) {
  RegistrationFilter filter;
  if (const auto text = QueryOf(request, "status")) {
    const auto found = std::ranges::find_if(kStatuses, [&](auto status) {
      return EqualsIgnoreCase(ToText(status), *text);
    });
    if (found == kStatuses.end()) {
      return Bad("status", "assigning, assigned, failed or disabled", *text);
    }
    filter.status = *found;
  }
  DPS_TRY(filter.assigned_hub, HubOf(request, "assignedHub"));
  if (const auto text = QueryOf(request, "enrollmentGroupId")) {
    DPS_TRY(filter.group, EnrollmentGroupId::Parse(*text));
  }
  DPS_TRY(filter.updated, ParseUpdated(request));
  return filter;
}

Status CheckDeletionQuery(const Request& request) {
  constexpr std::array<std::string_view, 8> kKnown = {
      "api-version",  "status",        "assignedHub",     "enrollmentGroupId",
      "updatedSince", "updatedBefore", "withHubIdentity", "disenroll"};
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(kKnown, name) == kKnown.end()) {
      return Fail(Errc::kInvalidArgument,
                  "unknown condition " + Printable(name));
    }
    if (value.empty()) return Fail(Errc::kInvalidArgument, name + " is empty");
  }
  return {};
}

bool EnrollmentFilter::Fits(const EnrollmentTerms& terms) const {
  const bool is_enabled =
      terms.provisioning_status == ProvisioningStatus::kEnabled;
  return (!enabled || is_enabled == *enabled) &&
         (!hub ||
          std::ranges::find(terms.iot_hubs, *hub) != terms.iot_hubs.end()) &&
         updated.Fits(terms.last_updated);
}

Result<EnrollmentFilter> ParseEnrollmentFilter(const Request& request) {
  EnrollmentFilter filter;
  if (const auto text = QueryOf(request, "provisioningStatus")) {
    filter.enabled = EqualsIgnoreCase(*text, "enabled");
    if (!*filter.enabled && !EqualsIgnoreCase(*text, "disabled")) {
      return Bad("provisioningStatus", "enabled or disabled", *text);
    }
  }
  DPS_TRY(filter.hub, HubOf(request, "iotHub"));
  DPS_TRY(filter.updated, ParseUpdated(request));
  if (const auto text = QueryOf(request, "registrationState")) {
    filter.with_state = *text == "true";
    if (!filter.with_state && *text != "false") {
      return Bad("registrationState", "true or false", *text);
    }
  }
  return filter;
}

}  // namespace dps
