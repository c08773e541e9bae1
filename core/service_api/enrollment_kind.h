// SPDX-License-Identifier: Apache-2.0
// What tells the two kinds of enrollment apart in the service API.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/store/store.h"

namespace dps {

template <class Document>
struct EnrollmentKind;

template <>
struct EnrollmentKind<IndividualEnrollment> {
  using Id = RegistrationId;
  static constexpr std::string_view kNoun = "enrollment";
  static constexpr std::string_view kIdMember = "registrationId";
  static constexpr std::string_view kItemType = "Enrollment";

  static Id& IdOf(IndividualEnrollment& enrollment) {
    return enrollment.registration_id;
  }
  [[nodiscard]] static Result<IndividualEnrollment> Parse(
      std::string_view json) {
    return ParseIndividualEnrollment(json);
  }
  [[nodiscard]] static Result<std::optional<IndividualEnrollment>> Find(
      Snapshot& snapshot, const IdScope& scope, const Id& id) {
    return snapshot.FindIndividualEnrollment(scope, id);
  }
  [[nodiscard]] static Result<std::vector<IndividualEnrollment>> List(
      Snapshot& snapshot, const IdScope& scope, const Page& page) {
    return snapshot.ListIndividualEnrollments(scope, page);
  }
};

template <>
struct EnrollmentKind<EnrollmentGroup> {
  using Id = EnrollmentGroupId;
  static constexpr std::string_view kNoun = "enrollment group";
  static constexpr std::string_view kIdMember = "enrollmentGroupId";
  static constexpr std::string_view kItemType = "EnrollmentGroup";

  static Id& IdOf(EnrollmentGroup& group) { return group.enrollment_group_id; }
  [[nodiscard]] static Result<EnrollmentGroup> Parse(std::string_view json) {
    return ParseEnrollmentGroup(json);
  }
  [[nodiscard]] static Result<std::optional<EnrollmentGroup>> Find(
      Snapshot& snapshot, const IdScope& scope, const Id& id) {
    return snapshot.FindEnrollmentGroup(scope, id);
  }
  [[nodiscard]] static Result<std::vector<EnrollmentGroup>> List(
      Snapshot& snapshot, const IdScope& scope, const Page& page) {
    return snapshot.ListEnrollmentGroups(scope, page);
  }
};

}  // namespace dps
