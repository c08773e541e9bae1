// SPDX-License-Identifier: Apache-2.0
// Free TCP ports on 127.0.0.1.
#pragma once

#include <cstdint>
#include <vector>

namespace dps {

// `count` different ports that nobody listens on now. They lie below the
// kernel's range for outgoing connections, so that only another listener can
// take one; a caller that meets that retries. Throws std::runtime_error when
// there are none.
std::vector<std::uint16_t> FreeLoopbackPorts(std::size_t count);

}  // namespace dps
