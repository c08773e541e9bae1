// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/circuit_breaker.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"

namespace dps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours(1)};
constexpr SteadyTime kPauseOver = kStart + limits::kWebhookPause;

void FailAt(CircuitBreaker& breaker, SteadyTime now, int times = 1) {
  for (int i = 0; i < times; ++i) breaker.OnFailure(now);
}

CircuitBreaker Opened() {
  CircuitBreaker breaker;
  FailAt(breaker, kStart, limits::kWebhookFailuresMax);
  return breaker;
}

}  // namespace

TEST_CASE("circuit_breaker: it opens with the fifth failure in a row") {
  CircuitBreaker breaker;
  FailAt(breaker, kStart, 4);
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.Admit(kStart));
  FailAt(breaker, kStart);
  CHECK(breaker.is_open());
  CHECK_FALSE(breaker.Admit(kStart));
  CHECK(breaker.failures() == 5);
}

TEST_CASE("circuit_breaker: an answer in between starts the count afresh") {
  CircuitBreaker breaker;
  for (int i = 0; i < 10; ++i) {
    FailAt(breaker, kStart, 4);
    breaker.OnAnswer();
  }
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.failures() == 0);
}

TEST_CASE("circuit_breaker: after ten seconds one call goes through, no more") {
  CircuitBreaker breaker = Opened();
  CHECK_FALSE(breaker.Admit(kPauseOver - milliseconds(1)));
  CHECK(breaker.Admit(kPauseOver));
  CHECK_FALSE(breaker.Admit(kPauseOver));
  CHECK_FALSE(breaker.Admit(kPauseOver + std::chrono::hours(1)));
}

TEST_CASE("circuit_breaker: a probe that is answered closes it") {
  CircuitBreaker breaker = Opened();
  REQUIRE(breaker.Admit(kPauseOver));
  breaker.OnAnswer();
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.Admit(kPauseOver));
  FailAt(breaker, kPauseOver, 4);
  CHECK_FALSE(breaker.is_open());
}

TEST_CASE("circuit_breaker: a probe that fails opens it for another pause") {
  CircuitBreaker breaker = Opened();
  REQUIRE(breaker.Admit(kPauseOver));
  const SteadyTime failed = kPauseOver + seconds(5);
  FailAt(breaker, failed);
  CHECK_FALSE(breaker.Admit(failed + limits::kWebhookPause - milliseconds(1)));
  CHECK(breaker.Admit(failed + limits::kWebhookPause));
}

TEST_CASE("circuit_breaker: calls that fail late do not prolong the pause") {
  CircuitBreaker breaker = Opened();
  FailAt(breaker, kStart + seconds(5), 60);
  CHECK(breaker.Admit(kPauseOver));
}

TEST_CASE("circuit_breaker: a call that is answered late closes it") {
  CircuitBreaker breaker = Opened();
  breaker.OnAnswer();
  CHECK(breaker.Admit(kStart));
}

}  // namespace dps
