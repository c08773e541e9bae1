// SPDX-License-Identifier: Apache-2.0
// What rows a list is to have, as the service API takes it.
#pragma once

#include <string>

#include "apps/dpsctl/arguments.h"

namespace dps {

// `path` with the conditions that were given as its query, if any. Pure.
std::string WithRegistrationConditions(const std::string& path,
                                       const Arguments& arguments);
std::string WithEnrollmentConditions(const std::string& path,
                                     const Arguments& arguments);

}  // namespace dps
