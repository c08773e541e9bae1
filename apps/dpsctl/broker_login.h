// SPDX-License-Identifier: Apache-2.0
// Whether the commands go over a broker, to its DPS plugin, and as whom.
#pragma once

#include "apps/dpsctl/arguments.h"
#include "core/base/result.h"
#include "core/hub/mosquitto_address.h"

namespace dps {

// Whether they do: --broker.
inline bool HasBroker(const Arguments& arguments) {
  return arguments.broker.has_value();
}

// REQUIRES: HasBroker(). The password is that of --broker-password-file or
// $DPS_BROKER_PASSWORD, since everybody can read a command line. Errors:
// kInvalidArgument, naming the option and no password.
[[nodiscard]] Result<MosquittoAddress> ReadBrokerLogin(
    const Arguments& arguments);

}  // namespace dps
