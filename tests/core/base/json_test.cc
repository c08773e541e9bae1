// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/base/limits.h"

namespace dps {
namespace {

bool Parses(std::string_view text) {
  const auto document = JsonDocument::ParseObject(text);
  if (!document) CHECK(document.error().code == Errc::kMalformedJson);
  return document.has_value();
}

std::string Rewritten(std::string_view text) {
  return JsonDocument::ParseObject(text)->root().Text();
}

std::string Nested(int depth) {
  const auto levels = static_cast<std::size_t>(depth - 1);
  return R"({"a":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

}  // namespace

TEST_CASE("json: text is written compact and in ASCII") {
  CHECK(Rewritten("{ \"a\" : [ 1 , \"\xc3\xa9\" ] }") ==
        R"({"a":[1,"\u00E9"]})");
  CHECK(Rewritten(R"({"a":"\ud83d\ude00\\ud800"})") ==
        R"({"a":"\uD83D\uDE00\\ud800"})");
}

TEST_CASE("json: half a surrogate pair is refused, as it cannot be written") {
  for (const char* text :
       {R"({"a":"\ude00"})", R"({"a":"\ud41d\ude00"})", R"({"a":"\ud83d"})",
        R"({"a":"\ud83dx"})", R"({"a":"\ud83d\ud83d"})", R"({"\uDFFF":1})",
        R"({"a":"\\\ude00"})", R"({"a":"\ud83d\ude00\ude00"})"}) {
    CAPTURE(text);
    CHECK_FALSE(Parses(text));
  }
  CHECK_FALSE(Parses("{\"a\":\"\xed\xa0\x80\"}"));  // the same in raw bytes
}

TEST_CASE("json: a NUL byte does not end a text") {
  CHECK_FALSE(Parses(std::string_view("{}\0", 3)));
  CHECK_FALSE(Parses(std::string_view("{}\0{\"a\":1}", 10)));
  CHECK(Parses(R"({"a":"\u0000"})"));
}

TEST_CASE("json: only UTF-8 is read, and a byte order mark is skipped") {
  CHECK(Rewritten("\xef\xbb\xbf{\"a\":\"\xc3\xa9\"}") == R"({"a":"\u00E9"})");
  CHECK_FALSE(Parses("\xef\xbb\xbf"));
  CHECK_FALSE(Parses("\xef{}"));
  CHECK_FALSE(Parses("{\"a\":\"\xc3\"}"));          // cut short
  CHECK_FALSE(Parses("{\"a\":\"\xc0\xaf\"}"));      // longer than needed
  CHECK_FALSE(Parses("{\"a\":\"\xed\xa0\x80\"}"));  // a surrogate
}

TEST_CASE("json: a document outlives its text, and grows with what it holds") {
  std::string text = R"({"first":"\u0041b","list":[0)";
  for (int i = 1; i < 1000; ++i) text += "," + std::to_string(i);
  text += R"(],"last":"c"})";
  auto document = JsonDocument::ParseObject(text);
  REQUIRE(document);
  const std::string before = std::exchange(text, "");
  const JsonDocument moved = *std::move(document);
  CHECK(moved.root().String("first") == "Ab");
  CHECK(moved.root().OptionalArray("list")->size() == 1000);
  CHECK(moved.root().String("last") == "c");
  CHECK(Rewritten(Rewritten(before)) == moved.root().Text());
}

TEST_CASE("json: a number is the same after many times of read and write") {
  for (const char* number :
       {"0", "-0.0", "0.1", "1e-7", "5e-324", "1.7976931348623157e308",
        "123456789.123456789", "2.2250738585072011e-308",
        "36893488147419103232", "9007199254740993.5"}) {
    const std::string once = Rewritten(std::string("{\"a\":") + number + "}");
    CHECK(Rewritten(once) == once);
  }
}

TEST_CASE("json: a zero is zero whatever its exponent") {
  for (const char* zero : {"0", "-0", "0.0", "0e91", "0e-30", "0E+4",
                           "0.000000000000000000000000000000e-300"}) {
    CAPTURE(zero);
    const std::string text = Rewritten(std::string("{\"a\":") + zero + "}");
    CHECK((text == R"({"a":0})" || text == R"({"a":0.0})"));
  }
}

TEST_CASE("json: integers up to 64 bits are exact, with their sign") {
  for (const char* number :
       {"-1", "-9223372036854775808", "9223372036854775807",
        "9223372036854775808", "18446744073709551615"}) {
    const std::string text = std::string("{\"a\":") + number + "}";
    CHECK(Rewritten(text) == text);
  }
  CHECK(JsonDocument::ParseObject(R"({"a":-7})")
            ->root()
            .OptionalInt("a", -7, -7) == -7);
}

TEST_CASE("json: a number beyond the range of a double is refused") {
  for (const char* number : {"1e309", "-1e400", "1e999999999999999999999"}) {
    CHECK_FALSE(Parses(std::string("{\"a\":") + number + "}"));
  }
}

TEST_CASE("json: nesting has a limit") {
  CHECK(Parses(Nested(limits::kJsonDepthMax)));
  CHECK_FALSE(Parses(Nested(limits::kJsonDepthMax + 1)));
  CHECK_FALSE(Parses(std::string(1'000'000, '[')));
  CHECK(Parses(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[[[[[["})"));
}

TEST_CASE("json: a string that is not UTF-8 is written harmlessly") {
  const auto written = [](std::string_view value) {
    return JsonWriter().StartObject().Member("a", value).EndObject().Take();
  };
  CHECK(written("\xc3\xa9") == R"({"a":"\u00E9"})");
  CHECK(written("x\xff") == R"({"a":"x\\xff"})");
  CHECK(written("\xc3") == R"({"a":"\\xc3"})");
  CHECK(written("\xed\xa0\x80") == R"({"a":"\\xed\\xa0\\x80"})");
}

TEST_CASE("json: a member of another type is refused by its name") {
  const auto document = JsonDocument::ParseObject(
      R"({"s":"x","n":1,"b":true,"a":["x",1],"o":{},"z":null})");
  const JsonView root = document->root();
  CHECK(root.String("n").error().message == "member n must be a string");
  CHECK(root.String("z").error().message == "member z is missing");
  CHECK(root.OptionalString("z")->has_value() == false);
  CHECK(root.OptionalBool("s").error().code == Errc::kInvalidArgument);
  CHECK(root.OptionalInt("n", 2, 3).error().code == Errc::kInvalidArgument);
  CHECK(root.OptionalInt("n", 1, 1) == 1);
  CHECK(root.OptionalObject("a").error().code == Errc::kInvalidArgument);
  CHECK(root.OptionalArray("o").error().code == Errc::kInvalidArgument);
  CHECK(root.OptionalStrings("a").error().code == Errc::kInvalidArgument);
  CHECK_FALSE(root.Find("unknown"));
}

TEST_CASE("json: a number is read within its bounds and written shortest") {
  const auto document =
      JsonDocument::ParseObject(R"({"a":1,"b":-0.1,"c":1e3,"d":"1","e":null})");
  const JsonView root = document->root();
  CHECK(*root.OptionalNumber("a", 0, 1) == 1.0);
  CHECK(*root.OptionalNumber("b", -1, 1) == -0.1);
  CHECK(root.OptionalNumber("c", 0, 999.5).error().message ==
        "member c must be a number from 0 to 999.5");
  CHECK(root.OptionalNumber("d", 0, 1).error().code == Errc::kInvalidArgument);
  CHECK_FALSE(*root.OptionalNumber("e", 0, 1));
  CHECK_FALSE(*root.OptionalNumber("absent", 0, 1));
  JsonWriter json;
  json.StartArray().Number(0.1).Number(-4).Number(1e300).EndArray();
  CHECK(json.Take() == "[0.1,-4,1e+300]");
}

TEST_CASE("json: an object is written without the members that are named") {
  const auto document = JsonDocument::ParseObject(
      R"({"$version":1,"a":{"$version":2},"\u0000":null,"a":3,"b":[]})");
  REQUIRE(document);
  CHECK(document->root().TextWithout({"$version", "b", "c"}) ==
        R"({"a":{"$version":2},"\u0000":null,"a":3})");
  CHECK(document->root().TextWithout({}) == document->root().Text());
  CHECK(document->root().TextWithout(
            {"$version", "a", "b", std::string_view("\0", 1)}) == "{}");
}

}  // namespace dps
