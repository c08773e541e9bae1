// SPDX-License-Identifier: Apache-2.0
// Where a Mosquitto hub is and as whom we connect to it.
#pragma once

#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/result.h"

namespace dps {

struct MosquittoAddress {
  std::string host;
  int port = 0;
  bool tls = false;
  std::string username;
  SecretBytes password;
  // PEM files; empty = the system's CAs, no certificate of ours.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

// The host, port and TLS of `mqtt://host[:1883]` or `mqtts://host[:8883]`; an
// IPv6 address stands in brackets. Pure. Errors: kInvalidArgument.
[[nodiscard]] Result<MosquittoAddress> ParseMosquittoUrl(std::string_view url);

}  // namespace dps
