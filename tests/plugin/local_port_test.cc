// SPDX-License-Identifier: Apache-2.0
#include "plugin/local_port.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/tls_pair.h"

namespace dps {

TEST_CASE("local_port: it is a socket's own, and 0 where there is none") {
  const TlsServer server;
  CHECK(LocalPort(server.socket()) == server.port());
  const int unix_socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(LocalPort(unix_socket) == 0);
  close(unix_socket);
  CHECK(LocalPort(-1) == 0);
}

TEST_CASE("local_port: ports count while something listens there") {
  std::uint16_t port = 0;
  {
    const TlsServer server;
    port = server.port();
    CHECK(ListeningPorts().contains(port));
  }
  CHECK_FALSE(ListeningPorts().contains(port));
}

}  // namespace dps
