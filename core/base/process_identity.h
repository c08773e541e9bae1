// SPDX-License-Identifier: Apache-2.0
// Which process this is, and whether another one of this machine still lives.
#pragma once

#include <string>
#include <string_view>

namespace dps {

// Tells this process from all others of this machine, also from a later one of
// the same number: `{PID namespace}:{PID}:{start}`. Thread-safe.
const std::string& OwnProcessIdentity();

// True only if the process surely ended. One of another PID namespace, as in
// another container, may live although it is not seen. Thread-safe.
bool HasEnded(std::string_view process_identity);

}  // namespace dps
