// SPDX-License-Identifier: Apache-2.0
// Which linked hubs a device of an enrollment may be sent to.
#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/linked_hub.h"

namespace dps {

// The enrollment's hubs, or all linked ones if it names none, without those
// whose applyAllocationPolicy is false (service-api section 3); in the order
// of `linked`. A named hub that is not linked is passed over. Pure.
// Errors: kNoHub when none is left; the message says precisely why.
[[nodiscard]] Result<std::vector<LinkedHub>> EligibleHubs(
    const EnrollmentTerms& terms, const std::vector<LinkedHub>& linked);

}  // namespace dps
