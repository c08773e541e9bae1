// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/option_words.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace dps {
namespace {

struct OptionsRig {
  OptionsRig() {
    app.add_option("--allocation-weight", weight);
    app.add_option("--iot-hubs", hubs);
    app.add_option("--iot-hub-host-name", hub);
    app.add_option("--coordinates", place);
    app.add_option("--top", top);
  }

  std::string Told(std::string_view message) const {
    return InWordsOf(app, message);
  }

  std::optional<std::string> weight;
  std::optional<std::string> hubs;
  std::optional<std::string> hub;
  std::optional<std::string> place;
  std::optional<std::string> top;
  CLI::App app;
};

}  // namespace

TEST_CASE("option_words: a member's name becomes the option's") {
  const OptionsRig rig;
  CHECK(rig.Told("member allocationWeight must be 1") ==
        "--allocation-weight must be 1");
  CHECK(rig.Told("allocationWeight: no, allocationWeight") ==
        "--allocation-weight: no, --allocation-weight");
  CHECK(rig.Told("member latitude must be a number") ==
        "the latitude of --coordinates must be a number");
}

TEST_CASE("option_words: of two options that mean it the given one is named") {
  OptionsRig rig;
  CHECK(rig.Told("iotHubs names x") == "--iot-hubs names x");
  rig.app.parse("--iot-hub-host-name x");
  CHECK(rig.Told("iotHubs names x") == "--iot-hub-host-name names x");
}

TEST_CASE("option_words: what is no option of the command stays as it is") {
  const OptionsRig rig;
  for (const char* message :
       {"", " ", "member allocationPolicy must be", "no top, no member",
        "member region is", "'allocationWeight' is", "a.allocationWeight",
        "https://h/allocationWeight?", "member ", "allocationWeight's"}) {
    CHECK(rig.Told(message) == message);
  }
}

}  // namespace dps
