// SPDX-License-Identifier: Apache-2.0
// Which linked hubs a device of an enrollment may be sent to.
#pragma once

#include "core/allocation/hub_table.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"

namespace dps {

// The enrollment's hubs, or all linked ones if it names none, without those
// whose applyAllocationPolicy is false (service-api section 3); in name order.
// A named hub that is not linked is passed over. Pure.
// Errors: kNoHub when none is left; the message says precisely why.
[[nodiscard]] Result<Candidates> EligibleHubs(const EnrollmentTerms& terms,
                                              const HubTable& linked);

// The one hub that policy static means: the enrollment names exactly one, and
// that is linked and takes part in allocation. Pure.
// Errors: kNoHub; the message says precisely why.
[[nodiscard]] Result<const HubEntry*> StaticHub(const EnrollmentTerms& terms,
                                                const HubTable& linked);

}  // namespace dps
