// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace dps {

TEST_CASE(
    "text: percent-decoding takes either hex case and leaves plus alone") {
  CHECK(*PercentDecode("a%2Fb%2fc+d") == "a/b/c+d");
  CHECK(*PercentDecode("%41") == "A");
}

TEST_CASE("text: percent-decoding refuses a cut or wrong escape") {
  for (const char* bad : {"%", "%4", "a%", "%4g", "%%41"}) {
    CHECK(PercentDecode(bad).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("text: hexadecimal is two digits a byte in the case asked for") {
  const std::string bytes("\x00\x0a\xff", 3);
  CHECK(HexEncode(bytes) == "000aff");
  CHECK(UpperHex(bytes) == "000AFF");
  CHECK(UpperHex("").empty());
}

TEST_CASE("text: decimal numbers are digits only and do not overflow") {
  CHECK(ParseDecimal("18446744073709551615") == 18446744073709551615U);
  for (const char* bad :
       {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616"}) {
    CHECK_FALSE(ParseDecimal(bad));
  }
}

TEST_CASE("text: blanks go from both ends, not from between") {
  CHECK(Trim(" \ta b\r\n") == "a b");
  CHECK(Trim("a") == "a");
  CHECK(Trim(" \n ").empty());
  CHECK(Trim("").empty());
  CHECK(Trim("\n a", " ") == "\n a");
}

TEST_CASE("text: a line of the log shows a stranger's bytes harmlessly") {
  CHECK(Printable("a\nb\x1b[0m\xff") == "a\\x0ab\\x1b[0m\\xff");
  CHECK(Printable(std::string(10, 'x'), 4) == "xxxx...");
}

TEST_CASE("text: a list for a message ends after a few items") {
  std::vector<std::string> items;
  CHECK(FirstOf(items).empty());
  items = {"a"};
  CHECK(FirstOf(items) == "a");
  items = {"a", "b", "c", "d", "e"};
  CHECK(FirstOf(items) == "a, b, c, d, e");
  items.emplace_back("f");
  CHECK(FirstOf(items) == "a, b, c, d, e and 1 more");
}

}  // namespace dps
