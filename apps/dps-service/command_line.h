// SPDX-License-Identifier: Apache-2.0
// What an operator says when he starts dps-service.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/dps-service/device_options.h"
#include "apps/dps-service/http_server.h"
#include "apps/dps-service/service_face.h"
#include "core/base/result.h"

namespace dps {

// An address and a port, `127.0.0.1:443` or `[::1]:8444`.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};
// Errors: kInvalidArgument.
[[nodiscard]] Result<ListenAddress> ParseListenAddress(std::string_view text);
std::string ToText(const ListenAddress& address);

struct CommandLine {
  std::string store;
  // Absent: kHttpsPort of the loopback address if this user may have it, else
  // kOtherPort.
  std::optional<std::string> listen;
  std::string audit_file;  // empty = audit.log in the store's directory
  HttpServerOptions server;
  ServiceFaceOptions face;
  DeviceOptions devices;
};
inline constexpr std::uint16_t kHttpsPort = 443;
inline constexpr std::uint16_t kOtherPort = 8444;

void AddOptions(CLI::App& app, CommandLine& line);

}  // namespace dps
