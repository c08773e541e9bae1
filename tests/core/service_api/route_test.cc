// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/route.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("route: the segment in the place of the id is found as sent") {
  CHECK(*MatchPath("/enrollments/{id}", "/enrollments/dev%3A1") == "dev%3A1");
  CHECK(*MatchPath("/enrollments/{id}/attestationmechanism",
                   "/enrollments/a/attestationmechanism") == "a");
  CHECK(*MatchPath("/linkedHubs", "/linkedHubs") == "");
}

TEST_CASE("route: fixed segments match in any letter case, the id keeps its") {
  CHECK(*MatchPath("/enrollmentGroups/{id}", "/ENROLLMENTgroups/Ab") == "Ab");
}

TEST_CASE("route: one slash at the end is forgiven, not two") {
  CHECK(MatchPath("/enrollments/{id}", "/enrollments/a/"));
  CHECK_FALSE(MatchPath("/enrollments/{id}", "/enrollments/a//"));
}

TEST_CASE("route: other lengths, empty ids and odd paths do not fit") {
  for (const char* path :
       {"", "/", "//", "/enrollments", "/enrollments/", "/enrollments//", "//a",
        "enrollments/a", "/enrollments/a/b", "/x/a", "/enrollmentsa"}) {
    INFO(path);
    CHECK_FALSE(MatchPath("/enrollments/{id}", path));
  }
}

}  // namespace dps
