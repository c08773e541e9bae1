// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_yaml.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

std::string JsonOf(const std::string& yaml) {
  const auto documents = ReadYaml(yaml);
  REQUIRE(documents);
  REQUIRE(documents->size() == 1);
  return documents->front().json;
}

std::string YamlRefusal(const std::string& yaml) {
  const auto documents = ReadYaml(yaml);
  REQUIRE_FALSE(documents);
  return documents.error().message;
}

}  // namespace

TEST_CASE("fleet_yaml: scalars are what JSON would take them for") {
  CHECK(JsonOf("a: 1\nb: -0.5e3\nc: true\nd: null\ne: ~\nf:\ng: ''\nh: '1'\n"
               "i: yes\nj: 0123\nk: .5\nl: \"a\\u00e9\\n\"\nm: !!str 7") ==
        R"({"a":1,"b":-0.5e3,"c":true,"d":null,"e":null,"f":null,"g":"",)"
        R"("h":"1","i":"yes","j":"0123","k":".5","l":"a\u00E9\n","m":"7"})");
}

TEST_CASE("fleet_yaml: aliases stand for what was anchored") {
  CHECK(JsonOf("a: &x [1, {b: c}]\nd: *x") ==
        R"({"a":[1,{"b":"c"}],"d":[1,{"b":"c"}]})");
}

TEST_CASE("fleet_yaml: places are told by the line they are on") {
  const auto documents =
      ReadYaml("\nlinkedHubs:\n  - name: a\n    # more\n    weight: 7\n");
  REQUIRE(documents);
  const FleetText& text = documents->front();
  CHECK(PlaceIn(text, "linkedHubs/0/weight") == "line 5, linkedHubs/0/weight");
  CHECK(PlaceIn(text, "linkedHubs/0/weight/deep/er") ==
        "line 5, linkedHubs/0/weight/deep/er");
  CHECK(PlaceIn(text, "elsewhere") == "elsewhere");
}

TEST_CASE("fleet_yaml: several documents are read, empty ones passed over") {
  const auto documents = ReadYaml("---\na: 1\n---\n---\nb: 2\n...\n");
  REQUIRE(documents);
  REQUIRE(documents->size() == 2);
  CHECK(documents->at(1).json == R"({"b":2})");
  CHECK(ReadYaml("")->empty());
  CHECK(ReadYaml("# nothing\n")->empty());
}

TEST_CASE("fleet_yaml: what is no such YAML is refused with its line") {
  CHECK(YamlRefusal("a: 1\nb: [1\nc: 2").starts_with("line "));
  CHECK(YamlRefusal("a: 1\na: 2") == "line 2: a is there twice");
  CHECK(YamlRefusal("- a").starts_with("line 1: a document must have members"));
  CHECK(YamlRefusal("text").starts_with("line 1: a document must"));
  CHECK(YamlRefusal("a: *x").starts_with("line 1: "));
  CHECK(YamlRefusal("a: &x [*x]") ==
        "line 1: an alias within what it stands for");
  CHECK(YamlRefusal("a: &x {b: 1}\nc:\n  <<: *x") ==
        "line 3: merge keys are not known here");
  CHECK(YamlRefusal("? [a]\n: b") ==
        "line 1: the name of a member must be a text");
  CHECK(YamlRefusal("a: !!binary aGk=") ==
        "line 1: the tag tag:yaml.org,2002:binary is not known here");
}

TEST_CASE("fleet_yaml: a bomb of aliases is refused before it goes off") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int n = 0; n < 10; ++n) bomb += before + ", ";
    bomb += "]\n";
  }
  CHECK(YamlRefusal(bomb).ends_with(": too many values"));
  std::string wide = "a: &a " + std::string(100'000, 'x') + "\nb: [";
  for (int n = 0; n < 100; ++n) wide += "*a, ";
  CHECK(YamlRefusal(wide + "]").ends_with(": too many aliases"));
}

TEST_CASE("fleet_yaml: nothing is read too deep, too long or too large") {
  CHECK(YamlRefusal("a: " + std::string(40, '[') + std::string(40, ']')) ==
        "line 1: nested too deeply");
  CHECK(YamlRefusal("a: 1\nb: " + std::string(200'000, '[')) ==
        "line 2 is longer than 131072 bytes");
  std::string many = "a:\n";
  for (std::size_t n = 0; n < kFleetValuesMax; ++n) many += "- 1\n";
  CHECK(YamlRefusal(many) == "line 199999: too many values");
  CHECK(YamlRefusal(std::string(kFleetBytesMax + 1, ' ')) ==
        "larger than 4194304 bytes");
}

}  // namespace dps
