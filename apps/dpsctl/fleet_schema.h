// SPDX-License-Identifier: Apache-2.0
// What a fleet file can say: its sections and their members, in the words of
// the service API.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/base/result.h"

namespace dps {

enum class FleetKind {
  kInstance,
  kLinkedHub,
  kCertificate,
  kEnrollmentGroup,
  kEnrollment,
  kAccessPolicy
};

struct FleetSection {
  FleetKind kind;
  std::string_view name;        // in the file
  std::string_view noun;        // for people, as dpsctl's commands have it
  std::string_view collection;  // of the service API
  std::string_view id_member;
};

// In an order in which each may refer to those before.
inline constexpr auto kFleetSections = std::to_array<FleetSection>({
    {FleetKind::kInstance, "instance", "instance", "instances", "name"},
    {FleetKind::kLinkedHub, "linkedHubs", "linked-hub", "linkedHubs", "name"},
    {FleetKind::kCertificate, "certificates", "certificate", "certificates",
     "name"},
    {FleetKind::kEnrollmentGroup, "enrollmentGroups", "enrollment-group",
     "enrollmentGroups", "enrollmentGroupId"},
    {FleetKind::kEnrollment, "enrollments", "enrollment", "enrollments",
     "registrationId"},
    {FleetKind::kAccessPolicy, "accessPolicies", "policy", "accessPolicies",
     "keyName"},
});

const FleetSection& SectionOf(FleetKind kind);

// Shows a place of the document to people.
using PlaceName = std::function<std::string(const std::string& path)>;

// All members of `object`, a document of that kind at `path`, are known.
// Errors: kInvalidArgument naming the place.
[[nodiscard]] Status CheckFleetMembers(FleetKind kind, JsonView object,
                                       const std::string& path,
                                       const PlaceName& place);

// Whether a member, by the way from its document, holds a key: the file says
// where that is, not what it is.
bool IsFleetKey(std::string_view way);

}  // namespace dps
