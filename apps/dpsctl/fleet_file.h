// SPDX-License-Identifier: Apache-2.0
// A fleet file: what an instance is to be, as its operators write it down.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/dpsctl/fleet_schema.h"
#include "apps/dpsctl/fleet_yaml.h"
#include "core/base/result.h"

namespace dps {

struct FleetItem {
  FleetKind kind = FleetKind::kInstance;
  std::string id;     // empty for an instance that is not named
  std::string place;  // in the file, for messages
  // As the service API takes it: files and keys are read. Holds secrets.
  std::string json;
};

struct Fleet {
  std::vector<FleetItem> items;  // in the order of kFleetSections
  // The sections that are there, if empty: only what they could have is pruned.
  std::set<FleetKind> sections;
};

// Reads what a fleet file refers to: `file:PATH`, `env:NAME`; PATH is as the
// file has it. Errors: kInvalidArgument.
using ReadReference =
    std::function<Result<std::string>(const std::string& reference)>;

// YAML of one document or several, or JSON if the text begins with `{`. All
// members must be known, ids be there once, and documents be such as the
// service API takes, as far as they tell by themselves. Errors naming the
// place: kInvalidArgument, kTooLarge; without a word of a key.
[[nodiscard]] Result<Fleet> ParseFleet(std::string_view text,
                                       const ReadReference& read);

// The same of the file, `-` for stdin; paths in it are meant from where it is.
[[nodiscard]] Result<Fleet> ReadFleetFile(const std::string& path);

}  // namespace dps
