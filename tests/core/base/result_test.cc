// SPDX-License-Identifier: Apache-2.0
#include "core/base/result.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace dps {
namespace {

Result<std::unique_ptr<int>> Make(int value) {
  if (value < 0) return Fail(Errc::kInvalidArgument, "negative");
  return std::make_unique<int>(value);
}

Status Check(int value) {
  if (value == 0) return Fail(Errc::kConflict, "zero");
  return {};
}

Result<std::string> Describe(int value, int& steps) {
  DPS_TRY(const std::unique_ptr<int> made, Make(value));
  ++steps;
  DPS_CHECK(Check(*made));
  ++steps;
  return std::to_string(*made);
}

}  // namespace

TEST_CASE("result: success passes through, move-only values too") {
  int steps = 0;
  CHECK(Describe(7, steps) == "7");
  CHECK(steps == 2);
}

TEST_CASE("result: the first error ends the function and arrives unchanged") {
  int steps = 0;
  CHECK(Describe(-1, steps).error() ==
        Error{Errc::kInvalidArgument, "negative"});
  CHECK(steps == 0);
  CHECK(Describe(0, steps).error() == Error{Errc::kConflict, "zero"});
  CHECK(steps == 1);
}

TEST_CASE("result: a macro is one statement under an if without braces") {
  const auto checked = [](bool check) -> Status {
    if (check)
      DPS_CHECK(Check(0));
    else
      return {};
    return {};
  };
  CHECK(checked(true).error().code == Errc::kConflict);
  CHECK(checked(false));
}

}  // namespace dps
