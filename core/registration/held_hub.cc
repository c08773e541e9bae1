// SPDX-License-Identifier: Apache-2.0
#include "core/registration/held_hub.h"

namespace dps {

Result<std::optional<HubName>> HeldHub(const HubTable& linked,
                                       const EnrollmentTerms& terms,
                                       const std::string& current) {
  const auto& policy = terms.reprovision_policy;
  if (current.empty() || !policy || policy->update_hub_assignment) {
    return std::nullopt;
  }
  const HubEntry* entry = linked.Find(current);
  if (entry != nullptr) return entry->name();
  return Fail(Errc::kNoHub, "the assigned hub " + current +
                                " is no longer linked, and the reprovision "
                                "policy never moves the device");
}

}  // namespace dps
