// SPDX-License-Identifier: Apache-2.0
// A device as its hub has to know it, by its enrollment as it is now.
#pragma once

#include "core/base/result.h"
#include "core/hub/connector.h"
#include "core/model/enrollment.h"
#include "core/model/hub_task.h"
#include "core/model/ids.h"
#include "core/model/registration.h"
#include "core/store/store.h"

namespace dps {

// Of the enrollment that accepted the device. Errors: kForbidden (it is gone or
// disabled), those of Snapshot.
[[nodiscard]] Result<EnrollmentTerms> EnrollmentTermsOf(
    Snapshot& snapshot, const IdScope& scope, const RegistrationRecord& record);

// The device of a kProvision task as its hub has to know it, by its enrollment
// as it is now. Errors: as EnrollmentTermsOf(); kForbidden also if the
// enrollment is of another attestation by now.
[[nodiscard]] Result<HubDevice> DeviceOf(Snapshot& snapshot,
                                         const IdScope& scope,
                                         const HubTask& task);

// The state it starts with: what a webhook said, else its enrollment's initial
// twin as it is now. Errors: as EnrollmentTermsOf().
[[nodiscard]] Result<DeviceState> InitialStateOf(Snapshot& snapshot,
                                                 const IdScope& scope,
                                                 const HubTask& task);

}  // namespace dps
