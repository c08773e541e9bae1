// SPDX-License-Identifier: Apache-2.0
// Paths: does one fit a pattern, and what stands in its place for the id.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dps {

// The text in the place of `{id}`, still encoded ("" if the pattern has none);
// nullopt if `path` does not fit. Fixed segments match in any letter case (one
// SDK writes /enrollmentgroups), and one slash at the end is forgiven. An id
// is never empty. Pure.
std::optional<std::string_view> MatchPath(std::string_view pattern,
                                          std::string_view path);

}  // namespace dps
