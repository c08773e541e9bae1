// SPDX-License-Identifier: Apache-2.0
// Refusals of the service in the words of who typed options, not JSON.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace dps {

// `message` with the option in the place of each JSON member that an option of
// `command` stands for: `--allocation-weight must be`, not `member
// allocationWeight must be`. Of several the one that was given. Pure.
std::string InWordsOf(const CLI::App& command, std::string_view message);

}  // namespace dps
