// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loopback_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace dps {
namespace {

constexpr int kLowestPort = 12000;
constexpr int kHighestPort = 31999;  // outgoing connections start at 32768
constexpr int kTriesMax = 1000;

bool IsFree(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free =
      bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      listen(fd, 1) == 0;
  close(fd);
  return free;
}

}  // namespace

std::vector<std::uint16_t> FreeLoopbackPorts(std::size_t count) {
  std::random_device random;
  std::uniform_int_distribution<int> any(kLowestPort, kHighestPort);
  std::vector<std::uint16_t> ports;
  for (int tries = 0; ports.size() < count; ++tries) {
    if (tries == kTriesMax) throw std::runtime_error("no free ports");
    const auto port = static_cast<std::uint16_t>(any(random));
    const bool taken = std::ranges::count(ports, port) > 0;
    if (!taken && IsFree(port)) ports.push_back(port);
  }
  return ports;
}

}  // namespace dps
