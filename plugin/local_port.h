// SPDX-License-Identifier: Apache-2.0
// The TCP ports of this process's own sockets.
#pragma once

#include <cstdint>
#include <set>

namespace dps {

// 0 for what has no port, such as a unix socket, or is no socket.
std::uint16_t LocalPort(int socket);

// On which this process listens. A system call or two for each open file.
std::set<std::uint16_t> ListeningPorts();

}  // namespace dps
