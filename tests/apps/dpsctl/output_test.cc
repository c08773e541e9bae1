// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/output.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("output: JSON is indented, empty parts stay on their line") {
  CHECK(
      Indent(R"({"a":[1,{}],"b":{"c":[]}})") ==
      "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": []\n  }\n}");
  CHECK(Indent("[]") == "[]");
}

TEST_CASE("output: brackets, colons and quotes in strings are left alone") {
  const std::string tricky = R"({"a":"{[,:\"\\"})";
  CHECK(Indent(tricky) == "{\n  \"a\": \"{[,:\\\"\\\\\"\n}");
}

TEST_CASE("output: a table has a column for each member, arrays spread out") {
  const auto table =
      Table(R"([{"id":"a","hubs":["x","y"]},{"id":"long-one","weight":7}])",
            {"id", "hubs", "weight"});
  REQUIRE(table);
  CHECK(*table ==
        "id        hubs  weight\n"
        "--------  ----  ------\n"
        "a         x y\n"
        "long-one        7\n");
}

TEST_CASE("output: nothing and one object make tables, too") {
  CHECK(*Table("[]", {"id"}) == "id\n--\n");
  CHECK(*Table(R"({"id":"a"})", {"id"}) == "id\n--\na\n");
}

TEST_CASE("output: a table cannot move the terminal's cursor") {
  CHECK(*Table(R"({"id":"a\u001b[2Jb\nc"})", {"id"}) ==
        "id\n--------------\na\\x1b[2Jb\\x0ac\n");
}

TEST_CASE("output: a long cell is cut, but in the last column") {
  const std::string words(200, 'w');
  const auto table =
      Table(R"({"a":")" + words + R"(","b":")" + words + "\"}", {"a", "b"});
  REQUIRE(table);
  CHECK(table->ends_with(" " + words + "\n"));
  CHECK(table->find("\n" + words.substr(0, 80) + "...") != std::string::npos);
}

TEST_CASE("output: a column may be made of the whole row") {
  const auto both = [](JsonView row) { return row.Text() + "!"; };
  CHECK(*Table(R"({"a":1})", {{"sum", both}}) == "sum\n--------\n{\"a\":1}!\n");
}

TEST_CASE("output: what is no list of objects is an error, not a table") {
  CHECK_FALSE(Table("[1]", {"id"}));
  CHECK_FALSE(Table("{", {"id"}));
  CHECK_FALSE(Table("", {"id"}));
}

}  // namespace dps
