// SPDX-License-Identifier: Apache-2.0
#include "plugin/client_address.h"

namespace dps {

std::optional<IpAddress> AddressOf(const Client& client,
                                   WebSocketAddress web_socket) {
  if (client.web_socket && web_socket == WebSocketAddress::kIgnore) {
    return std::nullopt;
  }
  const auto address = IpAddress::Parse(client.address);
  return address ? std::optional(*address) : std::nullopt;
}

}  // namespace dps
