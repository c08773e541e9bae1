// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

// 2020-04-10T03:11:13Z
constexpr UtcTime kInstant = UtcTime(seconds(1'586'488'273));

}  // namespace

TEST_CASE("clock: an instant is written with seven fraction digits") {
  CHECK(FormatUtc(kInstant + nanoseconds(27'699'700)) ==
        "2020-04-10T03:11:13.0276997Z");
  CHECK(FormatUtc(kInstant) == "2020-04-10T03:11:13.0000000Z");
  CHECK(FormatUtc(UtcTime{}) == "1970-01-01T00:00:00.0000000Z");
}

TEST_CASE("clock: an instant is read with zero to nine fraction digits") {
  CHECK(ParseUtc("2020-04-10T03:11:13Z") == kInstant);
  CHECK(ParseUtc("2020-04-10T03:11:13.5Z") ==
        kInstant + nanoseconds(500'000'000));
  CHECK(ParseUtc("2020-04-10T03:11:13.0000001Z") ==
        kInstant + nanoseconds(100));
  CHECK(ParseUtc("2020-02-29T23:59:59.9999999Z"));
  CHECK(ParseUtc("2200-12-31T23:59:59.999999999Z"));
}

TEST_CASE("clock: digits beyond the seven that are written do not count") {
  const auto read = ParseUtc("2020-04-10T03:11:13.123456789Z");
  CHECK(read == ParseUtc("2020-04-10T03:11:13.1234567Z"));
  CHECK(ParseUtc(FormatUtc(*read)) == read);
}

TEST_CASE("clock: what is not exactly such an instant is refused") {
  for (const char* bad : {"",
                          "Z",
                          "2020",
                          "2020-04-10",
                          "2020-04-10T03:11:13",
                          "2020-04-10 03:11:13Z",
                          "2020-04-10T03:11:13+00:00",
                          "2020-04-10T03:11:13.Z",
                          "2020-04-10T03:11:13.0000000001Z",
                          "2020-04-10T03:11:13.5",
                          "2020-04-10T03:11:13.5ZZ",
                          "2020-04-10T03:11:13,5Z",
                          "2020-04-10T03:11:13.-1Z",
                          "2020-13-10T03:11:13Z",
                          "2020-00-10T03:11:13Z",
                          "2021-02-29T03:11:13Z",
                          "2020-04-31T03:11:13Z",
                          "2020-04-00T03:11:13Z",
                          "2020-04-10T24:00:00Z",
                          "2020-04-10T03:60:00Z",
                          "2020-04-10T03:11:60Z",
                          "1969-12-31T23:59:59Z",
                          "2201-01-01T00:00:00Z",
                          "9999-12-31T23:59:59Z",
                          "+020-04-10T03:11:13Z",
                          "2020-4-10T03:11:13Z ",
                          "2020-04-10t03:11:13z"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseUtc(bad));
  }
}

TEST_CASE("clock: an instant of the system's clock survives being written") {
  const SystemClock clock;
  for (int i = 0; i < 100; ++i) {
    const UtcTime now = clock.Now();
    CHECK(ParseUtc(FormatUtc(now)) == now);
  }
}

TEST_CASE("clock: the steady clock does not go back") {
  const SystemClock clock;
  const SteadyTime before = clock.SteadyNow();
  CHECK(clock.SteadyNow() >= before);
}

}  // namespace dps
