// SPDX-License-Identifier: Apache-2.0
// A device as dynamic-security has to know it, and the commands that get it
// there from what is known now. Pure.
//
// Our own role of a device is the record of it: its description is the
// username. A client says in its name whose it is, in its description which
// credential it has, so that nothing is written when nothing changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/hub/connector.h"
#include "core/hub/dynamic_security.h"
#include "core/hub/mosquitto_layout.h"

namespace dps {

struct DynsecDevice {
  DynsecRole own_role;
  DynsecClient client;
  SecretBytes password;  // empty = it shows a certificate
};

// Errors: kInvalidArgument: a credential that no client can have.
[[nodiscard]] Result<DynsecDevice> DescribeDevice(
    const HubDevice& device, const MosquittoDevicePlace& place);

// What the hub has under the names of a device.
struct DynsecFound {
  std::optional<DynsecRole> own_role;
  // Of the username it has to have, and of the one it had (own_role).
  std::optional<DynsecClient> client;
  std::optional<DynsecClient> former_client;
};

// The username the hub's record of the device names; nullopt: no record.
// Errors: kInvalidArgument: a role of that name that we did not make.
[[nodiscard]] Result<std::optional<std::string>> RecordedUsername(
    const std::optional<DynsecRole>& own_role);

// Whether the device is there for this linked hub. One broker may be linked
// under two names, by another address say: who made the device known last has
// it, and the other must not remove it.
bool IsRecordOf(const DynsecRole& own_role, const MosquittoDevicePlace& place);

// Whether we made this client for that device.
bool IsClientOf(const DynsecClient& client, std::string_view device_id);

// Empty = all is as it has to be. Errors: kInvalidArgument: the client's name
// is taken by somebody else.
[[nodiscard]] Result<std::vector<std::string>> CommandsToEnsure(
    const DynsecDevice& device, std::string_view device_id,
    const DynsecFound& found);

// Empty = it is suspended. Afterwards no password logs it in, and with a
// certificate it may do nothing; its groups and whether it is disabled stay as
// the hub's administrator made them. CommandsToEnsure() undoes it.
std::vector<std::string> CommandsToSuspend(const DynsecClient& client);

}  // namespace dps
