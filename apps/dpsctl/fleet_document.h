// SPDX-License-Identifier: Apache-2.0
// Documents of a fleet in one form, so that what is wished for and what is
// there can be compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/dpsctl/fleet_schema.h"
#include "core/base/result.h"

namespace dps {

// `wished` is such as the service API takes, as far as it tells by itself.
// Pure. Errors: those of the model's parsers and of the API's checks.
[[nodiscard]] Status CheckFleetDocument(FleetKind kind,
                                        const std::string& wished);

// What is to be put so that `current` (a GET's answer, empty: there is nothing)
// becomes `wished`: secrets that are not given stay. Pure.
struct FleetChange {
  std::string body;
  // Each `member before -> after`; nothing of a secret. Empty: there is nothing
  // to change, or it is all new.
  std::vector<std::string> differences;
};
[[nodiscard]] Result<FleetChange> CompareFleetDocument(
    FleetKind kind, const std::string& current, const std::string& wished);

// The keys of a document, by their members' names; empty = not given.
struct FleetKeys {
  std::string primary;
  std::string secondary;

  bool any() const { return !primary.empty() || !secondary.empty(); }
};
[[nodiscard]] Result<FleetKeys> KeysOfFleetDocument(const std::string& json);

// `primaryKey changed`, of those that are given and others than there are.
std::vector<std::string> CompareFleetKeys(const FleetKeys& current,
                                          const FleetKeys& wished);

}  // namespace dps
