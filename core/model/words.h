// SPDX-License-Identifier: Apache-2.0
// Enumerations as the words they are written as.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/text.h"

namespace dps {

template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};
// clang 14 does not deduce aggregates.
template <class Enum>
Word(Enum, const char*) -> Word<Enum>;

template <class Enum, std::size_t kSize>
constexpr std::string_view TextOf(const std::array<Word<Enum>, kSize>& words,
                                  Enum value) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) return word.text;
  }
  return "";
}

// `what` names the meaning for the message. Errors: kInvalidArgument.
template <class Enum, std::size_t kSize>
[[nodiscard]] Result<Enum> ParseWord(const std::array<Word<Enum>, kSize>& words,
                                     std::string_view text,
                                     std::string_view what) {
  for (const Word<Enum>& word : words) {
    if (word.text == text) return word.value;
  }
  return Fail(Errc::kInvalidArgument,
              "unknown " + std::string(what) + " " + Printable(text));
}

}  // namespace dps
