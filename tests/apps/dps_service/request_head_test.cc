// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/request_head.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

TEST_CASE("request_head: lines of a list become one") {
  const auto head = ReadRequestHead(
      {{"Accept", "text/html"}, {"Host", "a"}, {"accept", "*/*"}});
  REQUIRE(head);
  CHECK(head->headers == Headers{{"Accept", "text/html, */*"}, {"Host", "a"}});
  CHECK_FALSE(head->chunked);
  CHECK_FALSE(head->content_length);
}

TEST_CASE("request_head: the body is declared by a length or as chunked") {
  const auto length = ReadRequestHead({{"content-length", "17"}});
  REQUIRE(length);
  CHECK(length->content_length == 17);
  const auto chunked = ReadRequestHead({{"Transfer-Encoding", "Chunked"}});
  REQUIRE(chunked);
  CHECK(chunked->chunked);
}

TEST_CASE("request_head: what two readers could read differently is refused") {
  const HeaderLines ambiguous[] = {
      {{"Authorization", "a"}, {"authorization", "a"}},
      {{"If-Match", "a"}, {"If-Match", "b"}},
      {{"Host", "a"}, {"Host", "a"}},
      {{"Content-Length", "1"}, {"Content-Length", "1"}},
      {{"x-ms-unknown", "1"}, {"X-MS-Unknown", "2"}},
      {{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}},
      {{"Transfer-Encoding", "gzip, chunked"}},
      {{"Transfer-Encoding", "identity"}},
      {{"Transfer-Encoding", ""}},
      {{"Content-Length", ""}},
      {{"Content-Length", "+1"}},
      {{"Content-Length", "1, 1"}},
      {{"Content-Length", "99999999999999999999"}},
      {{"Host ", "a"}},
      {{"", "a"}},
      {{"a\x80", "a"}},
  };
  for (const HeaderLines& lines : ambiguous) {
    CAPTURE(lines.back().first);
    CAPTURE(lines.back().second);
    const auto refused = ReadRequestHead(lines);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::kInvalidArgument);
  }
}

}  // namespace
}  // namespace dps
