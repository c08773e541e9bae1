// SPDX-License-Identifier: Apache-2.0
// The plugin's options: plugin_opt_dps_* lines of mosquitto.conf, validated.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/protocol/connect.h"
#include "core/registration/make_advisers.h"
#include "core/registration/service.h"
#include "plugin/client_address.h"
#include "plugin/tls_hook.h"

namespace dps {

// What happens to topics outside `$dps` for clients that do not speak DPS.
enum class OtherClients {
  kDefer,  // the broker's other security decides (acl_file, other plugins)
  kAllow,  // allowed, for brokers without any access control of their own
};

enum class ReplyMode {
  kPolled,  // 202 at once, the device polls: what every SDK expects
  kPrompt,  // the answer to the PUT waits for the commit: 200 at once
};

struct Config {
  std::string store_directory = "/var/lib/mosquitto/dps";
  OtherClients other_clients = OtherClients::kDefer;
  ReplyMode reply_mode = ReplyMode::kPolled;
  std::chrono::milliseconds prompt_wait{2000};
  std::chrono::milliseconds commit_linger = limits::kCommitLinger;
  ApiVersionRule api_versions = ApiVersionRule::kAny;
  WebSocketAddress web_socket_address = WebSocketAddress::kIgnore;
  std::string loopback_socket;  // empty = none
  bool control = false;         // operators' requests over MQTT
  AdviserOptions advisers;
  TlsOptions tls;
  ServiceOptions service;
};

// One `plugin_opt_` line: key without that prefix, value as written.
using Option = std::pair<std::string_view, std::string_view>;

// Pure. Errors: kInvalidArgument, naming the option and what it takes, for an
// unknown option, one given twice, or a bad value.
[[nodiscard]] Result<Config> ParseConfig(std::span<const Option> options);

}  // namespace dps
