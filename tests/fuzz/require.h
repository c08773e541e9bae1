// SPDX-License-Identifier: Apache-2.0
// What a fuzz target calls and demands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace dps {

// A broken promise is a finding, in builds with and without assert.
inline void Require(bool promise) {
  if (!promise) std::abort();
}

inline std::string_view Text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace dps
