// SPDX-License-Identifier: Apache-2.0
// Devices that their reprovision policy holds where they are.
#pragma once

#include <optional>
#include <string>

#include "core/allocation/hub_table.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"

namespace dps {

// The hub on which reprovision policy `never` holds a device that is assigned
// to `current`; nullopt if it may move, or has none. Errors: kNoHub (it is not
// linked any more).
[[nodiscard]] Result<std::optional<HubName>> HeldHub(
    const HubTable& linked, const EnrollmentTerms& terms,
    const std::string& current);

}  // namespace dps
