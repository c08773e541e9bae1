// SPDX-License-Identifier: Apache-2.0
#include "core/base/parameters.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("parameters: a value is found wherever it stands and kept as it is") {
  CHECK(**FindParameter("a=1&b=2", "a") == "1");
  CHECK(**FindParameter("a=1&b=2", "b") == "2");
  CHECK(**FindParameter("b=%2F=+&", "b") == "%2F=+");
  CHECK(**FindParameter("&&b=", "b") == "");
}

TEST_CASE("parameters: what only looks like the name is not taken for it") {
  for (const char* list : {"", "&", "b", "bb=1", "a=b=1", "B=1", "b&=b"}) {
    CHECK_FALSE(FindParameter(list, "b")->has_value());
  }
}

TEST_CASE("parameters: a name given twice is refused, even with one value") {
  CHECK(FindParameter("b=1&a=2&b=1", "b").error().code ==
        Errc::kInvalidArgument);
  CHECK(FindParameter("b=1&b=1&a=2", "a"));
}

}  // namespace dps
