// SPDX-License-Identifier: Apache-2.0
// PEM, the blocks between BEGIN and END lines (RFC 7468), and how it is told
// from DER. All functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace dps {

struct PemBlock {
  std::string label;  // what stands behind BEGIN
  std::string bytes;
};

bool LooksLikePem(std::string_view text);
// A SEQUENCE of more than 127 bytes, as every certificate is. Text that starts
// with the digit 0, which is the same byte, goes on with ASCII.
bool LooksLikeDer(std::string_view bytes);

// Every block of the text; what stands between them is passed over.
// Errors: kInvalidArgument (damaged, none at all, more than `max`).
[[nodiscard]] Result<std::vector<PemBlock>> ReadPem(std::string_view text,
                                                    std::size_t max);

}  // namespace dps
