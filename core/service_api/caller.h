// SPDX-License-Identifier: Apache-2.0
// Who asks the service API, and what he may do.
#pragma once

#include <optional>
#include <string>

#include "core/model/access_policy.h"
#include "core/model/ids.h"

namespace dps {

// As it stands, somebody who may do nothing.
struct Caller {
  std::string name = "nobody";  // for the audit
  std::string address;          // where he calls from; empty = this machine
  AccessRights rights;
  // The only instance that is there for him; nullopt = all.
  std::optional<IdScope> scope;
  // Whether what he sends may name files and variables of this machine.
  bool is_local = false;

  // Whoever may read the store's files: dpsctl on the machine.
  static Caller Owner() {
    return {.name = "owner",
            .address = {},
            .rights = AccessRights::All(),
            .scope = std::nullopt,
            .is_local = true};
  }
};

}  // namespace dps
