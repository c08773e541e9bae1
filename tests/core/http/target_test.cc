// SPDX-License-Identifier: Apache-2.0
#include "core/http/target.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "core/base/limits.h"

namespace dps {
namespace {

std::string OriginOf(std::string_view url) {
  const auto target = HttpTarget::Parse(url);
  return target ? target->origin() : "error: " + target.error().message;
}

std::string MaskedOf(std::string_view url) {
  const auto target = HttpTarget::Parse(url);
  return target ? target->Masked() : "error: " + target.error().message;
}

}  // namespace

TEST_CASE("target: the origin is scheme, host and port, whatever the case") {
  for (const auto& row :
       {std::pair{"https://hook.example/f?code=1", "https://hook.example:443"},
        {"http://hook.example", "http://hook.example:80"},
        {"HTTPS://Hook.Example:8443/F", "https://hook.example:8443"},
        {"http://127.0.0.1:7071/api/f", "http://127.0.0.1:7071"},
        {"http://127.1/", "http://127.0.0.1:80"},
        {"http://0x7f000001/", "http://127.0.0.1:80"},
        {"https://[2001:DB8::1]:9/x", "https://[2001:db8::1]:9"}}) {
    INFO(row.first);
    CHECK(OriginOf(row.first) == row.second);
  }
}

TEST_CASE("target: the URL stays as it was given") {
  const std::string url = "https://Hook.example/A%20b?code=A/b==&x=1";
  REQUIRE(HttpTarget::Parse(url));
  CHECK(HttpTarget::Parse(url)->url() == url);
  CHECK(HttpTarget::Parse(url)->host() == "hook.example");
}

TEST_CASE("target: the query is masked, all of it and nothing else") {
  for (const auto& [url, masked] :
       {std::pair{"https://x.example/f?code=s3cret&n=1",
                  "https://x.example/f?****"},
        {"https://x.example/f", "https://x.example/f"},
        {"https://x.example?code=a?b=c", "https://x.example?****"},
        {"https://x.example/f?", "https://x.example/f?****"}}) {
    CHECK(MaskedOf(url) == masked);
  }
}

TEST_CASE("target: anything but an http or https URL with a host is refused") {
  for (const auto& row :
       {std::pair{"", "is not valid"},
        {"hook.example/f", "is not valid"},
        {"/f", "is not valid"},
        {"ftp://x.example/", "must start with https:// or http://"},
        {"file:///etc/passwd", "must start with https:// or http://"},
        {"gopher://x.example/", "must start with https:// or http://"},
        {"javascript:alert(1)", "is not valid"},
        {"https://", "is not valid"},
        {"https://:443/", "is not valid"},
        {"https://x.example:65536/", "is not valid"},
        {"https://x.example:port/", "is not valid"},
        {"https://user@x.example/", "a user name or password"},
        {"https://user:word@x.example/", "a user name or password"},
        {"https://x.example/f#part", "fragment"},
        {"https://x.example/f?a#", "fragment"},
        {"https://x.example/a b", "a blank"},
        {"https://x.example/\r\nHost: y", "a blank"},
        {"https://x.example/\xc3\xa9", "not ASCII"},
        {"https://x .example/", "a blank"}}) {
    INFO(row.first);
    const auto target = HttpTarget::Parse(row.first);
    REQUIRE_FALSE(target);
    CHECK(target.error().code == Errc::kInvalidArgument);
    CHECK(target.error().message.find(row.second) != std::string::npos);
  }
}

TEST_CASE("target: a zero byte does not end the URL early") {
  CHECK_FALSE(
      HttpTarget::Parse(std::string_view("https://x.example/\0?a", 21)));
}

TEST_CASE("target: a URL may be as long as the limit, not longer") {
  std::string url = "https://x.example/";
  url.resize(limits::kWebhookUrlMax, 'a');
  CHECK(HttpTarget::Parse(url));
  url += 'a';
  REQUIRE_FALSE(HttpTarget::Parse(url));
  CHECK(HttpTarget::Parse(url).error().message.find("2048") !=
        std::string::npos);
}

TEST_CASE("target: an error does not repeat the URL, which may hold a key") {
  for (const char* url :
       {"https://x.example:bad/?code=s3cret", "ftp://x.example/?code=s3cret",
        "https://u:s3cret@x.example/", "https://x.example/?code=s3cret#x"}) {
    REQUIRE_FALSE(HttpTarget::Parse(url));
    CHECK(HttpTarget::Parse(url).error().message.find("s3cret") ==
          std::string::npos);
  }
}

}  // namespace dps
