// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.h"

#include <algorithm>
#include <charconv>

namespace dps {
namespace {

char LowerChar(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int HexValue(char c) {
  if (IsAsciiDigit(c)) return c - '0';
  const char lower = LowerChar(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void AppendHex(std::string& out, char byte, const char* digits) {
  const auto value = static_cast<unsigned char>(byte);
  out += digits[value >> 4];
  out += digits[value & 0xf];
}

constexpr const char* kLowerHex = "0123456789abcdef";
constexpr const char* kUpperHex = "0123456789ABCDEF";

}  // namespace

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), LowerChar);
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerChar, LowerChar);
}

std::string_view Trim(std::string_view text, std::string_view blanks) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::optional<std::uint64_t> ParseDecimal(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string HexEncode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) AppendHex(out, byte, kLowerHex);
  return out;
}

std::string UpperHex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) AppendHex(out, byte, kUpperHex);
  return out;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const std::size_t percent = text.find('%');
    out += text.substr(0, percent);
    if (percent == text.npos) return out;
    text.remove_prefix(percent + 1);
    const int high = text.size() >= 2 ? HexValue(text[0]) : -1;
    const int low = text.size() >= 2 ? HexValue(text[1]) : -1;
    if (high < 0 || low < 0) {
      return Fail(Errc::kInvalidArgument,
                  "a percent sign must be followed by two hex digits");
    }
    out += static_cast<char>(high * 16 + low);
    text.remove_prefix(2);
  }
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (IsAsciiAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += '%';
      AppendHex(out, c, kUpperHex);
    }
  }
  return out;
}

std::string Printable(std::string_view text, std::size_t max) {
  std::string out;
  for (const char c : text.substr(0, max)) {
    if (c >= ' ' && c <= '~') {
      out += c;
    } else {
      out += "\\x";
      AppendHex(out, c, kLowerHex);
    }
  }
  if (text.size() > max) out += "...";
  return out;
}

std::string FirstOf(std::span<const std::string> items) {
  constexpr std::size_t kShown = 5;
  std::string out;
  for (const std::string& item : items.first(std::min(items.size(), kShown))) {
    out += (out.empty() ? "" : ", ") + item;
  }
  if (items.size() <= kShown) return out;
  return out + " and " + std::to_string(items.size() - kShown) + " more";
}

}  // namespace dps
