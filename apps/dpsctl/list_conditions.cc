// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/list_conditions.h"

#include <initializer_list>
#include <optional>
#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

using Condition = std::pair<const char*, const std::optional<std::string>&>;

std::string With(const std::string& path,
                 std::initializer_list<Condition> conditions) {
  std::string whole = path;
  for (const auto& [name, value] : conditions) {
    if (!value) continue;
    whole += whole.size() == path.size() ? '?' : '&';
    whole += std::string(name) + '=' + PercentEncode(*value);
  }
  return whole;
}

}  // namespace

std::string WithRegistrationConditions(const std::string& path,
                                       const Arguments& arguments) {
  return With(path, {{"status", arguments.registration_status},
                     {"assignedHub", arguments.hub_name},
                     {"updatedSince", arguments.updated_since},
                     {"updatedBefore", arguments.updated_before}});
}

std::string WithEnrollmentConditions(const std::string& path,
                                     const Arguments& arguments) {
  const std::optional<std::string> state =
      arguments.with_registration_state ? std::optional<std::string>("true")
                                        : std::nullopt;
  return With(path, {{"provisioningStatus", arguments.provisioning_status},
                     {"iotHub", arguments.hub_name},
                     {"updatedSince", arguments.updated_since},
                     {"updatedBefore", arguments.updated_before},
                     {"registrationState", state}});
}

}  // namespace dps
