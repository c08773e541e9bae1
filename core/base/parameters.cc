// SPDX-License-Identifier: Apache-2.0
#include "core/base/parameters.h"

#include <algorithm>
#include <string>

namespace dps {

Result<std::optional<std::string_view>> FindParameter(std::string_view list,
                                                      std::string_view name) {
  std::optional<std::string_view> found;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find('&'), list.size());
    const std::string_view part = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const std::size_t equals = part.find('=');
    if (equals == part.npos || part.substr(0, equals) != name) continue;
    if (found) {
      return Fail(Errc::kInvalidArgument,
                  "parameter " + std::string(name) + " is given twice");
    }
    found = part.substr(equals + 1);
  }
  return found;
}

}  // namespace dps
