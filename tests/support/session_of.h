// SPDX-License-Identifier: Apache-2.0
// Sessions of devices nobody authenticated.
#pragma once

#include <string>
#include <string_view>

#include "plugin/session.h"
#include "tests/support/fleet.h"

namespace dps {

// A connection is told apart by the address of its number.
inline Session SessionOf(const int& connection, std::string_view id,
                         const std::string& client_id,
                         const IdScope& scope = TestScope()) {
  return {.identity = {.connect = ConnectAs(id),
                       .proof = {.id_scope = scope, .registration_id = Rid(id)},
                       .accepted = {},
                       .polls = RateWindow(0, {}),
                       .registers = RateWindow(0, {})},
          .client_id = client_id,
          .handle = &connection};
}

}  // namespace dps
