// SPDX-License-Identifier: Apache-2.0
// What the options say of a linked hub's connector.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apps/dpsctl/arguments.h"
#include "core/base/result.h"
#include "core/model/linked_hub.h"

namespace dps {

struct ConnectorWish {
  std::optional<std::string> type;
  // By the members of the connector's JSON; empty texts are to be taken away.
  std::map<std::string_view, std::string> members;
};

// Reads the files that options name (`@FILE`, `-`, a role's template): before a
// Service is opened. Errors: kInvalidArgument, without a word of a secret.
[[nodiscard]] Result<ConnectorWish> ReadConnectorWish(
    const Arguments& arguments);

// The hub's name: --hub-name, else what the connection string says. Errors:
// kInvalidArgument.
[[nodiscard]] Result<HubName> HubNameOf(const Arguments& arguments,
                                        const ConnectorWish& wish);

// Changes the connector: members that no option names stay, unless the type
// becomes another. Errors: kInvalidArgument (no type; an option that is none of
// its; those of ParseConnector).
[[nodiscard]] Status ApplyConnector(const ConnectorWish& wish, LinkedHub& hub);

}  // namespace dps
