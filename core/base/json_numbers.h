// SPDX-License-Identifier: Apache-2.0
// Parsing with RapidJSON, but with exact numbers. Only json.cc includes it.
//
// RapidJSON's own two ways will not do: the default is off by a few units in
// the last place, so numbers drift each time a document is rewritten; the one
// in full precision is undefined for zeros like 0e91.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dps {

// Passes everything on to a document; numbers, which RapidJSON must leave as
// text (kParseNumbersAsStringsFlag), as the narrowest type that holds them.
// A number beyond the range of double ends the parse.
class ExactNumbers {
 public:
  using Ch = char;
  using Size = rapidjson::SizeType;

  explicit ExactNumbers(rapidjson::Document& document) : out_(document) {}

  bool RawNumber(const Ch* text, Size size, bool) {
    const std::string_view digits(text, size);
    if (const auto value = Read<std::int64_t>(digits)) {
      return out_.Int64(*value);
    }
    if (const auto value = Read<std::uint64_t>(digits)) {
      return out_.Uint64(*value);
    }
    const auto value = Read<double>(digits);
    return value && out_.Double(*value);
  }

  bool Null() { return out_.Null(); }
  bool Bool(bool value) { return out_.Bool(value); }
  bool String(const Ch* text, Size size, bool copy) {
    return out_.String(text, size, copy);
  }
  bool Key(const Ch* text, Size size, bool copy) {
    return out_.Key(text, size, copy);
  }
  bool StartObject() { return out_.StartObject(); }
  bool EndObject(Size members) { return out_.EndObject(members); }
  bool StartArray() { return out_.StartArray(); }
  bool EndArray(Size items) { return out_.EndArray(items); }

  // Never called: every number arrives as text.
  bool Int(int value) { return out_.Int(value); }
  bool Uint(unsigned value) { return out_.Uint(value); }
  bool Int64(std::int64_t value) { return out_.Int64(value); }
  bool Uint64(std::uint64_t value) { return out_.Uint64(value); }
  bool Double(double value) { return out_.Double(value); }

 private:
  template <class Number>
  static std::optional<Number> Read(std::string_view text) {
    Number value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
  }

  rapidjson::Document& out_;
};

// Strict JSON, iteratively. `text` must be UTF-8 without a zero byte; it is
// overwritten, and the document's strings point into it.
inline rapidjson::ParseResult ParseExactly(std::string& text,
                                           rapidjson::Document& document) {
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag |
                              rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::InsituStringStream in(text.data());
  rapidjson::Reader reader;
  rapidjson::ParseResult result;
  auto generate = [&](rapidjson::Document& handler) {
    ExactNumbers exact(handler);
    result = reader.Parse<kFlags>(in, exact);
    return !result.IsError();
  };
  document.Populate(generate);
  return result;
}

}  // namespace dps
