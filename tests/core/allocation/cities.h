// SPDX-License-Identifier: Apache-2.0
// Where some cities are.
#pragma once

#include "core/model/linked_hub.h"

namespace dps {

inline constexpr Coordinates kBerlin{52.52, 13.405};
inline constexpr Coordinates kSydney{-33.8688, 151.2093};
inline constexpr Coordinates kZurich{47.3769, 8.5417};

}  // namespace dps
