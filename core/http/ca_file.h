// SPDX-License-Identifier: Apache-2.0
// A file of CA certificates, looked at before a server's is to be judged by it.
#pragma once

#include <string>

#include "core/base/result.h"

namespace dps {

// Reads all of it. Errors: kInvalidArgument, naming the file, for one that
// cannot be read, is larger than 4 MiB, or is not PEM with at least one
// certificate and no damaged one: libcurl trusts nobody then.
[[nodiscard]] Status CheckCaFile(const std::string& path);

}  // namespace dps
