// SPDX-License-Identifier: Apache-2.0
// Whether the commands go to a service on the network, and by what login.
#pragma once

#include "apps/dpsctl/arguments.h"
#include "core/base/result.h"
#include "core/http/connection_string.h"

namespace dps {

// Whether they do: --login, --login-file or, unless --store is given,
// $DPS_LOGIN.
bool HasLogin(const Arguments& arguments);

// REQUIRES: HasLogin(). Errors: kInvalidArgument, naming the option or variable
// and nothing of what it says.
[[nodiscard]] Result<ConnectionString> ReadLogin(const Arguments& arguments);

}  // namespace dps
