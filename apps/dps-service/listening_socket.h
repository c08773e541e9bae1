// SPDX-License-Identifier: Apache-2.0
// A TCP socket that listens at one address and port.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace dps {

// Closed with its owner unless it was released.
class ListeningSocket {
 public:
  // `address` is a number, IPv4 or IPv6 (`::` is all of both); port 0 = any
  // free one. Non-blocking. Errors name both: kUnavailable.
  [[nodiscard]] static Result<ListeningSocket> Open(const std::string& address,
                                                    std::uint16_t port);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  std::uint16_t port() const { return port_; }
  int Release();

 private:
  explicit ListeningSocket(int socket) : socket_(socket) {}

  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace dps
