// SPDX-License-Identifier: Apache-2.0
// How long a test waits for an event before it calls it missing.
#pragma once

#include <chrono>

namespace dps {

// Generous: it is only spent when a test fails.
inline constexpr std::chrono::seconds kPatience{20};

}  // namespace dps
