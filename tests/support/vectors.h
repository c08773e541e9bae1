// SPDX-License-Identifier: Apache-2.0
// The wire vectors of tests/vectors/: `{"about":"..","vectors":[{..},..]}`.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/base/json.h"

namespace dps {

// Calls `check` with every vector of the file, shown with a failure by its
// `sdk` or `name` member. Fails the test if there are none.
template <class Check>
void ForEachVector(const std::string& file, Check check) {
  std::ifstream in(std::string(DPS_SOURCE_DIR) + "/tests/vectors/" + file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto document = JsonDocument::ParseObject(text);
  REQUIRE(document);
  const auto vectors = document->root().OptionalArray("vectors");
  REQUIRE(vectors);
  REQUIRE_FALSE(vectors->empty());
  for (const JsonView& vector : *vectors) {
    INFO(file, ": ", vector.Text());
    check(vector);
  }
}

}  // namespace dps
