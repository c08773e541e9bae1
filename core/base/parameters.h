// SPDX-License-Identifier: Apache-2.0
// The `name=value&name=value` lists in DPS usernames, topics and tokens.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// The value of the parameter `name` exactly as it stands in `list` (nothing is
// decoded, a value may hold `=`), or nullopt if there is none. Pure.
// Errors: kInvalidArgument if `name` is given twice, since two readers could
// then see two different values.
[[nodiscard]] Result<std::optional<std::string_view>> FindParameter(
    std::string_view list, std::string_view name);

}  // namespace dps
