// SPDX-License-Identifier: Apache-2.0
// The client's side of WebSockets (RFC 6455) over another stream, binary
// frames, as MQTT uses it.
#pragma once

#include <memory>
#include <string>

#include "tests/support/byte_stream.h"

namespace dps {

// Upgrades `stream` and returns it as a stream of the frames' payloads.
// Errors: kForbidden (no upgrade, with the server's first line), kUnavailable.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> OpenWebSocket(
    std::unique_ptr<ByteStream> stream, const Endpoint& endpoint,
    SteadyTime deadline);

}  // namespace dps
