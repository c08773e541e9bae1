// SPDX-License-Identifier: Apache-2.0
// What a sealed secret is bound to.
#pragma once

#include <string>

#include "core/model/ids.h"

namespace dps {

// `context` of SecretBox for the secret of a linked hub: copied to another hub
// or another instance, it does not open.
inline std::string SecretContext(const IdScope& scope, const HubName& hub) {
  return "linked hub/" + scope.text() + '/' + hub.key();
}

}  // namespace dps
