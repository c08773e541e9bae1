// SPDX-License-Identifier: Apache-2.0
// Whether a message says what a test looks for.
#pragma once

#include <doctest/doctest.h>

#include <string_view>

#include "core/base/result.h"

namespace dps {

inline bool Mentions(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}
inline bool Mentions(const Error& error, std::string_view part) {
  return Mentions(error.message, part);
}

// Shows the message if it does not.
inline bool Says(std::string_view message, std::string_view words) {
  const bool found = Mentions(message, words);
  if (!found) MESSAGE(message);
  return found;
}

}  // namespace dps
