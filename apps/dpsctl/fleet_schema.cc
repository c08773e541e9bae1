// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_schema.h"

#include <algorithm>
#include <set>
#include <span>

#include "core/base/text.h"

namespace dps {
namespace {

// The ways to all members; `*` = whatever is below.
constexpr auto kInstanceMembers = std::to_array<std::string_view>(
    {"name", "allocationPolicy", "loadBound", "latencyToleranceMs",
     "linkedHubsMax", "serviceOperationsHostName"});
// A connector judges its own members.
constexpr auto kLinkedHubMembers = std::to_array<std::string_view>(
    {"name", "allocationWeight", "applyAllocationPolicy", "region",
     "coordinates/latitude", "coordinates/longitude", "connector/*"});
constexpr auto kCertificateMembers = std::to_array<std::string_view>(
    {"name", "certificate", "certificateFile", "isVerified"});
constexpr auto kAccessPolicyMembers = std::to_array<std::string_view>(
    {"keyName", "rights", "primaryKey", "secondaryKey"});
constexpr auto kTermsMembers = std::to_array<std::string_view>(
    {"attestation/type", "attestation/symmetricKey/primaryKey",
     "attestation/symmetricKey/secondaryKey", "provisioningStatus",
     "allocationPolicy", "customAllocationDefinition/webhookUrl",
     "customAllocationDefinition/apiVersion", "iotHubs",
     "reprovisionPolicy/updateHubAssignment",
     "reprovisionPolicy/migrateDeviceData", "capabilities/*", "initialTwin/*"});
constexpr auto kEnrollmentMembers = std::to_array<std::string_view>(
    {"registrationId", "deviceId", "optionalDeviceInformation/*",
     "attestation/x509/clientCertificates/primary/certificate",
     "attestation/x509/clientCertificates/primary/certificateFile",
     "attestation/x509/clientCertificates/primary/info/*",
     "attestation/x509/clientCertificates/secondary/certificate",
     "attestation/x509/clientCertificates/secondary/certificateFile",
     "attestation/x509/clientCertificates/secondary/info/*"});
constexpr auto kGroupMembers = std::to_array<std::string_view>(
    {"enrollmentGroupId",
     "attestation/x509/signingCertificates/primary/certificate",
     "attestation/x509/signingCertificates/primary/certificateFile",
     "attestation/x509/signingCertificates/primary/info/*",
     "attestation/x509/signingCertificates/secondary/certificate",
     "attestation/x509/signingCertificates/secondary/certificateFile",
     "attestation/x509/signingCertificates/secondary/info/*",
     "attestation/x509/caReferences/primary",
     "attestation/x509/caReferences/secondary"});

using FleetMembers = std::vector<std::string_view>;

FleetMembers MembersOf(FleetKind kind) {
  FleetMembers members;
  const auto add = [&](std::span<const std::string_view> more) {
    members.insert(members.end(), more.begin(), more.end());
  };
  switch (kind) {
    case FleetKind::kInstance:
      add(kInstanceMembers);
      break;
    case FleetKind::kLinkedHub:
      add(kLinkedHubMembers);
      break;
    case FleetKind::kCertificate:
      add(kCertificateMembers);
      break;
    case FleetKind::kEnrollmentGroup:
      add(kGroupMembers);
      add(kTermsMembers);
      break;
    case FleetKind::kEnrollment:
      add(kEnrollmentMembers);
      add(kTermsMembers);
      break;
    case FleetKind::kAccessPolicy:
      add(kAccessPolicyMembers);
      break;
  }
  return members;
}

// The members that an object at `way` may have, for a message.
std::string MembersAt(const FleetMembers& members, const std::string& way) {
  std::set<std::string_view> names;
  for (std::string_view member : members) {
    if (!member.starts_with(way)) continue;
    member.remove_prefix(way.size());
    names.insert(member.substr(0, member.find('/')));
  }
  std::string text;
  for (const std::string_view name : names) {
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

class MemberCheck {
 public:
  MemberCheck(FleetMembers members, const PlaceName& place)
      : members_(std::move(members)), place_(place) {}

  // `way` leads from the document, and ends with a slash if it is not empty.
  Status Check(JsonView object, const std::string& path,
               const std::string& way) const {
    std::set<std::string> seen;
    for (const std::string& name : object.Names()) {
      const std::string inner = path + '/' + name;
      if (!seen.insert(name).second) {
        return Bad(inner, "is there twice");
      }
      const std::string own = way + name;
      if (Has(own) || Has(own + "/*")) continue;
      const bool leads_on =
          std::ranges::any_of(members_, [&](std::string_view member) {
            return member.starts_with(own + "/");
          });
      if (!leads_on) {
        return Bad(inner, "there is no such member; there are " +
                              MembersAt(members_, way));
      }
      const auto value = object.Find(name);
      if (!value) continue;  // null
      if (!value->IsObject()) return Bad(inner, "must have members");
      DPS_CHECK(Check(*value, inner, own + "/"));
    }
    return {};
  }

 private:
  bool Has(std::string_view way) const {
    return std::ranges::find(members_, way) != members_.end();
  }
  tl::unexpected<Error> Bad(const std::string& path,
                            const std::string& what) const {
    return Fail(Errc::kInvalidArgument, place_(path) + ": " + what);
  }

  const FleetMembers members_;
  const PlaceName& place_;
};

}  // namespace

const FleetSection& SectionOf(FleetKind kind) {
  return *std::ranges::find(kFleetSections, kind, &FleetSection::kind);
}

Status CheckFleetMembers(FleetKind kind, JsonView object,
                         const std::string& path, const PlaceName& place) {
  return MemberCheck(MembersOf(kind), place).Check(object, path, "");
}

bool IsFleetKey(std::string_view way) {
  constexpr auto kKeys = std::to_array<std::string_view>(
      {"primaryKey", "secondaryKey", "attestation/symmetricKey/primaryKey",
       "attestation/symmetricKey/secondaryKey"});
  return std::ranges::find(kKeys, way) != kKeys.end();
}

}  // namespace dps
