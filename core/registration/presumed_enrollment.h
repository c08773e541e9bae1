// SPDX-License-Identifier: Apache-2.0
// Which enrollment probably decides about a device whose proof is not at hand.
#pragma once

#include <optional>

#include "core/base/result.h"
#include "core/model/ids.h"
#include "core/model/registration.h"
#include "core/registration/select.h"
#include "core/store/store.h"

namespace dps {

// The device's individual enrollment; else the group `named`; else the one it
// registered by, as `record` has it, if that is still there; else the only
// group there is. `record` holds just the registration id of a device that
// never registered. What Selection says of a proof is empty.
// Errors: kNotFound (none, or too many; the message says so), those of
// Snapshot.
[[nodiscard]] Result<Selection> PresumeEnrollment(
    Snapshot& snapshot, const IdScope& scope, const RegistrationRecord& record,
    const std::optional<EnrollmentGroupId>& named);

}  // namespace dps
