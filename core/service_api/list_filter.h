// SPDX-License-Identifier: Apache-2.0
// Conditions on lists, by queries of the request; ours, for Azure's lists take
// none (service-api section 9, item 11).
#pragma once

#include <optional>
#include <string>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"
#include "core/model/registration.h"
#include "core/service_api/message.h"

namespace dps {

// When a document was changed last: `updatedSince`, `updatedBefore`.
struct UpdatedWithin {
  std::optional<UtcTime> since;   // at this time or later
  std::optional<UtcTime> before;  // earlier than that

  bool any() const { return since || before; }
  bool Fits(UtcTime updated) const {
    return !(since && updated < *since) && !(before && updated >= *before);
  }
};

// Of registration records. All that are given must hold.
struct RegistrationFilter {
  std::optional<RegistrationStatus> status;  // `status`
  // `assignedHub`: the hub that the last assignment was to, whatever the
  // status.
  std::optional<HubName> assigned_hub;
  std::optional<EnrollmentGroupId> group;  // `enrollmentGroupId`
  UpdatedWithin updated;

  bool any() const { return status || assigned_hub || group || updated.any(); }
  bool Fits(const RegistrationRecord& record) const;
};
// Errors: kInvalidArgument, naming the query.
[[nodiscard]] Result<RegistrationFilter> ParseRegistrationFilter(
    const Request& request);

// Of enrollments and groups.
struct EnrollmentFilter {
  std::optional<bool> enabled;  // `provisioningStatus`: enabled or disabled
  std::optional<HubName> hub;   // `iotHub`: that iotHubs names it
  UpdatedWithin updated;
  // `registrationState=true`: rows of individual enrollments hold it, as GET of
  // one does. No condition.
  bool with_state = false;

  bool any() const { return enabled || hub || updated.any(); }
  bool Fits(const EnrollmentTerms& terms) const;
};
// Errors: kInvalidArgument, naming the query.
[[nodiscard]] Result<EnrollmentFilter> ParseEnrollmentFilter(
    const Request& request);

// For what deletes: nothing but these may be asked, and none of them empty, for
// a condition that is not understood must not let more go. The conditions of
// ParseRegistrationFilter() among them. Errors: kInvalidArgument, naming it.
[[nodiscard]] Status CheckDeletionQuery(const Request& request);

}  // namespace dps
