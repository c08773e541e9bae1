// SPDX-License-Identifier: Apache-2.0
// The connector that a linked hub's settings ask for.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/http/client.h"
#include "core/hub/connector.h"
#include "core/hub/mosquitto_hub.h"
#include "core/model/ids.h"
#include "core/model/linked_hub.h"

namespace dps {

// What connectors are made of; all must outlive them.
struct ConnectorParts {
  const SecretBox& secrets;
  HttpClient& http;
  const Clock& clock;
  std::chrono::milliseconds timeout;  // of a call to a Mosquitto hub
};

// What the settings say of a Mosquitto hub, without the secret. Pure.
MosquittoHubOptions OptionsOf(const MosquittoConnectorSettings& settings);

// Reads the secret anew, calls nobody; any thread but the broker's. Errors:
// kInvalidArgument, saying what is wrong with the hub's settings or its secret,
// also that it cannot be read. REQUIRES: HasConnector(hub).
[[nodiscard]] Result<std::unique_ptr<HubConnector>> MakeConnector(
    const ConnectorParts& parts, const IdScope& scope, const LinkedHub& hub,
    std::stop_token stop);

}  // namespace dps
