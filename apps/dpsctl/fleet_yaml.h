// SPDX-License-Identifier: Apache-2.0
// YAML as JSON: the one place that knows it.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace dps {

// Of the text; of a line; of values, each alias counting as what it stands for.
inline constexpr std::size_t kFleetBytesMax = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t kFleetLineMax = std::size_t{128} * 1024;
inline constexpr std::size_t kFleetValuesMax = 200'000;

// A document of a YAML text.
struct FleetText {
  std::string json;  // of an object
  // Where members and items are, as `linkedHubs/0/name`, counted from 1.
  std::map<std::string, std::size_t, std::less<>> lines;
};

// `section/0/member (line 12)`, or of what is around it if that is not known.
std::string PlaceIn(const FleetText& text, std::string_view path);

// The documents that are not empty. Plain scalars are null, true, false and
// numbers as JSON writes them, else strings. Anchors and aliases are known, but
// not merge keys (<<) and tags of types. Errors naming the line:
// kInvalidArgument (no YAML; a member twice; no object; nested deeper than
// limits::kJsonDepthMax), kTooLarge.
[[nodiscard]] Result<std::vector<FleetText>> ReadYaml(std::string_view yaml);

}  // namespace dps
