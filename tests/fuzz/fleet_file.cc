// SPDX-License-Identifier: Apache-2.0
// What an operator writes down of an instance, in YAML or JSON.
#include "apps/dpsctl/fleet_file.h"

#include "apps/dpsctl/fleet_document.h"
#include "core/base/json.h"
#include "tests/fuzz/require.h"

namespace {

// No fuzzer reads the machine's files.
dps::Result<std::string> NoFile(const std::string&) {
  return dps::Fail(dps::Errc::kInvalidArgument, "there is none");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto fleet = dps::ParseFleet(dps::Text(data, size), NoFile);
  if (!fleet) {
    dps::Require(!fleet.error().message.empty());
    return 0;
  }
  for (const dps::FleetItem& item : fleet->items) {
    dps::Require(dps::CheckFleetDocument(item.kind, item.json).has_value());
    dps::Require(fleet->sections.contains(item.kind));
  }
  return 0;
}
