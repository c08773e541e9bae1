// SPDX-License-Identifier: Apache-2.0
#include "core/model/latency_table_document.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace dps {

TEST_CASE("latency_table_document: the stored form gives back every member") {
  const LatencyTableDocument table{.csv = "10.0.0.0/8,h,5\n",
                                   .etag_text = "etag-1",
                                   .created = kNoon,
                                   .last_updated = kNoon};
  CHECK(ParseLatencyTableDocument(ToJson(table)) == table);
}

TEST_CASE("latency_table_document: a stored form with a hole is refused") {
  for (const char* json :
       {"{}", R"({"csv":7})", R"({"csv":"","createdDateTimeUtc":"x"})"}) {
    CAPTURE(json);
    CHECK(ParseLatencyTableDocument(json).error().code ==
          Errc::kInvalidArgument);
  }
  CHECK(ParseLatencyTableDocument("[").error().code == Errc::kMalformedJson);
}

}  // namespace dps
