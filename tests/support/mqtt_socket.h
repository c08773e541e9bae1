// SPDX-License-Identifier: Apache-2.0
// Reads MQTT packets off a socket, as a broker does.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <string>

namespace dps {

// Waits for so many bytes; nullopt if the peer closes first.
inline std::optional<std::string> ReadBytes(int fd, std::size_t count) {
  std::string bytes(count, '\0');
  if (count > 0 && recv(fd, bytes.data(), count, MSG_WAITALL) !=
                       static_cast<ssize_t>(count)) {
    return std::nullopt;
  }
  return bytes;
}

// The body's length (MQTT 3.1.1 section 2.2.3).
inline std::optional<std::size_t> ReadLength(int fd) {
  std::size_t length = 0;
  for (int shift = 0; shift < 28; shift += 7) {
    const auto byte = ReadBytes(fd, 1);
    if (!byte) return std::nullopt;
    const auto digit = static_cast<unsigned char>(byte->front());
    length |= static_cast<std::size_t>(digit & 0x7f) << shift;
    if (digit < 0x80) return length;
  }
  return std::nullopt;
}

}  // namespace dps
