// SPDX-License-Identifier: Apache-2.0
#include "core/registration/presumed_enrollment.h"

#include <memory>
#include <utility>

namespace dps {
namespace {

Result<EnrollmentGroup> FindNamed(Snapshot& snapshot, const IdScope& scope,
                                  const EnrollmentGroupId& named) {
  DPS_TRY(auto group, snapshot.FindEnrollmentGroup(scope, named));
  if (group) return *std::move(group);
  return Fail(Errc::kNotFound, "there is no enrollment group " + named.text());
}

Result<EnrollmentGroup> PresumeGroup(Snapshot& snapshot, const IdScope& scope,
                                     const RegistrationRecord& record) {
  if (record.enrollment_group_id) {
    DPS_TRY(auto group,
            snapshot.FindEnrollmentGroup(scope, *record.enrollment_group_id));
    if (group) return *std::move(group);
  }
  DPS_TRY(auto groups,
          snapshot.ListEnrollmentGroups(scope, {.after = {}, .limit = 2}));
  if (groups.size() == 1) return std::move(groups.front());
  return Fail(Errc::kNotFound,
              record.registration_id.text() +
                  " has no individual enrollment, and there " +
                  (groups.empty() ? "is no enrollment group"
                                  : "are several enrollment groups: name the "
                                    "one it would register by"));
}

}  // namespace

Result<Selection> PresumeEnrollment(
    Snapshot& snapshot, const IdScope& scope, const RegistrationRecord& record,
    const std::optional<EnrollmentGroupId>& named) {
  Selection selection;
  DPS_TRY(selection.individual,
          snapshot.FindIndividualEnrollment(scope, record.registration_id));
  if (selection.individual) return selection;
  DPS_TRY(EnrollmentGroup group, named ? FindNamed(snapshot, scope, *named)
                                       : PresumeGroup(snapshot, scope, record));
  selection.acceptance.group = group.enrollment_group_id;
  selection.group = std::make_shared<const EnrollmentGroup>(std::move(group));
  return selection;
}

}  // namespace dps
