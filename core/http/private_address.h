// SPDX-License-Identifier: Apache-2.0
// Tells addresses of the own machine and network from those of the Internet:
// whoever may name a URL must not reach through it what only this machine can.
#pragma once

#include <sys/socket.h>

#include <string>

namespace dps {

// Both are pure. REQUIRES: `address` has the size of its family's structure.

// Loopback, unspecified, private (RFC 1918, RFC 6598, RFC 4193), link-local,
// site-local, multicast, broadcast, and addresses reserved for other than the
// Internet's use; also within IPv6 (mapped, compatible, NAT64, 6to4), and any
// family but IPv4 and IPv6.
bool IsPrivateAddress(const sockaddr& address);

// Without the port: `192.0.2.1`, `2001:db8::1`; "an unknown family" otherwise.
std::string AddressText(const sockaddr& address);

}  // namespace dps
