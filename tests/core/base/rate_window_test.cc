// SPDX-License-Identifier: Apache-2.0
#include "core/base/rate_window.h"

#include <doctest/doctest.h>

namespace dps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours(1)};

}  // namespace

TEST_CASE("rate_window: as many as allowed pass, the next one does not") {
  RateWindow window(3, seconds(10));
  for (int i = 0; i < 3; ++i) CHECK(window.Admit(kStart));
  CHECK_FALSE(window.Admit(kStart));
}

TEST_CASE("rate_window: room comes back as each event grows too old") {
  RateWindow window(2, seconds(10));
  CHECK(window.Admit(kStart));
  CHECK(window.Admit(kStart + seconds(4)));
  CHECK_FALSE(window.Admit(kStart + seconds(10) - milliseconds(1)));
  CHECK(window.Admit(kStart + seconds(10)));
  CHECK_FALSE(window.Admit(kStart + seconds(14) - milliseconds(1)));
  CHECK(window.Admit(kStart + seconds(14)));
}

TEST_CASE("rate_window: who keeps asking while refused waits no longer") {
  RateWindow window(1, seconds(10));
  CHECK(window.Admit(kStart));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(window.Admit(kStart + seconds(i)));
  CHECK(window.Admit(kStart + seconds(10)));
}

TEST_CASE("rate_window: no maximum means no limit") {
  RateWindow window(0, seconds(10));
  for (int i = 0; i < 1000; ++i) CHECK(window.Admit(kStart));
}

}  // namespace dps
