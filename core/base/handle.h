// SPDX-License-Identifier: Apache-2.0
// Owners of C resources: one line for each, freed by its own function.
#pragma once

#include <memory>

namespace dps {

template <auto kFree>
struct Deleter {
  void operator()(auto* resource) const { kFree(resource); }
};

template <typename T, auto kFree>
using Handle = std::unique_ptr<T, Deleter<kFree>>;

}  // namespace dps
