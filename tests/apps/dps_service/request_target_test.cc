// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/request_target.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

using Query = std::map<std::string, std::string>;

TEST_CASE("request_target: the path stays encoded, the query is decoded") {
  const auto target = ParseRequestTarget(
      "/enrollments/dev%3A1?api-version=2021-10-01&sr=a%2Fb+c&flag&&e=");
  REQUIRE(target);
  CHECK(target->path == "/enrollments/dev%3A1");
  CHECK(target->query == Query{{"api-version", "2021-10-01"},
                               {"sr", "a/b+c"},
                               {"flag", ""},
                               {"e", ""}});
}

TEST_CASE("request_target: a value may hold what separates others") {
  const auto target = ParseRequestTarget("/a?q=b=c?d&%3D=%26");
  REQUIRE(target);
  CHECK(target->query == Query{{"q", "b=c?d"}, {"=", "&"}});
}

TEST_CASE("request_target: what has no single meaning is refused") {
  for (const char* target :
       {"", "*", "a", "https://host/a", "?a=b", "/a%", "/a%2", "/a%zz",
        "/a?b=%", "/a?%=b", "/a?b=1&b=2", "/a?b=1&%62=1", "/a?b&b"}) {
    CAPTURE(target);
    const auto refused = ParseRequestTarget(target);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::kInvalidArgument);
  }
}

}  // namespace
}  // namespace dps
