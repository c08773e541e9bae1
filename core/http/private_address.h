// SPDX-License-Identifier: Apache-2.0
// Tells addresses of the own machine and network from those of the Internet:
// whoever may name a URL must not reach through it what only this machine can.
#pragma once

#include "core/base/ip_address.h"

namespace dps {

// Loopback, unspecified, private (RFC 1918, RFC 6598, RFC 4193), link-local,
// site-local, multicast, broadcast, and addresses reserved for other than the
// Internet's use; also within IPv6 (mapped, compatible, NAT64, 6to4). Pure.
bool IsPrivateAddress(const IpAddress& address);

}  // namespace dps
