// SPDX-License-Identifier: Apache-2.0
// In what two documents differ, for people.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace dps {

// `member before -> after` of each member of the JSON objects that differs, the
// way to it with dots; short, harmless to a terminal, and without the URLs of
// webhooks, which hold keys. Pure. Errors: kMalformedJson.
[[nodiscard]] Result<std::vector<std::string>> FleetDifferences(
    const std::string& before, const std::string& after);

}  // namespace dps
