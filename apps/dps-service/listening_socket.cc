// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/handle.h"

namespace dps {
namespace {

using AddressList = Handle<addrinfo, freeaddrinfo>;

std::uint16_t PortOf(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
  const bool is_v6 = bound.ss_family == AF_INET6;
  return ntohs(is_v6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                     : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

bool Bind(int socket, const addrinfo& address) {
  const int on = 1;
  return setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
         bind(socket, address.ai_addr, address.ai_addrlen) == 0 &&
         listen(socket, SOMAXCONN) == 0;
}

}  // namespace

Result<ListeningSocket> ListeningSocket::Open(const std::string& address,
                                              std::uint16_t port) {
  const std::string what =
      "cannot listen on " + address + " port " + std::to_string(port) + ": ";
  addrinfo wish{};
  wish.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  wish.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.c_str(), std::to_string(port).c_str(), &wish, &found);
  const AddressList list(found);
  if (error != 0) {
    return Fail(Errc::kUnavailable, what + "no IPv4 or IPv6 address");
  }
  ListeningSocket made(
      socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (made.socket_ < 0 || !Bind(made.socket_, *list)) {
    const int code = errno;
    return Fail(code == EACCES ? Errc::kForbidden : Errc::kUnavailable,
                what + std::generic_category().message(code));
  }
  made.port_ = PortOf(made.socket_);
  return made;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : socket_(other.Release()), port_(other.port_) {}

ListeningSocket::~ListeningSocket() {
  if (socket_ >= 0) close(socket_);
}

int ListeningSocket::Release() { return std::exchange(socket_, -1); }

}  // namespace dps
