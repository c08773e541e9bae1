// SPDX-License-Identifier: Apache-2.0
// Where a client's connection comes from.
#pragma once

#include <optional>

#include "core/base/ip_address.h"
#include "plugin/broker.h"

namespace dps {

// The peer of the client's TCP connection, which is a proxy's address behind a
// proxy; nullopt for a client of a unix socket, of which the broker shows the
// socket's path. Nothing the client sends has a say in it: Mosquitto 2.0.11
// takes no notice of X-Forwarded-For (measured, and pinned by a test). Pure.
std::optional<IpAddress> AddressOf(const Client& client);

}  // namespace dps
