// SPDX-License-Identifier: Apache-2.0
#include "core/registration/reprovisioning.h"

namespace dps {
namespace {

// By their date alone, so that previews of a day count as of that day.
constexpr std::string_view kFirstWithPolicies = "2018-09-01";

}  // namespace

Reprovisioning ReprovisioningOf(const EnrollmentTerms& terms,
                                std::string_view api_version) {
  const auto& policy = terms.reprovision_policy;
  if (!policy) {
    const bool is_older =
        !api_version.empty() &&
        api_version.substr(0, kFirstWithPolicies.size()) < kFirstWithPolicies;
    return is_older ? Reprovisioning::kNever : Reprovisioning::kMigrate;
  }
  if (!policy->update_hub_assignment) return Reprovisioning::kNever;
  return policy->migrate_device_data ? Reprovisioning::kMigrate
                                     : Reprovisioning::kReset;
}

Result<std::optional<HubName>> HeldHub(const HubTable& linked,
                                       Reprovisioning policy,
                                       const std::string& current) {
  if (current.empty() || policy != Reprovisioning::kNever) {
    return std::nullopt;
  }
  const HubEntry* entry = linked.Find(current);
  if (entry != nullptr) return entry->name();
  return Fail(Errc::kNoHub, "the assigned hub " + current +
                                " is no longer linked, and the reprovision "
                                "policy never moves the device");
}

Move MoveBetween(std::string_view from, std::string_view to,
                 Reprovisioning policy) {
  using Data = DeviceDataChange;
  using Substatus = RegistrationSubstatus;
  if (from.empty()) return {Data::kStart, Substatus::kInitialAssignment};
  switch (policy) {
    case Reprovisioning::kNever:
      return {Data::kKeep, Substatus::kInitialAssignment};
    case Reprovisioning::kReset:
      return {Data::kReset, Substatus::kDeviceDataReset};
    case Reprovisioning::kMigrate:
      break;
  }
  if (from != to) return {Data::kMigrate, Substatus::kDeviceDataMigrated};
  return {Data::kKeep, Substatus::kReprovisionedToInitialAssignment};
}

}  // namespace dps
