// SPDX-License-Identifier: Apache-2.0
// Files that options name. Read them before a Service is opened: root gives up
// its rights there.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/certificate.h"
#include "core/base/result.h"

namespace dps {

// Errors name the file: kInvalidArgument (cannot be read, larger than
// `bytes_max`).
[[nodiscard]] Result<std::string> ReadInputFile(const std::string& path,
                                                std::size_t bytes_max);

// One certificate: PEM, DER, or base64 of either.
[[nodiscard]] Result<Certificate> ReadCertificateFile(const std::string& path);

}  // namespace dps
