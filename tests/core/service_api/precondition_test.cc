// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/precondition.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

Precondition IfMatch(const std::string& value) {
  return Precondition::Of({{"if-match", value}});
}

}  // namespace

TEST_CASE("precondition: a document that is not there has no etag") {
  struct Document {
    const std::string& etag() const { return text; }
    std::string text;
  };
  CHECK(EtagOf(std::optional(Document{"e"})) == "e");
  CHECK(EtagOf(std::optional(Document{""})) == "");
  CHECK_FALSE(EtagOf(std::optional<Document>()));
}

TEST_CASE("precondition: a PUT without If-Match only creates") {
  const Precondition none = Precondition::Of({});
  CHECK(none.ForPut(std::nullopt, "x")->kind == Expect::Kind::kAbsent);
  CHECK(none.ForPut("e", "x").error().code == Errc::kConflict);
}

TEST_CASE("precondition: a PUT with a star or the etag only updates") {
  for (const char* form : {"*", "\"*\"", "e", "\"e\"", "W/\"e\""}) {
    const auto expect = IfMatch(form).ForPut("e", "x");
    REQUIRE(expect);
    CHECK(expect->kind == Expect::Kind::kEtag);
    CHECK(expect->etag == "e");
  }
  CHECK(IfMatch("*").ForPut(std::nullopt, "x").error().code == Errc::kNotFound);
  CHECK(IfMatch("e").ForPut(std::nullopt, "x").error().code ==
        Errc::kPreconditionFailed);
}

TEST_CASE("precondition: a stale etag is refused, whatever its form") {
  for (const char* form : {"old", "\"old\"", "\"", "\"\"", "E", "e,f", "W/"}) {
    INFO(form);
    CHECK(IfMatch(form).ForPut("e", "x").error().code ==
          Errc::kPreconditionFailed);
    CHECK(IfMatch(form).ForDelete("e", "x").error().code ==
          Errc::kPreconditionFailed);
  }
}

TEST_CASE("precondition: a DELETE expects what was read, with any If-Match") {
  CHECK(Precondition::Of({}).ForDelete("e", "x")->etag == "e");
  CHECK(IfMatch("*").ForDelete("e", "x")->etag == "e");
  for (const char* form : {"", "*", "e"}) {
    CHECK(IfMatch(form).ForDelete(std::nullopt, "x").error().code ==
          Errc::kNotFound);
  }
}

TEST_CASE("precondition: what cannot be read can be deleted without an etag") {
  const auto unreadable = Fail(Errc::kInternal, "cannot be read");
  CHECK(Precondition::Of({}).ForDelete(unreadable, "x")->kind ==
        Expect::Kind::kPresent);
  CHECK(IfMatch("*").ForDelete(unreadable, "x")->kind ==
        Expect::Kind::kPresent);
  CHECK(IfMatch("e").ForDelete(unreadable, "x").error() == unreadable.value());
  const auto away = Fail(Errc::kUnavailable, "try again");
  CHECK(Precondition::Of({}).ForDelete(away, "x").error() == away.value());
}

TEST_CASE("precondition: an etag stored with quotes is compared without") {
  CHECK(IfMatch("e").ForPut("\"e\"", "x")->etag == "\"e\"");
}

}  // namespace dps
