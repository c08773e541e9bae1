// SPDX-License-Identifier: Apache-2.0
// Where a client's connection comes from.
#pragma once

#include <optional>

#include "core/base/ip_address.h"
#include "plugin/broker.h"

namespace dps {

// Whether the broker's word counts for clients of WebSockets. Mosquitto 2.0.15
// and later believe the X-Forwarded-For of any of them, 2.0.11 of none
// (measured, and pinned by a test).
enum class WebSocketAddress {
  kIgnore,  // such a client has no address
  kTrust,   // its address is what the broker shows
};

// The peer of the client's TCP connection, which is a proxy's address behind a
// proxy; nullopt for a client of a unix socket, of which the broker shows the
// socket's path. Nothing the client sends has a say in it, unless `web_socket`
// trusts a broker that lets it. Pure.
std::optional<IpAddress> AddressOf(const Client& client,
                                   WebSocketAddress web_socket);

}  // namespace dps
