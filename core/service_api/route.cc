// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/route.h"

#include <algorithm>

#include "core/base/text.h"

namespace dps {
namespace {

// Cuts the first segment, with its leading slash, off `path`.
std::string_view TakeSegment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

}  // namespace

std::optional<std::string_view> MatchPath(std::string_view pattern,
                                          std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::string_view id;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = TakeSegment(pattern);
    const std::string_view given = TakeSegment(path);
    if (wanted == "/{id}" && given.size() > 1 && given.front() == '/') {
      id = given.substr(1);
    } else if (!EqualsIgnoreCase(wanted, given)) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return id;
}

}  // namespace dps
