// SPDX-License-Identifier: Apache-2.0
// Who asks the service API, and what he may do.
#pragma once

#include <optional>
#include <string>

#include "core/model/access_policy.h"
#include "core/model/ids.h"

namespace dps {

// As it stands, whoever may read the store's files: dpsctl on the machine.
struct Caller {
  std::string name = "owner";  // for the audit
  std::string address;         // where he calls from; empty = this machine
  AccessRights rights = AccessRights::All();
  // The only instance that is there for him; nullopt = all.
  std::optional<IdScope> scope;
  // Whether what he sends may name files and variables of this machine.
  bool is_local = true;
};

}  // namespace dps
