// SPDX-License-Identifier: Apache-2.0
// How a registration that brought no hub is written down.
#pragma once

#include "core/base/result.h"
#include "core/model/registration.h"

namespace dps {

// The record's last assignment stays, unshown. Gives it a tracking id.
void Finish(RegistrationRecord& record, RegistrationStatus status,
            const Error& error);

}  // namespace dps
