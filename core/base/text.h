// SPDX-License-Identifier: Apache-2.0
// ASCII text: case, numbers, percent-encoding, lists, and text safe for a log
// line.
// All functions are pure and locale-free.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsAsciiAlnum(char c) {
  return IsAsciiDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
std::string AsciiLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// One or more decimal digits and nothing else; nullopt on anything else and on
// overflow of 64 bits.
std::optional<std::uint64_t> ParseDecimal(std::string_view text);

// Without the blanks at both ends.
std::string_view Trim(std::string_view text,
                      std::string_view blanks = " \t\r\n");

// Lower-case hexadecimal; upper-case.
std::string HexEncode(std::string_view bytes);
std::string UpperHex(std::string_view bytes);

// Decodes %xx (either case). `+` stays `+`: DPS clients send raw base64 there.
// Errors: kInvalidArgument for a % that two hex digits do not follow.
[[nodiscard]] Result<std::string> PercentDecode(std::string_view text);

// Encodes everything but letters, digits and `-._~` (RFC 3986 section 2.3),
// upper-case hex.
std::string PercentEncode(std::string_view text);

// Printable ASCII as it is, anything else as \xhh, cut after `max` characters
// with `...`: what a stranger sent, fit for one line of the log.
std::string Printable(std::string_view text, std::size_t max = 160);

// `a, b, c and 4 more`: all items or the first few, for a message that must
// stay short.
std::string FirstOf(std::span<const std::string> items);

}  // namespace dps
